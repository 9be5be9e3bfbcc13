"""Lots are split and merged: the parts get numbers of their own, and keep what their lots were.

What is on hold is neither split nor merged: QA judges it first, so that no part escapes a decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from mes.inventory import service, stock
from mes.inventory.ledger import Cause, Kind
from mes.inventory.lineage import SQL
from mes.inventory.model import Lot
from mes.transitions import Refused
from telemetry.errors import Conflict, Invalid
from telemetry.work import Work


class LotsDiffer(Conflict):
    """Only lots of one item and one quality status can be merged."""


class NothingToMerge(Invalid):
    """At least two different lots are merged."""


async def split_lot(
    work: Work, lot_id: int, *, number: str, quantity: Decimal, zone_id: int | None = None, reason: str
) -> Lot:
    """Make a lot of its own of a part that stands in a zone (in its only one, unless said), now; answers the new lot.

    Raises LotNotFound, Refused, PlaceNotSaid, NotStandingThere, LotNumberTaken, QuantityNotPositive.
    """
    await stock.lock(work, [lot_id])
    [source] = await _free(work, [lot_id], "split")
    where = await _place(work, lot_id, zone_id)
    await stock.consume(work, lot_id, stock.positive(quantity), zone_id=where, cause=Cause(Kind.SPLIT, number))
    made = await _make(work, number, [source], quantity, where, reason, Kind.SPLIT)
    await _relate(work, made, source, "split", quantity, reason)
    return made


async def merge_lots(work: Work, lot_ids: Sequence[int], *, number: str, zone_id: int, reason: str) -> Lot:
    """Make one lot of all that stands of these lots in a zone, now; answers the new lot.

    It may be used as long as the first of them. Raises NothingToMerge, LotsDiffer, and what `split_lot` raises.
    """
    chosen = sorted(set(lot_ids))
    if len(chosen) < 2:
        raise NothingToMerge(lot_ids=chosen)
    await stock.lock(work, chosen)
    sources = await _free(work, chosen, "merge")
    if len({(lot.item_id, lot.quality_status) for lot in sources}) > 1:
        raise LotsDiffer(lots=[lot.number for lot in sources])
    standing = {s.lot_id: s for s in await service.standings(work, chosen, now_only=True) if s.zone_id == zone_id}
    if absent := [lot.number for lot in sources if lot.id not in standing]:
        raise stock.NotStandingThere(lots=absent, zone_id=zone_id)
    for lot in sources:
        there = standing[lot.id].quantity
        await stock.consume(work, lot.id, there, zone_id=zone_id, cause=Cause(Kind.MERGE, number))
    whole = sum((standing[lot.id].quantity for lot in sources), Decimal(0))
    made = await _make(work, number, sources, whole, zone_id, reason, Kind.MERGE)
    for lot in sources:
        await _relate(work, made, lot, "merge", standing[lot.id].quantity, reason)
    return made


async def _free(work: Work, lot_ids: Sequence[int], step: str) -> list[Lot]:
    found = await service.lots(work, lot_ids=lot_ids)
    for lot in found:
        if lot.active_holds:
            raise Refused("lot", lot.id, step, ["lot_is_not_on_hold"], lot=lot.number)
    return found


async def _place(work: Work, lot_id: int, zone_id: int | None) -> int:
    zones = {s.zone_id for s in await service.standings(work, [lot_id], now_only=True)}
    if zone_id is not None:
        return zone_id
    if len(zones) > 1:
        raise stock.PlaceNotSaid(lot_id=lot_id, zone_ids=sorted(zones))
    if not zones:
        raise stock.NotStandingThere(lot_id=lot_id)
    return zones.pop()


async def _make(
    work: Work,
    number: str,
    sources: Sequence[Lot],
    quantity: Decimal,
    zone_id: int,
    reason: str,
    kind: Kind,
) -> Lot:
    return await stock.receive_lot(
        work,
        number=number,
        item=sources[0].item,
        quantity=quantity,
        zone_id=zone_id,
        expires_on=min((lot.expires_on for lot in sources if lot.expires_on is not None), default=None),
        reason=reason,
        decided=sources[0].quality_status,  # as QA decided about what it is made of
        origin=_origin(sources),
        cause=Cause(kind, number),
    )


def _origin(sources: Sequence[Lot]) -> stock.Origin:
    """What all of them say alike; of the days of retest the first."""
    first, *others = [stock.Origin.of(lot) for lot in sources]
    alike = {
        name: getattr(first, name)
        for name in first.__slots__
        if all(getattr(o, name) == getattr(first, name) for o in others)
    }
    days = [lot.retest_on for lot in sources if lot.retest_on is not None]
    return stock.Origin(**(alike | {"retest_on": min(days, default=None)}))


async def _relate(work: Work, made: Lot, source: Lot, kind: str, quantity: Decimal, reason: str) -> None:
    facts = {"child_id": made.id, "parent_id": source.id, "kind": kind, "quantity": quantity}
    await work.run(SQL["add_parent"], **facts, now=work.now, actor=work.actor, reason=reason)
    work.audit(f"lot.{kind}", "lot", source.id, after=facts | {"number": made.number}, reason=reason)
    await work.emit(f"lot.{kind}", lot_id=source.id, child_id=made.id, quantity=str(quantity))
