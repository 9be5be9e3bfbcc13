"""Whether a vehicle may be loaded: cold for long enough, probes live and calibrated. Figures, never a yes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mes.mapping import spaces
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, RuleVersion, rule_at
from mes.policies import service as policies
from mes.sensors import service as sensors
from mes.sensors.model import Standing
from mes.trips.course import GSP_CADENCE, Course, course
from models.columns import Columns, columns
from models.interval import Interval
from models.limits import Limit
from models.policy import Cadence, Level
from telemetry import store
from telemetry.chain import stamp
from telemetry.clock import to_us
from telemetry.errors import Conflict
from telemetry.quality import is_bad
from telemetry.work import Work

PRECOOL = timedelta(minutes=30)
"""How long the air must have been within its limits before loading."""
LEAST_POINTS = 2
"""GSP, appendix 3, article 8: measuring points of a vehicle."""
AIR = "air"
"""The role of what counts as a measuring point of the vehicle: humidity at the same place is no second one."""


_DOUBTFUL = {Standing.OVERDUE, Standing.FAILED}


class VehicleWithoutLimits(Conflict):
    """No probe of this vehicle has limits in force: it can't carry what must stay cold. Say so in the plant model."""


@dataclass(frozen=True, slots=True)
class JudgedPoint:
    """A point with the limits that are in force at a moment."""

    point: MeasuringPoint
    rule: RuleVersion
    cadence: Cadence  # how often a value must come

    @property
    def limit(self) -> Limit:
        """The alarm level in one: what is out of it is out, whatever the delay of its side."""
        return self.rule.alarm()

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The alarm level as it is judged: a limit a side, where their delays differ; an open door lengthens them."""
        extension_s = max((context.longest_s for context in self.rule.policy.contexts), default=0.0)
        return tuple(replace(limit, extension_s=extension_s) for limit in self.rule.policy.limits(Level.ALARM))

    @property
    def contexts(self) -> frozenset[str]:
        """Roles of the points whose time lengthens the delay."""
        return frozenset(context.role for context in self.rule.policy.contexts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointReadiness:
    """One probe before loading."""

    point: str
    role: str
    live: bool  # it spoke just now
    calibration: str  # valid, due, overdue, failed, unknown
    certificate: str | None
    lowest: float | None
    highest: float | None
    out_s: float
    unknown_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What the vehicle's probes said in the time before `at`."""

    at: datetime
    since: datetime
    low: float | None
    high: float | None
    required_points: int
    volume_m3: float | None  # what the number follows from; None: not recorded, the least number counts
    certificates_needed: bool  # a regulation asks for calibration: to know nothing of it is not enough
    points: tuple[PointReadiness, ...]

    @property
    def live_points(self) -> int:
        """Measuring points that spoke just now."""
        return sum(point.live for point in self.points if point.role == AIR)

    @property
    def has_enough_points(self) -> bool:
        """As many as a vehicle of this volume needs."""
        return self.live_points >= self.required_points

    @property
    def is_precooled(self) -> bool:
        """Every probe known, and within its limits, all the time."""
        return bool(self.points) and not any(p.out_s or p.unknown_s for p in self.points)

    @property
    def is_calibrated(self) -> bool:
        """No probe is overdue or failed; where certificates are asked for, each has one."""
        good = {Standing.VALID, Standing.DUE} if self.certificates_needed else {*Standing} - _DOUBTFUL
        return all(p.calibration in good for p in self.points)

    @property
    def is_doubtful(self) -> bool:
        """A probe is overdue for calibration, or was left beyond its tolerance."""
        return any(p.calibration in _DOUBTFUL for p in self.points)

    def told(self) -> dict[str, Any]:
        """For the trip's row and the audit trail."""
        names = {"at": stamp(self.at), "since": stamp(self.since), "low": self.low, "high": self.high}
        names |= {"live_points": self.live_points, "required_points": self.required_points}
        names |= {"volume_m3": self.volume_m3}
        return names | {"passed": self.is_precooled, "points": [asdict(point) for point in self.points]}

    def in_words(self) -> str:
        """The probes as they are, with figures, for the message that refuses."""
        against = [p for p in self.points if p.out_s or p.unknown_s or not p.live] or self.points
        size = "" if self.volume_m3 is None else f" ({self.volume_m3:g} m3)"
        counted = f"{self.live_points} of {self.required_points} measuring points live{size}"
        return "; ".join([counted] * (not self.has_enough_points) + [_line(p) for p in against])


def _line(p: PointReadiness) -> str:
    seen = "–" if p.lowest is None else f"{p.lowest:g}…{p.highest:g}"
    times = f"{p.out_s / 60:.1f} min out, {p.unknown_s / 60:.1f} min unknown"
    return f"{p.point}: {seen}, {times}, calibration {p.calibration}"


async def judged_points(work: Work, zone_id: int, at: datetime) -> list[JudgedPoint]:
    """The probes of a vehicle and its compartments that have limits at a moment. Raises VehicleWithoutLimits."""
    cadence = (await policies.demands_on(work, zone_id, at)).cadence or GSP_CADENCE
    found = []
    versions: dict[str, Sequence[RuleVersion]] = {}
    for point in await plant.points_in(work, zone_id):
        if point.policy is None:
            continue
        if point.policy not in versions:
            versions[point.policy] = await plant.rules_for(work, point.policy)
        rule = rule_at(versions[point.policy], at)
        if rule is not None:
            found.append(JudgedPoint(point, rule, cadence))
    if not found:
        raise VehicleWithoutLimits(zone_id=zone_id)
    return found


async def readiness(work: Work, zone_id: int) -> Readiness:
    """The vehicle as it is now. Raises VehicleWithoutLimits."""
    judged = await judged_points(work, zone_id, work.now)
    ids = [each.point.point_id for each in judged]
    last = {each.point_id: each for each in await store.last_values(work, ids)}
    calibrated = await sensors.calibration_of(work, ids, work.now)
    demands = await policies.demands_on(work, zone_id)
    window = Interval(to_us(work.now - PRECOOL), to_us(work.now))
    points = [
        PointReadiness(
            point=each.point.name,
            role=each.point.role,
            live=_is_live(each, last, work.now),
            calibration=calibrated[each.point.point_id].standing,
            certificate=calibrated[each.point.point_id].certificate,
            **_seen(await figures(work, each, window)),
        )
        for each in judged
    ]
    first = judged[0].limit
    need = await spaces.vehicle_need(work, zone_id)
    return Readiness(
        at=work.now,
        since=work.now - PRECOOL,
        low=first.low,
        high=first.high,
        required_points=max(need.points, LEAST_POINTS),
        volume_m3=need.volume_m3,
        certificates_needed=demands.calibration is not None,
        points=tuple(points),
    )


def _seen(course: Course) -> dict[str, Any]:
    seen = {"lowest": course.lowest, "highest": course.highest}
    return seen | {"out_s": course.out_s, "unknown_s": course.unknown_s}


def _is_live(judged: JudgedPoint, last: Mapping[int, store.LastValue], now: datetime) -> bool:
    value = last.get(judged.point.point_id)
    if value is None or is_bad(value.quality):
        return False
    return (now - value.time).total_seconds() <= judged.point.stale_s


async def figures(work: Work, judged: JudgedPoint, window: Interval) -> Course:
    """What a point read in a window, against its limits."""
    readings = await read(work, judged.point.point_id, window, judged.limit.stale_s)
    return course(readings, judged.limit, window, judged.cadence)


async def read(work: Work, point_id: int, window: Interval, before_s: float) -> Columns:
    """Its readings from `before_s` before the window to its end, the end's moment too."""
    raw = await store.series(work, [point_id], window.start_us - int(before_s * 1e6), window.end_us + 1)
    return columns(raw.time_us, raw.value, raw.quality, until_us=window.end_us)
