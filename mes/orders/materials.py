"""Materials go into a batch, one scan at a time: checked, taken from stock, and linked to the batch for ever."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from mes.inventory import service as inventory
from mes.inventory import stock
from mes.inventory.model import Lot
from mes.orders import service
from mes.orders.issue import WARNINGS, Against, Scan, check_issue
from mes.orders.model import Batch, Issue, Status
from mes.orders.service import SQL
from mes.plant import service as plant
from mes.transitions import Refused
from telemetry.errors import Conflict
from telemetry.work import Work


class IssueRefused(Refused):
    """This lot may not go into this batch."""

    async def record(self, work: Work) -> None:
        """What was scanned stays on the batch's record, with every reason against it."""
        after = {name: self.facts[name] for name in ("lot", "quantity", "failed_guards")}
        work.audit("batch.issue.refused", "batch", self.entity_id, after=after)


class KeyOfAnotherScan(Conflict):
    """This idempotency key belongs to another scan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An issue that was made, or was found made by the same scan."""

    issue: Issue
    lot: Lot  # as it is now
    warnings: tuple[Against, ...]
    again: bool  # the same scan came before


async def issue_material(
    work: Work, batch_id: int, *, lot_number: str, quantity: Decimal, key: str, zone_id: int | None = None
) -> Issued:
    """Put so much of a lot into a batch. The same `key` again finds the first issue and takes nothing.

    Raises BatchNotFound, IssueRefused with every reason in order, KeyOfAnotherScan, QuantityNotPositive.
    """
    stock.positive(quantity)
    batch = await service.batch(work, batch_id)
    found = await inventory.lot_named(work, lot_number)
    if found:
        await stock.lock(work, [found.id])
    if earlier := await work.one(SQL["issues"], Issue, batch_id=None, key=key):
        return await _again(work, earlier, batch, found, quantity)
    scan = await _scan(work, batch, found, quantity, zone_id)
    against = check_issue(scan, work.now, await plant.time_zone(work))
    if found is None or not WARNINGS.issuperset(against):
        raise IssueRefused("batch", batch_id, "issue", against, lot=lot_number, quantity=str(quantity))
    return await _issue(work, batch, found, quantity, key, zone_id, tuple(against))


async def issues(work: Work, batch_id: int) -> list[Issue]:
    """What went into a batch, in order."""
    return await work.all(SQL["issues"], Issue, batch_id=batch_id, key=None)


async def _scan(work: Work, batch: Batch, known: Lot | None, quantity: Decimal, zone_id: int | None) -> Scan:
    order = await service.order(work, batch.order_id)
    needed = {material.item_id: material for material in await service.materials(work, order.id)}
    lot = await inventory.lot(work, known.id) if known else None  # again: it is locked now
    others = await inventory.lots(work, item=lot.item) if lot else []
    places = await inventory.standings(work, [lot.id], now_only=True) if lot else []
    at_hand = [place.quantity for place in places if zone_id in {None, place.zone_id}]
    of_item = {other.id for other in others}
    issued = [issue.quantity for issue in await issues(work, batch.id) if issue.lot_id in of_item]
    return Scan(
        running=order.status is Status.RUNNING,
        lot=lot,
        at_hand=max(at_hand, default=Decimal(0)),
        quantity=quantity,
        material=needed.get(lot.item_id) if lot else None,
        issued=sum(issued, Decimal(0)),
        others=others,
    )


async def _issue(
    work: Work,
    batch: Batch,
    lot: Lot,
    quantity: Decimal,
    key: str,
    zone_id: int | None,
    warnings: tuple[Against, ...],
) -> Issued:
    said = {"batch_id": batch.id, "lot_id": lot.id, "quantity": quantity, "unit": lot.unit}
    made = await work.one(SQL["issue"], Issue, **said, key=key, actor=work.actor, now=work.now)
    if made is None:
        raise KeyOfAnotherScan(key=key)
    left = await stock.consume(work, lot.id, quantity, zone_id=zone_id)
    after = {"lot": lot.number, "quantity": quantity, "unit": lot.unit, "warnings": [*warnings]}
    work.audit("batch.issue_material", "batch", batch.id, after=after)
    await work.emit("material.issued", batch_id=batch.id, lot_id=lot.id, quantity=str(quantity))
    return Issued(issue=made, lot=left, warnings=warnings, again=False)


async def _again(work: Work, earlier: Issue, batch: Batch, lot: Lot | None, quantity: Decimal) -> Issued:
    same = lot is not None and (earlier.batch_id, earlier.lot_id) == (batch.id, lot.id)
    if lot is None or not same or earlier.quantity != quantity:
        raise KeyOfAnotherScan(key=earlier.idempotency_key)
    return Issued(issue=earlier, lot=await inventory.lot(work, lot.id), warnings=(), again=True)
