"""Receiving looks at a trip's record and accepts or refuses, signed. What comes late makes a new version of the record.

A refusal puts every lot of the trip on hold and drafts a deviation for QA. A record that doesn't conform is accepted
by QA alone, and so is a trip that was refused. A trip that is opened again blocks its lots until it is judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from psycopg.types.json import Json

from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.model import Credentials, Meaning, Role, Signature
from mes.quality import deviations, handling
from mes.trips.model import JUDGED, MACHINE, Direction, Facts, Status, Trip, TripRecord
from mes.trips.record import content_of, judged_part, window_of
from mes.trips.rows import SQL, RecordNotFound, locked, records, scans, there, trip
from telemetry.chain import canonical
from telemetry.work import Work

MEANINGS = {
    "accept": (Meaning.APPROVED, Meaning.REVIEWED, Meaning.RELEASED),
    "refuse": (Meaning.REJECTED,),
}
RECEIVERS = (Role.WAREHOUSE, Role.LEAD, Role.QA)
BACK_FILL = timedelta(days=60)
"""How long after its arrival a trip's record still follows readings that come late: loggers keep a month."""
_CHANGED = "what came late changed the record"


async def accept(
    work: Work,
    trip_id: int,
    *,
    version: int,
    record_version: int,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
) -> Trip:
    """Take the goods over on this version of the record.

    Raises TripNotFound, RecordNotFound, StaleVersion, Refused, and what `people.sign` raises: SignerRoleMissing where
    only QA may, since the record doesn't conform or lots of the trip are on hold for it.
    """
    before, latest = await _looked_at(work, trip_id, version, record_version, "accept")
    held = [hold for hold in await inventory.holds(work, cause=before.hold_cause) if hold.active]
    roles = RECEIVERS if latest.conforms and not held and before.status is Status.ARRIVED else (Role.QA,)
    signature = await _sign(work, before, latest, "accept", credentials, meaning, reason, roles)
    for hold in held:
        await inventory.lift_hold(work, hold.id, signature_id=signature.id, reason=f"{before.number}: {reason}")
    return await _judge(work, before, latest, "accept", signature)


async def refuse(
    work: Work,
    trip_id: int,
    *,
    version: int,
    record_version: int,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
) -> Trip:
    """Don't take the goods over: its lots are held at once, and a deviation waits for QA. Raises as `accept` does."""
    before, latest = await _looked_at(work, trip_id, version, record_version, "refuse")
    signature = await _sign(work, before, latest, "refuse", credentials, meaning, reason, RECEIVERS)
    await _hold(work, before, reason)
    deviation_id = before.deviation_id or await _draft(work, before, reason)
    return await _judge(work, before, latest, "refuse", signature, deviation_id)


async def renew(work: Work, trip_id: int, reason: str) -> bool:
    """Make the record anew from what is stored; where it says something else now, it is the next version (True).

    A trip that was judged is opened again. Before the arrival there is no record.
    """
    found = await locked(work, trip_id)
    if found.status not in {*JUDGED, Status.ARRIVED}:
        return False
    content = await content_of(work, found, await scans(work, [trip_id]))
    earlier = await records(work, trip_id)
    if earlier and canonical(judged_part(earlier[-1].content)) == canonical(judged_part(content)):
        return False
    await _write(work, found, earlier, content, reason)
    if found.status in JUDGED:
        await _reopen(work, found)
    return True


async def recheck(work: Work) -> list[int]:
    """Renew the records that readings have reached since they were made; answers the trips that changed.

    For the watch, now and then: it looks at what the ledger has got since the last time, and no further.
    """
    ledger = {"since": work.now - BACK_FILL, "looked_id": await work.scalar(SQL["looked_to"])}
    answer = await work.db.execute(SQL["reached"], ledger)
    changed = [trip_id for (trip_id,) in await answer.fetchall() if await renew(work, trip_id, "late readings")]
    await work.run(SQL["looked_all"], **ledger)
    return changed


async def _write(
    work: Work, found: Trip, earlier: Sequence[TripRecord], content: dict[str, object], reason: str
) -> TripRecord:
    start, end = window_of(found, await scans(work, [found.id]), work.now)
    digest = sha256(canonical(content).encode()).hexdigest()
    facts = {"version": len(earlier) + 1, "from_time": start, "to_time": end, "conforms": content["conforms"]}
    values = facts | {"content": Json(content), "sha256": digest, "reason": reason, "now": work.now}
    made = await work.one(SQL["record"], TripRecord, trip_id=found.id, **values)
    if made is None:
        raise RecordNotFound(trip_id=found.id)
    if not earlier:  # all that was stored until now is in it
        await work.run(SQL["looked"], id=found.id, looked_id=await work.scalar(SQL["looked_to"]))
    await work.run(SQL["touch"], id=found.id)
    work.audit("trip.record", "trip", found.id, after=facts | {"sha256": digest}, reason=reason)
    await work.emit("trip.recorded", trip_id=found.id, number=found.number, **facts)
    return made


async def _reopen(work: Work, before: Trip) -> None:
    """Acceptance is asked again, and its lots are blocked until then."""
    row = MACHINE.step("reopen", before.id, before.status, Facts())
    there(await work.one(SQL["reopen"], Trip, id=before.id), before.id)
    was = {"status": before.status, "signature": before.signature_id, "record": before.judged_record}
    work.audit("trip.reopen", "trip", before.id, before=was, after={"status": row.target}, reason=_CHANGED)
    await work.emit("trip.reopened", trip_id=before.id, number=before.number)
    await _hold(work, before, _CHANGED)


async def _looked_at(work: Work, trip_id: int, version: int, record_version: int, step: str) -> tuple[Trip, TripRecord]:
    """The trip, locked, and its record as it is now, which must be the one that the signer has seen."""
    await renew(work, trip_id, "asked for by receiving")
    before = await locked(work, trip_id)
    made = await records(work, trip_id)
    is_current = bool(made) and made[-1].version == record_version and before.version == version
    MACHINE.step(step, trip_id, before.status, Facts(record_is_current=is_current))
    if not made:
        raise RecordNotFound(trip_id=trip_id)
    return before, made[-1]


async def _sign(
    work: Work,
    before: Trip,
    latest: TripRecord,
    step: str,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    roles: Sequence[Role],
) -> Signature:
    content = {"number": before.number, "step": step, "record": latest.version, "sha256": latest.sha256}
    return await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="trip",
        record_id=before.id,
        record_version=before.version,
        content=content | {"conforms": latest.conforms},
        roles=roles,
        meanings=MEANINGS[step],
    )


async def _judge(
    work: Work, before: Trip, latest: TripRecord, step: str, signature: Signature, deviation_id: int | None = None
) -> Trip:
    row = MACHINE.step(step, before.id, before.status, Facts(record_is_current=True))
    facts = {"record": latest.version, "reason": signature.reason, "signature_id": signature.id}
    values = facts | {"deviation_id": deviation_id, "status": row.target, "now": work.now}
    after = there(await work.one(SQL["judge"], Trip, id=before.id, **values), before.id)
    was = {"status": before.status}
    work.audit(
        f"trip.{step}", "trip", before.id, before=was, after=facts | {"status": row.target}, reason=signature.reason
    )
    await work.emit(f"trip.{row.target}", trip_id=before.id, number=before.number)
    return after


async def _hold(work: Work, found: Trip, reason: str) -> None:
    loaded = {scan.lot_id for scan in await scans(work, [found.id]) if scan.direction is Direction.LOAD}
    for lot_id in sorted(loaded):
        await inventory.place_hold(work, lot_id, cause=found.hold_cause, reason=f"{found.number}: {reason}")


async def _draft(work: Work, found: Trip, reason: str) -> int:
    draft = deviations.Draft(
        title_en=f"Trip {found.number} was refused by receiving",
        title_zh=f"收货拒收运输任务 {found.number}",
        description=f"{found.origin} → {found.destination}: {reason}",
    )
    return (await handling.open_deviation(work, draft)).id


__all__ = ["MEANINGS", "RECEIVERS", "accept", "recheck", "refuse", "renew", "trip"]
