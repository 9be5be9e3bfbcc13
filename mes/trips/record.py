"""The record of a trip: made of the readings alone, so that the same readings give the same record at any time.

Episodes are evaluated here over what is stored, not copied from the watch: a record must not depend on how far the
watch has come. Its digest covers everything in it; each point's digest covers its readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any

import numpy as np

from mes.inventory import service as inventory
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.quality import excursions
from mes.trips.course import Course, course, distance_km, openings, when_on
from mes.trips.model import Direction, Scan, Trip
from mes.trips.readiness import JudgedPoint, judged_points, read
from models.columns import Columns
from models.interval import Interval
from models.limits import Episode, evaluate
from telemetry.chain import stamp
from telemetry.clock import from_us, to_us
from telemetry.work import Work

BESIDE = frozenset({"excursions"})
"""What refers to records that live on; it says nothing of the readings, so that a change there makes no new version."""


def window_of(trip: Trip, scans: Iterable[Scan], now: datetime) -> tuple[datetime, datetime]:
    """From when loading was allowed, or the first load, to the arrival, or the last unload before receiving judged."""
    found = list(scans)
    loads = [s.happened_at for s in found if s.direction is Direction.LOAD]
    start = min([*loads, trip.loading_at or now])
    end = trip.arrived_at or now
    latest = trip.judged_at or now
    unloads = [s.happened_at for s in found if s.direction is Direction.UNLOAD and s.happened_at <= latest]
    return start, max([end, *unloads])


async def content_of(work: Work, trip: Trip, scans: Sequence[Scan]) -> dict[str, Any]:
    """Everything that the record says, as JSON. Raises VehicleWithoutLimits."""
    start, end = window_of(trip, scans, work.now)
    window = Interval(to_us(start), to_us(end))
    vehicle = await plant.zone(work, trip.zone_id)
    judged = await judged_points(work, trip.zone_id, start)
    others = [p for p in await plant.points_in(work, trip.zone_id) if p.policy is None]
    points = [await _point(work, each, others, window) for each in judged]
    told = {
        "trip": trip.number,
        "vehicle": vehicle.code,
        "origin": trip.origin,
        "destination": trip.destination,
        "carrier": trip.carrier,
        "escort": trip.escort,
        "from": stamp(start),
        "to": stamp(end),
        "departed_at": _stamp(trip.departed_at),
        "arrived_at": _stamp(trip.arrived_at),
        "lots": await _lots(work, scans),
        "points": points,
        "completeness": min(point["completeness"] for point in points),
        "door": await _door(work, others, window),
        "distance_km": await _distance(work, others, window),
        "excursions": await _excursions(work, trip.zone_id, start, end),
    }
    least = max(each.rule.policy.completeness for each in judged)
    checks = _checks(points, least)
    return told | {"checks": checks, "conforms": all(check["passed"] for check in checks)}


def judged_part(content: Mapping[str, Any]) -> dict[str, Any]:
    """What decides whether a record is a new one."""
    return {name: value for name, value in content.items() if name not in BESIDE}


async def _point(work: Work, judged: JudgedPoint, others: Sequence[MeasuringPoint], window: Interval) -> dict[str, Any]:
    point, limit = judged.point, judged.limit
    readings = await read(work, point.point_id, window, limit.stale_s)
    seen = course(readings, limit, window, judged.cadence)
    parts = readings.time_us, readings.value, readings.quality
    contexts = [p for p in others if p.role in judged.contexts]
    windows = [
        span for p in contexts for span in when_on(await read(work, p.point_id, window, p.stale_s), window, p.stale_s)
    ]
    found = [e for each in judged.limits for e in evaluate(*parts, each, until_us=window.end_us, windows=windows)]
    found.sort(key=lambda e: e.start_us)
    names = {"point": point.name, "role": point.role, "unit": point.unit}
    rule = {"policy": judged.rule.code, "policy_version": judged.rule.version, "low": limit.low, "high": limit.high}
    return (
        names
        | {"name_en": point.name_en, "name_zh": point.name_zh}
        | rule
        | _figures(seen, is_temperature=point.unit == "Cel")
        | {"episodes": [_episode(e, window) for e in found if e.end_us is None or e.end_us > window.start_us]}
        | {"sha256": _digest(readings)}
    )


def _figures(seen: Course, *, is_temperature: bool) -> dict[str, Any]:
    return {
        "readings": seen.readings,
        "min": seen.lowest,
        "max": seen.highest,
        "mean": seen.mean,
        "mkt": seen.kinetic if is_temperature else None,
        "known_s": seen.known_s,
        "unknown_s": seen.unknown_s,
        "out_s": seen.out_s,
        "worst_case_s": seen.worst_case_s,
        "completeness": round(seen.completeness, 6),
        "gaps": [{"from": _moment(g.start_us), "to": _moment(g.end_us), "cause": g.cause} for g in seen.gaps],
        "cadence": [asdict(check) | {"passed": check.passed} for check in seen.cadence],
    }


def _episode(found: Episode, window: Interval) -> dict[str, Any]:
    spans = {"start": _moment(found.start_us), "end": _moment(found.end_us) if found.end_us is not None else None}
    out = {"known_s": found.known_s, "unknown_s": found.unknown_s, "worst_case_s": found.worst_case_s}
    raised = found.raised_us is not None and found.raised_us <= window.end_us
    return {"side": found.side, **spans, "peak": found.peak, "raised": raised, **out}


def _digest(readings: Columns) -> str:
    """Over time (i64), value (f64, NaN where it was bad) and quality (u8) of distinct readings, in this order.

    A reading that was delivered twice is one.
    """
    order = np.lexsort((readings.quality, readings.value, readings.time_us))
    time, value, quality = readings.time_us[order], readings.value[order], readings.quality[order]
    same = (time[1:] == time[:-1]) & (value.view("i8")[1:] == value.view("i8")[:-1]) & (quality[1:] == quality[:-1])
    distinct = np.append(True, ~same)[: len(time)]
    return sha256(time[distinct].tobytes() + value[distinct].tobytes() + quality[distinct].tobytes()).hexdigest()


def _checks(points: Sequence[Mapping[str, Any]], least: float) -> list[dict[str, Any]]:
    """What a conforming record must show. Times short of the policy's delay are told, and are no excursion."""
    raised = [e for point in points for e in point["episodes"] if e["raised"]]
    completeness = min(point["completeness"] for point in points)
    found = [
        _check("no_excursion", not raised, len(raised), 0),
        _check("complete", completeness >= least, completeness, least),
    ]
    for name in ("recording", "recording_out"):
        of_it = [check for point in points for check in point["cadence"] if check["name"] == name]
        worst = max(of_it, key=lambda check: check["longest_s"])
        found.append(_check(name, all(c["passed"] for c in of_it), worst["longest_s"], worst["allowed_s"]))
    return found


def _check(name: str, passed: bool, figure: float, allowed: float) -> dict[str, Any]:
    return {"name": name, "passed": passed, "figure": figure, "allowed": allowed}


async def _lots(work: Work, scans: Sequence[Scan]) -> list[dict[str, Any]]:
    loads = [scan for scan in scans if scan.direction is Direction.LOAD]
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=sorted({s.lot_id for s in loads}))}
    return [
        {
            "lot": lots[scan.lot_id].number,
            "item": lots[scan.lot_id].item,
            "quantity": f"{scan.quantity.normalize():f}",
            "unit": scan.unit,
            "loaded_at": stamp(scan.happened_at),
            "told_late": scan.scanned_at > scan.happened_at,
        }
        for scan in loads
    ]


async def _door(work: Work, points: Sequence[MeasuringPoint], window: Interval) -> dict[str, Any] | None:
    doors = [point for point in points if point.role == "door"]
    found = [(p, openings(await read(work, p.point_id, window, p.stale_s), window, p.stale_s)) for p in doors]
    if not found:
        return None
    return {"openings": sum(n for _, (n, _) in found), "open_s": sum(s for _, (_, s) in found)}


async def _distance(work: Work, points: Sequence[MeasuringPoint], window: Interval) -> float | None:
    by_measure = {point.measure: point for point in points if point.role == "position"}
    if not {"latitude", "longitude"} <= by_measure.keys():
        return None
    north = await read(work, by_measure["latitude"].point_id, window, 0)
    east = await read(work, by_measure["longitude"].point_id, window, 0)
    return distance_km(north, east, window)


async def _excursions(work: Work, zone_id: int, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Excursions of the vehicle that the watch had found when the record was made."""
    found = await excursions.excursions(work, zone_id=zone_id)
    return [
        {"id": each.id, "number": each.number}
        for each in found
        if each.started_at <= end and (each.ended_at is None or each.ended_at >= start)
    ]


def _moment(us: int) -> str:
    return stamp(from_us(us))


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)
