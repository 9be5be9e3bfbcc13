"""Labels of what is in the plant, made from the record at the moment of printing. Every print is on the trail."""

from __future__ import annotations

from mes.barcodes.check_digits import is_right
from mes.barcodes.elements import exactly
from mes.barcodes.model import CodeUnreadable, Element
from mes.barcodes.own_labels import Own, code_of
from mes.barcodes.service import Found, resolve
from mes.barcodes.trade_items import gtin_of
from mes.inventory import containers
from mes.inventory.model import Lot
from mes.labels.model import MOST_COPIES, CopiesOutOfRange, Label, lot_elements
from telemetry.work import Work


async def label_of(work: Work, kind: Own, code: str) -> Label:
    """The label of a lot, container, machine, person, location or order. Raises NothingHasThisCode."""
    return await _label(work, kind, await resolve(work, code_of(kind, code)))


async def print_labels(work: Work, kind: Own, code: str, *, copies: int, reason: str = "") -> Label:
    """The same, and the trail says who printed how many. Raises CopiesOutOfRange, NothingHasThisCode."""
    if not 1 <= copies <= MOST_COPIES:
        raise CopiesOutOfRange(copies=copies)
    found = await resolve(work, code_of(kind, code))
    label = await _label(work, kind, found)
    after = {"code": label.code, "says": label.below, "copies": copies}
    work.audit("label.print", found.thing.value, found.id, after=after, reason=reason)
    return label


async def _label(work: Work, kind: Own, found: Found) -> Label:
    lines: list[tuple[str, str]] = []
    elements: tuple[Element, ...] = ()
    if kind is Own.LOT and found.lot:
        lines = _lot_lines(found.lot)
        elements = await _trade_item(work, found.lot)
    elif kind is Own.CONTAINER and found.lot:
        kept = await containers.container(work, found.id)
        lines = [("quantity", f"{kept.quantity.normalize():f} {found.lot.unit}"), *_lot_lines(found.lot)]
    return Label(
        kind=kind,
        code=found.code,
        name_en=found.name_en,
        name_zh=found.name_zh,
        lines=tuple(lines),
        elements=elements,
    )


def _lot_lines(lot: Lot) -> list[tuple[str, str]]:
    expiry = [("expires", lot.expires_on.isoformat())] if lot.expires_on else []
    return [("item", lot.item), ("lot", lot.number), *expiry]


async def _trade_item(work: Work, lot: Lot) -> tuple[Element, ...]:
    """GS1's elements where the lot's item has a trade item number and GS1 allows the lot's number."""
    gtin = await gtin_of(work, lot.item)
    if gtin is None or not is_right(gtin):
        return ()
    try:
        exactly("10", lot.number)
    except CodeUnreadable:
        return ()  # as 批号-1: the label carries our own code
    return lot_elements(gtin, lot.number, lot.expires_on)
