"""Events are made of the plant's records when somebody asks, and kept as they were given out.

What nobody has asked for needs no correction; what was given out may have been copied anywhere, so it is never changed.
Where late readings change an excursion, its event is declared wrong by a second event with the same id, and the next
event says what is known now (EPCIS 2.0, 7.4.1.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.epcis import sendings
from gateway.epcis.events import Amount, Language, Probe, moment
from gateway.epcis.keeping import SQL, Kept, amounts_in, covers, ids, keep, of_subject, rule_of
from gateway.epcis.naming import Naming
from gateway.epcis.silences import keep_silences
from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.inventory import service as inventory
from mes.inventory.model import Hold, Lot
from mes.plant import service as plant
from mes.quality import episodes, excursions
from mes.quality.model import Condition, Episode, Excursion
from mes.trips import service as trips
from mes.trips.course import GSP_CADENCE, course
from mes.trips.model import Direction, Scan
from mes.trips.readiness import read
from models.interval import Interval
from telemetry.clock import to_us
from telemetry.work import Work


@dataclass(frozen=True, slots=True)
class _Due:
    id: int
    version: int


async def language(work: Work, naming: Naming) -> Language:
    """How this plant tells events."""
    return Language(naming, await plant.time_zone(work))


async def capture(work: Work, told: Language) -> None:
    """Bring the kept events up to the plant's records."""
    await work.run(SQL["lock"])
    for hold_id in await ids(work, "holds_due"):
        await _keep_hold(work, told, await inventory.hold(work, hold_id))
    for hold_id in await ids(work, "lifted_due"):
        await _keep_lifted(work, told, await inventory.hold(work, hold_id))
    await _keep_scans(work, told, await ids(work, "scans_due"))
    await keep_silences(work, told)
    for each in await sendings.due(work, told):
        await keep(work, each.subject, each.at, each.event)
    for due in await work.all(SQL["excursions_due"], _Due):
        await _keep_excursion(work, told, await excursions.excursion(work, due.id))
        await work.run(SQL["told"], id=due.id, version=due.version)


async def _keep_hold(work: Work, told: Language, hold: Hold) -> None:
    amounts, zone = await _where(work, await inventory.lot(work, hold.lot_id), hold.placed_at)
    event = told.hold(hold.placed_at, amounts, zone, hold.cause)
    await keep(work, f"hold:{hold.id}", hold.placed_at, event)


async def _keep_lifted(work: Work, told: Language, hold: Hold) -> None:
    at = hold.lifted_at or work.now
    amounts, zone = await _where(work, await inventory.lot(work, hold.lot_id), at)
    await keep(work, f"lifted:{hold.id}", at, told.lifted(at, amounts, zone, hold.cause))


async def _where(work: Work, lot: Lot, at: datetime) -> tuple[list[Amount], str | None]:
    """How much of a lot there was at a moment, and where most of it stood."""
    stays = [s for s in await inventory.standings(work, [lot.id]) if covers(s.from_time, s.to_time, at)]
    amount = Amount(lot.item, lot.number, sum((s.quantity for s in stays), Decimal()), lot.unit)
    most = max(stays, key=lambda s: s.quantity, default=None)
    return [amount], (await plant.zone(work, most.zone_id)).code if most else None


async def _keep_scans(work: Work, told: Language, trip_ids: Sequence[int]) -> None:
    answer = await work.db.execute(SQL["scans_told"], {"trip_ids": list(trip_ids)})
    known = {id_ for (id_,) in await answer.fetchall()}
    for scan in await trips.scans(work, trip_ids):
        if scan.id not in known:
            event = await _scan(work, told, scan)
            await keep(work, f"scan:{scan.id}", scan.happened_at, event)


async def _scan(work: Work, told: Language, scan: Scan) -> dict[str, Any]:
    trip, lot = await trips.trip(work, scan.trip_id), await inventory.lot(work, scan.lot_id)
    vehicle, place = (await plant.zone(work, trip.zone_id)).code, (await plant.zone(work, scan.zone_id)).code
    loads = scan.direction is Direction.LOAD
    source, target = (place, vehicle) if loads else (vehicle, place)
    amount = Amount(lot.item, lot.number, scan.quantity, scan.unit)
    return told.scan(scan.happened_at, amount, source=source, target=target, trip=trip.number, loads=loads)


async def _keep_excursion(work: Work, told: Language, found: Excursion) -> None:
    """The event that is true now, and the declaration that an earlier one was not."""
    subject = f"excursion:{found.id}"
    kept = await of_subject(work, subject)
    wrong = {each.event_id for each in kept if each.is_error}
    standing = [each for each in kept if not each.is_error and each.event_id not in wrong]
    happened = [e for e in await episodes.of_excursions(work, [found.id]) if _counts(e)]
    if not happened:
        for each in standing:
            await _declare_wrong(work, each, "did_not_occur", [])
        return
    end = found.ended_at or work.now
    if standing and standing[-1].is_final and found.ended_at is not None:
        last = standing[-1]
        if (await _excursion(work, told, found, happened, end, last.revision))["eventID"] == last.event_id:
            return
    revision = max((each.revision for each in kept), default=0) + 1
    event = await _excursion(work, told, found, happened, end, revision)
    await keep(work, subject, end, event, revision=revision, is_final=found.condition is Condition.CLEARED)
    for each in standing:
        if each.is_final or not await _stands(work, told, found, happened, each):
            await _declare_wrong(work, each, "incorrect_data", [event["eventID"]])


def _counts(episode: Episode) -> bool:
    """Too short for an alarm counts too: where only the sum was too long, such episodes are the whole excursion."""
    return episode.withdrawn_at is None


async def _stands(work: Work, told: Language, found: Excursion, happened: Sequence[Episode], interim: Kept) -> bool:
    """Whether what was told while it went on is still so of the time that it told of."""
    again = await _excursion(work, told, found, happened, interim.event_time, interim.revision)
    return bool(again["eventID"] == interim.event_id)


async def _declare_wrong(work: Work, kept: Kept, reason: str, corrections: Sequence[str]) -> None:
    declared: dict[str, Any] = {"declarationTime": moment(work.now), "reason": reason}
    if corrections:
        declared["correctiveEventIDs"] = list(corrections)
    event = dict(kept.body) | {"errorDeclaration": declared}
    facts = (work, kept.subject, kept.event_time, event)
    await keep(*facts, revision=kept.revision, is_final=kept.is_final, is_error=True)


async def _excursion(
    work: Work, told: Language, found: Excursion, happened: Sequence[Episode], end: datetime, revision: int
) -> dict[str, Any]:
    zone = await plant.zone(work, found.zone_id)
    probes = await _probes(work, found, happened, end)
    amounts = await _amounts(work, found, end)
    return told.excursion(found.number, revision, zone.code, end, probes, amounts)


async def _probes(work: Work, found: Excursion, happened: Sequence[Episode], end: datetime) -> list[Probe]:
    """Every point of the zone with limits, out or not: what was cold at the same time is evidence too."""
    probes = []
    points = {point.point_id: point for point in await plant.points_in(work, found.zone_id)}
    summed = await _summed(work, found, end)
    moved = {e.point_id for e in happened} - points.keys()  # it stood there then, and does no more
    for point in [*points.values(), *[await plant.point(work, point_id) for point_id in sorted(moved)]]:
        own = [e for e in happened if e.point_id == point.point_id]
        rule = await rule_of(work, point, own, found.started_at)
        if rule is None:
            continue
        limit, window = rule.alarm(), Interval(to_us(found.started_at), to_us(end))
        readings = await read(work, point.point_id, window, limit.stale_s)
        probes.append(
            Probe(
                name=point.name,
                unit=point.unit,
                policy=rule.code,
                policy_version=rule.version,
                alarmed=point.point_id in summed or any(e.raised_at and e.raised_at <= end for e in own),
                start=found.started_at,
                end=end,
                course=course(readings, limit, window, GSP_CADENCE),
            )
        )
    return probes


async def _summed(work: Work, found: Excursion, end: datetime) -> set[int | None]:
    """Points whose short times out had added up to more than a policy allows by then: each alone alarms nobody."""
    told = await alarms.alarms(work, kind=Kind.CUMULATIVE, excursion_id=found.id)
    return {alarm.point_id for alarm in told if alarm.raised_at <= end}


async def _amounts(work: Work, found: Excursion, end: datetime) -> list[Amount]:
    """Lots that stood there, each with how much of it did when its exposure began."""
    exposed = [row for row in await excursions.lots_of(work, [found.id]) if row.exposed_from <= end]
    return await amounts_in(work, found.zone_id, {row.lot_id: row.exposed_from for row in exposed})
