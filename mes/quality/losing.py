"""Excursions whose probe will never speak again: QA ends them, signed, and all that is unknown counts as out."""

from __future__ import annotations

from collections.abc import Sequence

from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.quality import episodes, excursions
from mes.quality.model import Condition, Episode, Excursion, ExcursionStatus
from mes.quality.service import acknowledge_now, locked
from mes.quality.states import EXCURSION, ExcursionFacts
from telemetry import store
from telemetry.work import Work

MEANINGS = (Meaning.APPROVED, Meaning.REVIEWED)


async def end_lost(
    work: Work, excursion_id: int, *, version: int, credentials: Credentials, meaning: Meaning | str, reason: str
) -> Excursion:
    """End the episodes that are still open now, because their probes are lost; lots can be judged then.

    Readings that come after all open it again. Raises ExcursionNotFound, StaleVersion, Refused with the guards that
    failed (the probe must be silent for longer than a reading holds), and what `people.sign` raises.
    """
    before = await locked(work, excursion_id, version)
    filed = await episodes.filed_under(work, excursion_id)
    going_on = [e for e in filed if e.ended_at is None and e.withdrawn_at is None]
    facts = ExcursionFacts(
        is_cleared=before.condition is Condition.CLEARED,
        is_silent=bool(going_on) and await _are_silent(work, going_on),
        evidence_text=reason,
    )
    EXCURSION.step("sensor_lost", excursion_id, before.status, facts)
    if before.status is ExcursionStatus.OPEN:
        before = await acknowledge_now(work, before, reason)
    told = [{"episode": e.id, "point_id": e.point_id, "started_at": e.started_at} for e in going_on]
    signature = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="excursion",
        record_id=excursion_id,
        record_version=before.version,
        content={"number": before.number, "sensor_lost": told, "ended_at": work.now},
        roles=signers(Act.JUDGE),
        meanings=MEANINGS,
    )
    for episode in going_on:
        await episodes.lose(work, episode, at=work.now, signature_id=signature.id, reason=reason)
    names = {e.point_id: (await plant.point(work, e.point_id)).name for e in going_on}
    for name in sorted(set(names.values())):
        await alarms.clear(work, Kind.TEMPERATURE, name, at=work.now)
    after = await excursions.settle(work, excursion_id)
    await work.emit("excursion.sensor_lost", excursion_id=excursion_id, number=before.number)
    return after


async def _are_silent(work: Work, found: Sequence[Episode]) -> bool:
    """Whether none of their points has said anything usable for as long as a reading of it holds."""
    points = {e.point_id: await plant.point(work, e.point_id) for e in found}
    last = {each.point_id: each for each in await store.last_values(work, list(points))}
    return all(
        point_id not in last or (work.now - last[point_id].time).total_seconds() > point.stale_s
        for point_id, point in points.items()
    )
