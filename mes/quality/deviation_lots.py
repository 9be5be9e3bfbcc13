"""The lots that a deviation names: on hold at once, decided one by one, freed or rejected by the closing signature."""

from __future__ import annotations

from collections.abc import Sequence

from mes.inventory import service as inventory
from mes.inventory.model import QualityStatus
from mes.people.model import Signature
from mes.quality import excursions
from mes.quality.deviations import SQL, deviation
from mes.quality.model import Decision, Deviation, DeviationStatus, Disposition, NamedLot
from mes.transitions import Refused, StaleVersion
from telemetry.work import Work

_OVER = frozenset({DeviationStatus.CLOSED, DeviationStatus.VOID})


async def lots_of(work: Work, deviation_ids: Sequence[int]) -> list[NamedLot]:
    """The lots that these deviations name, by deviation and lot."""
    return await work.all(SQL["lots_of"], NamedLot, deviation_ids=list(deviation_ids))


async def named_in(work: Work, lot_ids: Sequence[int]) -> list[NamedLot]:
    """What deviations say of these lots."""
    return await work.all(SQL["of_lots"], NamedLot, lot_ids=list(lot_ids))


async def name_lot(work: Work, deviation_id: int, lot_id: int, *, reason: str = "") -> None:
    """A deviation is about this lot: it is on hold from now on. Raises DeviationNotFound, LotNotFound, Refused."""
    found = await work.one(SQL["lock"], Deviation, id=deviation_id) or await deviation(work, deviation_id)
    lot = await inventory.lot(work, lot_id)
    if found.status in _OVER:
        raise Refused("deviation", deviation_id, "name_lot", ["deviation_is_open"])
    if not await work.run(SQL["name_lot"], deviation_id=deviation_id, lot_id=lot_id, actor=work.actor, now=work.now):
        return
    await inventory.place_hold(work, lot_id, cause=found.hold_cause, reason=reason or found.number)
    work.audit("deviation.name_lot", "deviation", deviation_id, after={"lot": lot.number}, reason=reason)


async def decide(work: Work, deviation_id: int, decision: Decision, *, version: int) -> Deviation:
    """What shall become of a lot; it takes effect with the closing signature.

    Raises DeviationNotFound, StaleVersion, Refused.
    """
    found = await work.one(SQL["lock"], Deviation, id=deviation_id) or await deviation(work, deviation_id)
    if found.version != version:
        raise StaleVersion("deviation", deviation_id, yours=version, current=found.version)
    named = {each.lot_id for each in await lots_of(work, [deviation_id])}
    guards = {
        "deviation_is_open": found.status not in _OVER,
        "lot_is_named": decision.lot_id in named,
        "reason_given": bool(decision.reason.strip()),
    }
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("deviation", deviation_id, "decide", failed)
    told = {"lot_id": decision.lot_id, "disposition": decision.disposition, "reason": decision.reason.strip()}
    await work.run(SQL["decide_lot"], deviation_id=deviation_id, actor=work.actor, now=work.now, **told)
    await work.run(SQL["touch"], id=deviation_id)
    work.audit("deviation.decide", "deviation", deviation_id, after=told, reason=decision.reason)
    return await deviation(work, deviation_id)


async def carry_out(work: Work, found: Deviation, signature: Signature) -> None:
    """The deviation is closed: each lot becomes what was decided, and is free of its hold."""
    for row in await lots_of(work, [found.id]):
        lot = await inventory.lot(work, row.lot_id)
        reason = f"{found.number} {row.disposition}: {row.reason}"
        if row.disposition is Disposition.REJECT and lot.quality_status is not QualityStatus.REJECTED:
            await inventory.reject_lot(work, lot.id, signature_id=signature.id, reason=reason)
        if row.disposition is Disposition.RETEST and lot.quality_status is QualityStatus.RELEASED:
            await inventory.quarantine_lot(work, lot.id, reason=reason)
    await lift(work, found, signature)


async def lift(work: Work, found: Deviation, signature: Signature) -> None:
    """Its holds end by this signature."""
    for hold in await inventory.holds(work, cause=found.hold_cause):
        if hold.active:
            await inventory.lift_hold(work, hold.id, signature_id=signature.id, reason=found.number)


async def hold_again(work: Work, found: Deviation) -> None:
    """It is open again: its lots are on hold again, and undecided; so are those that were exposed, on hold."""
    await work.run(SQL["undecide_lots"], deviation_id=found.id)
    lots = {row.lot_id for row in await lots_of(work, [found.id])}
    if found.excursion_id is not None:
        lots |= {row.lot_id for row in await excursions.lots_of(work, [found.excursion_id])}
    for lot_id in sorted(lots):
        await inventory.place_hold(work, lot_id, cause=found.hold_cause, reason=found.number)


def content(rows: Sequence[NamedLot]) -> list[str]:
    """What the closing signature is bound to, of the lots."""
    return [f"{row.lot_id} {row.disposition}: {row.reason}" for row in rows]
