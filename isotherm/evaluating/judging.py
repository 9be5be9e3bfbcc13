"""What a policy says of a file's readings: episodes, silences, mean kinetic temperature, completeness, checks.

All is judged as it was known at the last row of the file. A point that stops before it is silent from then on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np

from isotherm.evaluating.checks import checks
from isotherm.evaluating.course import Check, Course, of_all
from isotherm.evaluating.reading import Readings, doubles_of
from models.columns import SECOND_US, Columns, Moments
from models.fleet import Fleet
from models.gaps import silences
from models.kinetics import ZERO_CELSIUS_K, MeanKinetic, WarmestWindow, mean_kinetic, worst_window
from models.limits import Episode
from models.policy import Level, Policy
from telemetry.quality import Quality

R_KJ_PER_MOL_K = 0.0083144
"""The gas constant as USP <1079.2> takes it."""
ACTIVATION_KJ_PER_MOL = 83.144
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of the file."""

    name: str | None
    readings: int
    bad: int
    first_us: int
    last_us: int
    lowest: float | None
    highest: float | None
    interval_s: float | None  # the usual time between readings
    mean: MeanKinetic  # from its first reading to the end of the file
    worst: WarmestWindow | None
    silent_from_us: Moments  # times in which nothing was known: columns, for there may be many
    silent_until_us: Moments  # STILL: up to the end of the file

    @property
    def completeness(self) -> float | None:
        """Share of the time that is known; None for a single moment."""
        whole_s = self.mean.known_s + self.mean.unknown_s
        return self.mean.known_s / whole_s if whole_s else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All that is told of a file."""

    policy: Policy
    readings: Readings
    until_us: int
    points: tuple[Point, ...]
    episodes: dict[Level, tuple[tuple[str | None, Episode], ...]]  # by start, with the name of the point
    checks: tuple[Check, ...]
    impossible: int  # readings that no temperature can have: -9999 is some logger's word for no value

    @property
    def window_s(self) -> float:
        """The length of the window whose mean kinetic temperature is the worst: the policy's, else a day."""
        return self.policy.kinetic.window_s if self.policy.kinetic else DAY_S

    @property
    def activation_kj_per_mol(self) -> float:
        """What the mean kinetic temperature rests on; a product may have its own."""
        return self.policy.kinetic.activation_kj_per_mol if self.policy.kinetic else ACTIVATION_KJ_PER_MOL

    @property
    def completeness(self) -> float | None:
        """Share of the time of all points that is known."""
        known_s = sum(point.mean.known_s for point in self.points)
        whole_s = known_s + sum(point.mean.unknown_s for point in self.points)
        return known_s / whole_s if whole_s else None

    @property
    def warmest(self) -> Point:
        """The point of the highest mean kinetic temperature."""
        return max(self.points, key=lambda point: _or_least(point.mean.kinetic_c))

    @property
    def worst(self) -> Point:
        """The point with the warmest window."""
        return max(self.points, key=lambda p: _or_least(p.worst.mean.kinetic_c if p.worst else float("nan")))

    @property
    def passes(self) -> bool:
        """Whether all checks pass on which advice rests."""
        return all(check.passed for check in self.checks if not check.advisory)


def evaluate(readings: Readings, policy: Policy) -> Evaluation:
    """Judge a file's readings."""
    readings, impossible = _possible(readings)
    until_us = int(readings.columns.time_us.max())
    found = _episodes(readings, policy, until_us)
    points, answers = [], []
    for number, name in enumerate(readings.names):
        columns = readings.of(number)
        if not len(columns):
            continue
        mean, worst = _kinetics(columns, policy, until_us)
        points.append(_point(name, columns, mean, worst, policy, until_us))
        own = {level: of_level.get(number, ()) for level, of_level in found.items()}
        course = Course(name=name, readings=columns, until_us=until_us, episodes=own, mean=mean, worst=worst)
        answers.append(list(checks(policy, course)))
    return Evaluation(
        policy=policy,
        readings=readings,
        until_us=until_us,
        points=tuple(points),
        episodes={level: _named(of_level, readings) for level, of_level in found.items()},
        checks=of_all(answers),
        impossible=impossible,
    )


def _possible(readings: Readings) -> tuple[Readings, int]:
    """Without values at absolute zero or below, and how many these were."""
    c = readings.columns
    impossible = c.value <= -ZERO_CELSIUS_K
    if not impossible.any():
        return readings, 0
    value = np.where(impossible, np.nan, c.value)
    quality = np.where(impossible, np.uint8(Quality.BAD_SENSOR_FAILURE), c.quality)
    account = replace(readings.account, contradicting=doubles_of(readings.point, c.time_us, value)[1])
    told = replace(readings, columns=Columns(c.time_us, value, quality), account=account)
    return told, int(impossible.sum())


def _episodes(readings: Readings, policy: Policy, until_us: int) -> dict[Level, dict[int, tuple[Episode, ...]]]:
    """By level and point. A level whose sides have different delays is two limits."""
    limits = [(rule.level, limit) for rule in policy.levels for limit in policy.limits(rule.level)]
    fleet = Fleet.of([dict.fromkeys(range(len(readings.names)), limit) for _, limit in limits])
    c = readings.columns
    answers = fleet.evaluate(readings.point, c.time_us, c.value, c.quality, until_us=until_us)
    found: dict[Level, dict[int, tuple[Episode, ...]]] = {level: {} for level, _ in limits}
    for (level, _), of_limit in zip(limits, answers, strict=True):
        for number, episodes in of_limit.items():
            both = (*found[level].get(number, ()), *episodes)
            found[level][number] = tuple(sorted(both, key=lambda episode: episode.start_us))
    return found


def _kinetics(columns: Columns, policy: Policy, until_us: int) -> tuple[MeanKinetic, WarmestWindow | None]:
    """Of the whole file, and of its warmest window."""
    from_us, stale_s = int(columns.time_us[0]), policy.stale_s
    window_s = policy.kinetic.window_s if policy.kinetic else DAY_S
    activation = policy.kinetic.activation_kj_per_mol if policy.kinetic else ACTIVATION_KJ_PER_MOL
    activation_k = activation / R_KJ_PER_MOL_K
    time, value, quality = columns.time_us, columns.value, columns.quality
    mean = mean_kinetic(
        time, value, quality, stale_s=stale_s, from_us=from_us, until_us=until_us, activation_k=activation_k
    )
    worst = worst_window(
        time,
        value,
        quality,
        window_s=window_s,
        stale_s=stale_s,
        from_us=from_us,
        until_us=until_us,
        activation_k=activation_k,
    )
    return mean, worst


def _named(of_level: dict[int, tuple[Episode, ...]], readings: Readings) -> tuple[tuple[str | None, Episode], ...]:
    named = [(readings.names[number], episode) for number, episodes in of_level.items() for episode in episodes]
    return tuple(sorted(named, key=lambda each: (each[1].start_us, each[0] or "")))


def _point(
    name: str | None, columns: Columns, mean: MeanKinetic, worst: WarmestWindow | None, policy: Policy, until_us: int
) -> Point:
    time, value = columns.time_us, columns.value
    known = not bool(np.isnan(value).all())
    steps = np.diff(time)
    silent = silences(time, policy.stale_s, until_us, quality=columns.quality)
    return Point(
        name=name,
        readings=len(columns),
        bad=int(np.isnan(value).sum()),
        first_us=int(time[0]),
        last_us=int(time[-1]),
        lowest=float(np.nanmin(value)) if known else None,
        highest=float(np.nanmax(value)) if known else None,
        interval_s=float(np.median(steps[steps > 0])) / SECOND_US if (steps > 0).any() else None,
        mean=mean,
        worst=worst,
        silent_from_us=silent[0],
        silent_until_us=silent[1],
    )


def _or_least(value: float) -> float:
    return value if isfinite(value) else -inf
