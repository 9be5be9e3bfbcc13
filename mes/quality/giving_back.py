"""QA gives a lot back what an excursion drew of its stability, after deciding that it had no impact on it."""

from __future__ import annotations

from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.quality import excursions
from mes.quality.exposures import exposure_of
from mes.quality.model import JUDGED, Disposition
from mes.stability import service as stability
from mes.stability.ledger import Spent
from mes.transitions import Refused
from telemetry.clock import from_us
from telemetry.work import Work

MEANINGS = (Meaning.APPROVED, Meaning.RELEASED)


async def give_back(
    work: Work, excursion_id: int, lot_id: int, *, credentials: Credentials, meaning: Meaning | str, reason: str
) -> Spent:
    """Compensate what was drawn while the lot was exposed, signed; answers the µs by band.

    Raises ExcursionNotFound, LotNotFound, Refused with the guards that failed, and what `people.sign` raises.
    """
    found = await excursions.excursion(work, excursion_id)
    await excursions.lock_zones(work, [found.zone_id])
    found = await excursions.excursion(work, excursion_id)
    lot = await inventory.lot(work, lot_id)
    row = next((each for each in await excursions.lots_of(work, [excursion_id]) if each.lot_id == lot_id), None)
    drawn: Spent = {}
    for each in await exposure_of(work, found, lot):
        of_it = await stability.drawn_between(work, lot, from_us(each.start_us), from_us(each.end_us))
        drawn = {band: drawn.get(band, 0) + of_it.get(band, 0) for band in drawn.keys() | of_it.keys()}
    guards = {
        "excursion_is_judged": found.status in JUDGED,
        "disposition_is_no_impact": row is not None and row.disposition is Disposition.NO_IMPACT,
        "something_was_drawn": bool(drawn),
        "not_given_back_yet": not await stability.standing_credits(work, found.hold_cause, lot_id),
    }
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("lot", lot_id, "give_back", failed, excursion=found.number, lot=lot.number)
    signature = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="lot",
        record_id=lot_id,
        record_version=lot.version,
        content={"lot": lot.number, "excursion": found.number, "given_back_us": drawn},
        roles=signers(Act.JUDGE),
        meanings=MEANINGS,
    )
    why = f"{found.number}: {reason}"
    await stability.give_back(work, lot_id, drawn, cause=found.hold_cause, reason=why, signature_id=signature.id)
    return drawn
