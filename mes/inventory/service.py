"""Lots and the holds on them: what people, the watch and other slices ask and do.

Placing a hold is the safe direction: immediate, by anyone. Everything that makes a lot usable again needs a signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from mes.inventory.lineage import ancestry, descent, passed_on
from mes.inventory.model import Exposure, Hold, Lot, Standing, exposure
from mes.inventory.model import Item as Item
from mes.plant import service as plant
from mes.transitions import StaleVersion, StateMachine, Transition
from telemetry import queries
from telemetry.errors import Conflict, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ALL = 2**31 - 1


class LotNotFound(NotFound):
    """There is no such lot."""


class HoldNotFound(NotFound):
    """There is no such hold."""


class ItemNotFound(NotFound):
    """There is no such item."""


class HoldNotActive(Conflict):
    """This hold has been lifted already."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the guards of a lot's quality status look at."""

    signature_id: int | None
    reason: str


def _reasoned(facts: Judgement) -> bool:
    return bool(facts.reason.strip())


def _signed(facts: Judgement) -> bool:
    return facts.signature_id is not None


QUALITY: StateMachine[Judgement] = StateMachine(
    "lot",
    (
        Transition(
            "release", frozenset({"quarantine"}), "released", {"signed": _signed}, True, frozenset({"qa", "qp"})
        ),
        Transition(
            "reject", frozenset({"quarantine", "released"}), "rejected", {"signed": _signed}, True, frozenset({"qa"})
        ),
        # The safe direction: back into quarantine for a retest, without a signature.
        Transition("quarantine", frozenset({"released"}), "quarantine", {"reason_given": _reasoned}),
    ),
)


async def items(work: Work) -> list[Item]:
    """All items that are not retired."""
    return await work.all(SQL["items"], Item)


async def item_named(work: Work, code: str) -> Item:
    """One item by its code. Raises ItemNotFound."""
    found = await work.one(SQL["item_named"], Item, code=code)
    if found is None:
        raise ItemNotFound(code=code)
    return found


async def items_by_id(work: Work, item_ids: Iterable[int]) -> dict[int, Item]:
    """Items, retired ones too, as records refer to them."""
    return {item.id: item for item in await work.all(SQL["items_by_id"], Item, item_ids=list(set(item_ids)))}


async def put_item(
    work: Work, code: str, *, kind: str, name_en: str, name_zh: str, unit: str, policy: str | None, expires: bool
) -> Item:
    """Add an item, or bring it to this. Leaves the audit to who applies the plant model."""
    told = {"kind": kind, "name_en": name_en, "name_zh": name_zh, "unit": unit, "policy": policy, "expires": expires}
    await work.run(SQL["put_item"], code=code, **told)
    return await item_named(work, code)


async def retire_item(work: Work, code: str) -> None:
    """No more lots of this item; those that are here stay what they are."""
    await work.run(SQL["retire_item"], code=code, now=work.now)


async def lot(work: Work, lot_id: int) -> Lot:
    """One lot. Raises LotNotFound."""
    found = await lots(work, lot_ids=[lot_id])
    if not found:
        raise LotNotFound(lot_id=lot_id)
    return found[0]


async def lot_named(work: Work, number: str) -> Lot | None:
    """The lot with this number, as a scan finds it, or None."""
    found = await _lots(work, number=number)
    return found[0] if found else None


async def lots(
    work: Work,
    *,
    lot_ids: Sequence[int] | None = None,
    item: str | None = None,
    hold: bool | None = None,
    zone_id: int | None = None,
    after: int = 0,
    limit: int = ALL,
) -> list[Lot]:
    """Lots by id, filtered: of an item's code, with or without an active hold, standing in a zone or within it now."""
    within = None if zone_id is None else [z.id for z in await plant.zone_with_descendants(work, zone_id)]
    chosen = None if lot_ids is None else list(lot_ids)
    return await _lots(work, lot_ids=chosen, item=item, hold=hold, zone_ids=within, after=after, limit=limit)


async def standings(work: Work, lot_ids: Iterable[int], *, now_only: bool = False) -> list[Standing]:
    """Where lots stood and stand, by lot and time."""
    return await work.all(SQL["standings"], Standing, lot_ids=list(lot_ids), now_only=now_only)


async def holds(work: Work, *, lot_ids: Sequence[int] | None = None, cause: str | None = None) -> list[Hold]:
    """Holds of lots or of one cause, lifted ones too, oldest first."""
    chosen = None if lot_ids is None else list(lot_ids)
    return await work.all(SQL["holds"], Hold, lot_ids=chosen, cause=cause)


async def hold(work: Work, hold_id: int) -> Hold:
    """One hold. Raises HoldNotFound."""
    found = await work.one(SQL["hold"], Hold, hold_id=hold_id)
    if found is None:
        raise HoldNotFound(hold_id=hold_id)
    return found


async def place_hold(work: Work, lot_id: int, *, cause: str, reason: str) -> Hold:
    """Block a lot at once, or find the hold that this cause has on it already. Raises LotNotFound."""
    placed = await work.one(
        SQL["place_hold"], Hold, lot_id=lot_id, cause=cause, reason=reason, actor=work.actor, now=work.now
    )
    if placed is None:
        standing = await work.one(SQL["active_hold"], Hold, lot_id=lot_id, cause=cause)
        if standing is None:
            raise LotNotFound(lot_id=lot_id)
        return standing
    ended = await work.run(SQL["end_reservations_of"], lot_id=lot_id, reason=cause, actor=work.actor, now=work.now)
    after = {"hold": placed.id, "cause": cause} | ({"reservations_ended": ended} if ended else {})
    work.audit("hold.place", "lot", lot_id, after=after, reason=reason)
    await work.emit("lot.held", lot_id=lot_id, hold_id=placed.id, cause=cause)
    return placed


async def lift_hold(work: Work, hold_id: int, *, signature_id: int, reason: str) -> Hold:
    """Lift one hold on a signed decision; others on the same lot stay. Raises HoldNotFound, HoldNotActive."""
    await hold(work, hold_id)
    lifted = await work.one(
        SQL["lift_hold"], Hold, hold_id=hold_id, signature_id=signature_id, actor=work.actor, now=work.now
    )
    if lifted is None:
        raise HoldNotActive(hold_id=hold_id)
    after = {"hold": hold_id, "cause": lifted.cause, "signature": signature_id}
    work.audit("hold.lift", "lot", lifted.lot_id, after=after, reason=reason)
    await work.emit("lot.hold_lifted", lot_id=lifted.lot_id, hold_id=hold_id, cause=lifted.cause)
    return lifted


async def stays_in(work: Work, zone_ids: Sequence[int], start: datetime, end: datetime | None) -> list[Standing]:
    """What stood in these zones at any time of [start, end), by lot and time; end None: up to now and on."""
    return await work.all(SQL["standings_during"], Standing, zone_ids=list(zone_ids), start=start, end=end)


async def stood(work: Work, lot_ids: Sequence[int]) -> list[Standing]:
    """Where lots stood and stand, as parts of what they were made of too; by lot and time."""
    made = await ancestry(work, lot_ids)
    own = await standings(work, {*lot_ids, *(each.parent_id for each in made)})
    whole = passed_on(own, made)
    return sorted((s for s in whole if s.lot_id in set(lot_ids)), key=attrgetter("lot_id", "from_time", "id"))


async def lots_exposed(work: Work, zone_id: int, start: datetime, end: datetime | None) -> list[Exposure]:
    """Lots that stood in the zone, or in a zone within it, during [start, end); end None: up to now and on.

    One row a lot; what was made of a lot since was there as well. Ask again when late readings make the time longer:
    the answer only grows. Raises ZoneNotFound.
    """
    within = [zone.id for zone in await plant.zone_with_descendants(work, zone_id)]
    there = await stays_in(work, within, start, end)
    found = passed_on(there, await descent(work, {s.lot_id for s in there}) if there else ())
    found.sort(key=attrgetter("lot_id"))
    by_lot = {lot_id: list(rows) for lot_id, rows in groupby(found, attrgetter("lot_id"))}
    exposed = [exposure(lot, by_lot[lot.id], start, end, work.now) for lot in await lots(work, lot_ids=list(by_lot))]
    return [row for row in exposed if row]


async def release_lot(
    work: Work, lot_id: int, *, signature_id: int | None, reason: str, version: int | None = None
) -> Lot:
    """QA's decision that a lot in quarantine may be used. Its holds stay. Raises LotNotFound, Refused, StaleVersion."""
    return await _judge(work, lot_id, "release", Judgement(signature_id, reason), version)


async def reject_lot(
    work: Work, lot_id: int, *, signature_id: int | None, reason: str, version: int | None = None
) -> Lot:
    """QA's decision that a lot must not be used. Final. Raises LotNotFound, Refused, StaleVersion."""
    return await _judge(work, lot_id, "reject", Judgement(signature_id, reason), version)


async def quarantine_lot(work: Work, lot_id: int, *, reason: str, version: int | None = None) -> Lot:
    """Take a released lot back for a retest. Raises LotNotFound, Refused, StaleVersion."""
    return await _judge(work, lot_id, "quarantine", Judgement(None, reason), version)


async def _judge(work: Work, lot_id: int, step: str, facts: Judgement, version: int | None) -> Lot:
    await work.run(SQL["lock_lots"], lot_ids=[lot_id])
    before = await lot(work, lot_id)
    if version is not None and version != before.version:
        raise StaleVersion("lot", lot_id, yours=version, current=before.version)
    row = QUALITY.step(step, lot_id, before.quality_status, facts)
    await work.run(SQL["set_quality_status"], lot_id=lot_id, status=row.target)
    was = {"quality_status": before.quality_status}
    is_now = {"quality_status": row.target, "signature": facts.signature_id}
    work.audit(f"lot.{step}", "lot", lot_id, before=was, after=is_now, reason=facts.reason)
    await work.emit("lot.judged", lot_id=lot_id, quality_status=row.target)
    return await lot(work, lot_id)


async def _lots(work: Work, **filters: object) -> list[Lot]:
    every: dict[str, object] = dict.fromkeys(("lot_ids", "number", "item", "hold", "zone_ids"))
    return await work.all(SQL["lots"], Lot, **(every | {"after": 0, "limit": ALL} | filters))
