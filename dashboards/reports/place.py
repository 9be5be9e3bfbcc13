"""A place over a period: which points stood there, what each showed, when nothing was known and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dashboards.reports import course as courses
from dashboards.reports.causes import Gap, OnRecord, explained
from dashboards.reports.course import Course, Courses, Figures
from gateway import edges
from mes.alarms.model import Alarm, Kind
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.sensors.places import places
from models.interval import Interval, merged
from telemetry.clock import to_us
from telemetry.quality import is_bad
from telemetry.work import Work

SWITCHES = ("door", "defrost")
MAINS = "mains"
MEASURED = ("air", "product", "humidity", "temperature")
"""Roles of points whose figures are printed, beside all that a policy judges; in this order."""
_MOST_GAPS_TOLD = 10_000
_BAD = np.array([is_bad(quality) for quality in range(256)])


@dataclass(frozen=True, slots=True)
class _First:
    point_id: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PointHere:
    """A point, and the part of the period that it stood here."""

    point: MeasuringPoint
    window: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class PointReport:
    """A point over its window."""

    point: MeasuringPoint
    window: Interval
    course: Course
    figures: Figures
    gaps: tuple[Gap, ...]

    @property
    def holes(self) -> tuple[Interval, ...]:
        return tuple(Interval(to_us(gap.start), to_us(gap.end)) for gap in self.gaps)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReport:
    points: tuple[PointReport, ...]  # the measured ones
    switches: tuple[PointReport, ...]  # doors and defrost
    mains_lost: tuple[Interval, ...]
    by_minute: bool


async def points_here(work: Work, zone_id: int, window: Interval) -> list[PointHere]:
    """The points that stood in a zone during a window, those that came or went meanwhile for their part of it."""
    inside = {zone.id for zone in await plant.zone_with_descendants(work, zone_id)}
    moved = await places(work)
    found = [
        PointHere(point=point, window=window)
        for point in await plant.points_in(work, zone_id)
        if point.point_id not in moved
    ]
    for point_id, stays in moved.items():
        for stay in stays:
            if stay.zone_id in inside:
                until = to_us(stay.to_time) if stay.to_time else window.end_us
                part = Interval(max(to_us(stay.from_time), window.start_us), min(until, window.end_us))
                if part.length_us:
                    found.append(PointHere(point=await plant.point(work, point_id), window=part))
    return sorted(found, key=lambda here: (_rank(here.point), here.point.name, here.window))


def _rank(point: MeasuringPoint) -> int:
    return MEASURED.index(point.role) if point.role in MEASURED else len(MEASURED)


def is_measured(point: MeasuringPoint) -> bool:
    """Whether documents print its figures."""
    return point.policy is not None or point.role in MEASURED


async def look(work: Work, zone_id: int, window: Interval, alarms: Sequence[Alarm]) -> PlaceReport:
    """Everything measured in a zone over a window. `alarms`: those of that time, which tell of lost edges."""
    here = await points_here(work, zone_id, window)
    told = [h for h in here if is_measured(h.point) or h.point.role in (*SWITCHES, MAINS)]
    read = await courses.read(work, [h.point for h in told], window)
    known = await _on_record(work, told, read, window, alarms)
    reports = [_point_report(h, read, known[h.point.point_id]) for h in told]
    return PlaceReport(
        points=tuple(r for r in reports if is_measured(r.point)),
        switches=tuple(r for r in reports if r.point.role in SWITCHES),
        mains_lost=_mains_lost(told, read, window),
        by_minute=read.by_minute,
    )


async def look_at(work: Work, point: MeasuringPoint, window: Interval) -> PointReport:
    """One point over a window, wherever it stood and whatever it measures."""
    here = PointHere(point=point, window=window)
    read = await courses.read(work, [point], window)
    known = await _on_record(work, [here], read, window, ())
    return _point_report(here, read, known[point.point_id])


def _point_report(here: PointHere, read: Courses, known: OnRecord) -> PointReport:
    course, point = read.of[here.point.point_id], here.point
    return PointReport(
        point=point,
        window=here.window,
        course=course,
        figures=courses.figures(course, point, here.window),
        gaps=explained(courses.holes(course, point, here.window), known),
    )


async def _on_record(
    work: Work, here: Sequence[PointHere], read: Courses, window: Interval, alarms: Sequence[Alarm]
) -> Mapping[int, OnRecord]:
    ids = [h.point.point_id for h in here]
    senders = await edges.senders(work, ids)
    first = {row.point_id: to_us(row.time) for row in await work.all(courses.SQL["first_readings"], _First, points=ids)}
    given_up = {edge: await _given_up(work, edge) for edge in set(senders.values())}
    power = _mains_lost(here, read, window)
    return {
        id_: OnRecord(
            given_up=given_up.get(senders.get(id_, ""), {}),
            power=power,
            edge_lost=_edge_lost(alarms, senders.get(id_), window),
            bad_us=read.of[id_].time_us[_BAD[read.of[id_].quality]],
            others_us=[read.of[other].time_us for other in ids if other != id_],
            first_us=first.get(id_),
        )
        for id_ in ids
    }


async def _given_up(work: Work, edge: str) -> dict[str, list[Interval]]:
    """By the edge's reason, the times of what it gave up. Where it could tell one end only, that moment."""
    found: dict[str, list[Interval]] = {}
    for gap in await edges.gaps(work, edge=edge, limit=_MOST_GAPS_TOLD):
        ends = [to_us(at) for at in (gap.first_time, gap.last_time) if at is not None]
        if ends:
            found.setdefault(gap.reason, []).append(Interval(min(ends), max(ends) + 1))
    return found


def _edge_lost(alarms: Sequence[Alarm], edge: str | None, window: Interval) -> list[Interval]:
    return [
        Interval(to_us(alarm.raised_at), to_us(alarm.cleared_at) if alarm.cleared_at else window.end_us)
        for alarm in alarms
        if alarm.kind is Kind.EDGE_LOST and alarm.source == edge
    ]


def _mains_lost(here: Sequence[PointHere], read: Courses, window: Interval) -> tuple[Interval, ...]:
    """When the mains were told to be away; up to the next word about them, however long that took."""
    lost: list[Interval] = []
    for each in here:
        if each.point.role == MAINS:
            course = read.of[each.point.point_id].within(window, before=1)
            ends = np.append(course.time_us, window.end_us)[1:]
            lost += [
                Interval(max(start, window.start_us), end)
                for start, end, value in zip(course.time_us.tolist(), ends.tolist(), course.mean.tolist(), strict=True)
                if value < 1  # NaN is not less
            ]
    return merged(lost)
