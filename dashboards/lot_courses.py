"""What lots went through, in figures: by place the probes' courses, by stay the extremes, time out and time unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

import numpy as np

from dashboards.reports import course as courses
from dashboards.reports.course import Course, Figures
from mes.genealogy.temperature import History, Stay
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, RuleVersion, Zone
from models.columns import SECOND_US, Columns, hold_us
from models.interval import Interval, merged
from telemetry.clock import to_us
from telemetry.work import Work


@dataclass(frozen=True, slots=True)
class Probe:
    """A point with its course over the whole time."""

    point: MeasuringPoint
    course: Course


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that one of the lots stood."""

    zone: Zone
    probes: tuple[Probe, ...]
    times: tuple[Interval, ...]  # while one of the lots was there
    rule: RuleVersion | None  # the limits that hold there now

    def unknown(self, window: Interval) -> tuple[Interval, ...]:
        """When no probe told anything."""
        holes = [merged(courses.holes(p.course, p.point, window)) for p in self.probes]
        return reduce(_both, holes) if holes else (window,)

    def out(self, window: Interval) -> tuple[Interval, ...]:
        """When some probe read beyond the limits."""
        if self.rule is None:
            return ()
        bounds = self.rule.alarm().bounds
        found: list[Interval] = []
        for probe in self.probes:
            held = probe.course.within(window, before=1)
            holds = hold_us(Columns(held.time_us, held.mean, held.quality), probe.point.stale_s, window.end_us)
            for at in np.flatnonzero((held.high >= bounds.high_out) | (held.low < bounds.low_out)):
                start = int(held.time_us[at])
                found.append(Interval(max(start, window.start_us), min(start + int(holds[at]), window.end_us)))
        return merged(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class StayRow:
    """One stay; figures are the worst of the place's probes."""

    stay: Stay
    window: Interval
    place: Place | None  # None: nobody says where
    lowest: float | None
    highest: float | None
    kinetic_c: float | None
    out: tuple[Interval, ...]
    unknown: tuple[Interval, ...]

    @property
    def out_s(self) -> float:
        return sum(each.length_us for each in self.out) / SECOND_US

    @property
    def unknown_s(self) -> float:
        return sum(each.length_us for each in self.unknown) / SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class LotCourses:
    """All of it: lots in the order asked for, and the places in the order in which they were met."""

    histories: Sequence[History]
    places: tuple[Place, ...]
    rows: Mapping[int, Sequence[StayRow]]  # by lot
    window: Interval
    by_minute: bool  # from roll-ups: gaps are told to the minute


async def gather(work: Work, histories: Sequence[History]) -> LotCourses | None:
    """None where none of the lots has stood anywhere."""
    spans = [span_of(stay, work.now) for history in histories for stay in history.stays]
    if not spans:
        return None
    window = Interval(min(s.start_us for s in spans), max(s.end_us for s in spans))
    known = {p.point_id: p for p in await plant.points(work)}
    stays = [stay for history in histories for stay in history.stays]
    wanted = sorted({id_ for stay in stays for id_ in stay.point_ids if id_ in known})
    read = await courses.read(work, [known[id_] for id_ in wanted], window)
    probes = {id_: Probe(known[id_], read.of[id_]) for id_ in wanted}
    places = _places(stays, probes, await plant.rules_in_force(work, work.now), work.now)
    rows = {h.lot.id: [_row(stay, places, work.now) for stay in h.stays] for h in histories}
    return LotCourses(
        histories=histories, places=tuple(places.values()), rows=rows, window=window, by_minute=read.by_minute
    )


def span_of(stay: Stay, now: datetime) -> Interval:
    """A stay in µs; a moment is as long as a moment can be."""
    start = to_us(stay.start)
    return Interval(start, max(to_us(stay.end or now), start + 1))


def _places(
    stays: Iterable[Stay], probes: Mapping[int, Probe], rules: Mapping[str, RuleVersion], now: datetime
) -> dict[int, Place]:
    found: dict[int, Place] = {}
    for stay in stays:
        if stay.zone is None:
            continue
        before = found[stay.zone.id].times if stay.zone.id in found else ()
        found[stay.zone.id] = Place(
            zone=stay.zone,
            probes=tuple(probes[id_] for id_ in stay.point_ids if id_ in probes),
            times=merged([*before, span_of(stay, now)]),
            rule=rules.get(stay.zone.policy or ""),
        )
    return found


def _row(stay: Stay, places: Mapping[int, Place], now: datetime) -> StayRow:
    window = span_of(stay, now)
    place = places[stay.zone.id] if stay.zone else None
    figures = [courses.figures(p.course, p.point, window) for p in place.probes] if place else []
    return StayRow(
        stay=stay,
        window=window,
        place=place,
        lowest=_extreme(figures, "lowest", min),
        highest=_extreme(figures, "highest", max),
        kinetic_c=_extreme(figures, "kinetic_c", max),
        out=place.out(window) if place else (),
        unknown=place.unknown(window) if place else (window,),
    )


def _extreme(figures: Iterable[Figures], name: str, choose: object) -> float | None:
    known = [value for each in figures if (value := getattr(each, name)) is not None]
    return choose(known) if known else None  # type: ignore[operator]


def _both(one: Sequence[Interval], other: Sequence[Interval]) -> tuple[Interval, ...]:
    """Time that is in both."""
    common = (Interval(max(a.start_us, b.start_us), min(a.end_us, b.end_us)) for a in one for b in other)
    return merged(common)
