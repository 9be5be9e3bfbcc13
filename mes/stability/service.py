"""What other slices and people ask of stability budgets: what is left, give time back, take that back, lift a hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mes.inventory import service as inventory
from mes.inventory.model import Hold, Lot
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.stability import ledger, watching
from mes.stability.accounting import count_lots
from mes.stability.accounting import count_round as count_round
from mes.stability.accounting import count_zone as count_zone
from mes.stability.late import LATE as LATE
from mes.stability.late import note as note_late
from mes.stability.ledger import SQL, Spent
from mes.stability.model import Entry, KeptProfile, Stay, slices
from mes.stability.probes import thermometers
from mes.stability.profiles import in_force
from mes.stability.profiles import put_profile as put_profile
from mes.transitions import Refused
from models.interval import Interval
from models.stability import BandLeft, Budget, drawn
from telemetry.clock import to_us
from telemetry.work import Work

MEANINGS = (Meaning.APPROVED, Meaning.RELEASED)

__all__ = ["LATE", "count_lots", "count_round", "count_zone", "note_late", "put_profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a lot, and by which profile."""

    kept: KeptProfile
    budget: Budget


async def budgets(work: Work, lot_ids: Collection[int]) -> Mapping[int, tuple[BandLeft, ...]]:
    """By lot: what is left of each band. Lots of items without a stability profile are left out."""
    return {lot_id: left.budget.bands for lot_id, left in (await left_of(work, lot_ids)).items()}


async def left_of(work: Work, lot_ids: Collection[int]) -> dict[int, Left]:
    """By lot: what is left, with the profile. Lots of items without a profile are left out."""
    lots = await inventory.lots(work, lot_ids=sorted(lot_ids)) if lot_ids else []
    profiles = await in_force(work, {lot.item_id for lot in lots})
    of_lot = {lot.id: profiles[lot.item_id] for lot in lots if lot.item_id in profiles}
    spent = await ledger.spent(work, list(of_lot), of_lot)
    return {id_: Left(kept=kept, budget=watching.budget_of(kept, spent[id_])) for id_, kept in of_lot.items()}


async def entries(work: Work, lot_id: int, *, limit: int = 200) -> list[Entry]:
    """The ledger of a lot by the profile in force, newest first."""
    lot = await inventory.lot(work, lot_id)
    kept = (await in_force(work, [lot.item_id])).get(lot.item_id)
    return [] if kept is None else await ledger.entries(work, lot_id, kept.id, limit=limit)


async def drawn_between(work: Work, lot: Lot, start: datetime, end: datetime) -> Spent:
    """By band: what a lot drew in a time, from the readings as they are stored now. Empty without a profile."""
    kept = (await in_force(work, [lot.item_id])).get(lot.item_id)
    within = Interval(to_us(start), to_us(end))
    if kept is None or not within.length_us:
        return {}
    standings = await inventory.stood(work, [lot.id])
    stays = [Stay(s.zone_id, to_us(s.from_time), to_us(s.to_time) if s.to_time else None) for s in standings]
    plant, pieces = await thermometers(work), slices(stays, within)
    await plant.read(work, {p for piece in pieces for z in piece.zone_ids for p in plant.of(z, kept.probe)}, within)
    found: Spent = {}
    for piece in pieces:
        costs = [
            drawn(kept.profile, plant.within(zone_id, kept.probe, piece.interval), piece.interval)
            for zone_id in sorted(piece.zone_ids)
        ]
        for band, us in zip(kept.profile.names, map(max, zip(*costs, strict=True)), strict=True):
            found[band] = found.get(band, 0) + us
    return {band: us for band, us in found.items() if us}


async def give_back(work: Work, lot_id: int, amounts: Spent, *, cause: str, reason: str, signature_id: int) -> None:
    """Write what QA gives back, once a cause: compensating entries under a signature that exists already.

    Of each band no more than is drawn; what was given back for the cause before is left as it is.
    """
    await ledger.lock(work)
    left = (await left_of(work, [lot_id])).get(lot_id)
    if left is None or await standing_credits(work, cause, lot_id):
        return
    spent = {band.band: round(band.drawn_s * 1_000_000) for band in left.budget.bands}
    given = {band: min(us, spent.get(band, 0)) for band, us in amounts.items()}
    for band, us in sorted(given.items()):
        if us > 0:
            facts = {"lot_id": lot_id, "profile_id": left.kept.id, "band": band, "amount_us": -us, "cause": cause}
            signed = {"reason": reason, "actor": work.actor, "now": work.now, "signature_id": signature_id}
            await work.run(SQL["credit"], **facts, **signed)
            work.audit("stability.credit", "lot", lot_id, after=facts | {"signature": signature_id}, reason=reason)
    await watching.look(work, [lot_id])
    await _lift_if_restored(work, lot_id, signature_id=signature_id, reason=reason)


async def standing_credits(work: Work, cause: str, lot_id: int | None = None) -> list[Entry]:
    """What was given back for a cause and still holds."""
    return await work.all(SQL["standing_credits"], Entry, cause=cause, lot_id=lot_id)


async def take_back(work: Work, cause: str, *, reason: str, lot_id: int | None = None) -> Sequence[int]:
    """The reason for giving back no longer holds: it is drawn again. The safe direction; answers the lots."""
    await ledger.lock(work)
    found = await standing_credits(work, cause, lot_id)
    for credit in found:
        await work.run(SQL["reverse"], id=credit.id, reason=reason, actor=work.actor, now=work.now)
        facts = {"band": credit.band, "amount_us": -credit.amount_us, "cause": cause, "reverses": credit.id}
        work.audit("stability.reversal", "lot", credit.lot_id, after=facts, reason=reason)
    lots = sorted({credit.lot_id for credit in found})
    await count_lots(work, await inventory.lots(work, lot_ids=lots) if lots else [])
    await watching.look(work, lots)
    return lots


async def lift_hold(
    work: Work, lot_id: int, credentials: Credentials, *, meaning: Meaning | str, reason: str
) -> list[Hold]:
    """Lift the holds of an exhausted budget that is exhausted no longer: late readings or QA have corrected it.

    Raises LotNotFound, Refused, and what `sign` raises.
    """
    lot = await inventory.lot(work, lot_id)
    left = (await left_of(work, [lot_id])).get(lot_id)
    standing = [h for h in await _holds(work, lot_id) if h.active]
    failed = [] if standing else ["has_a_stability_hold"]
    if left is not None and left.budget.exhausted is not None:
        failed.append("budget_is_not_exhausted")
    if failed:
        raise Refused("lot", lot_id, "lift_stability_hold", failed, lot=lot.number)
    bands = {} if left is None else {band.band: band.left_s for band in left.budget.bands}
    signature = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="lot",
        record_id=lot_id,
        record_version=lot.version,
        content={"lift": [h.cause for h in standing], "lot": lot.number, "left_s": bands},
        roles=signers(Act.JUDGE),
        meanings=MEANINGS,
    )
    return [await inventory.lift_hold(work, h.id, signature_id=signature.id, reason=reason) for h in standing]


async def _lift_if_restored(work: Work, lot_id: int, *, signature_id: int, reason: str) -> None:
    left = (await left_of(work, [lot_id])).get(lot_id)
    if left is None or left.budget.exhausted is not None:
        return
    for hold in await _holds(work, lot_id):
        if hold.active:
            await inventory.lift_hold(work, hold.id, signature_id=signature_id, reason=reason)


async def _holds(work: Work, lot_id: int) -> list[Hold]:
    return [h for h in await inventory.holds(work, lot_ids=[lot_id]) if h.cause.startswith(watching.CAUSE)]
