"""Advice on one excursion, from the readings as they are stored: checks, product beside air, lots, what went on.

Nothing here decides. What QA saw is frozen with the signature: `Advice.document` at the same moment says the same
unless readings came since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from mes.people.model import digest, written
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, RuleVersion
from mes.quality import episodes, excursions
from mes.quality.exposures import LotFacts, facts_of_lots
from mes.quality.model import Episode, Excursion
from mes.quality.readings import courses, of_roles, read
from mes.sensors import service as sensors
from mes.sensors.model import CalibrationState
from mes.stability import profiles
from models.assessment import Assessment, Course, Rule, as_json, longest_window_s
from models.assessment import assess as judge
from models.columns import Columns
from models.context import minutes_of, switched
from models.interval import Interval
from models.kinetics import buffered_probe_c
from models.policy import Policy
from telemetry.chain import stamp
from telemetry.clock import from_us, to_us
from telemetry.errors import Conflict
from telemetry.work import Work

BEFORE = timedelta(hours=1)
"""How much of the time before an excursion its context tells of."""
AIR, PRODUCT, VIRTUAL = "air", "product", "virtual"
_SWITCHES = {"door": True, "defrost": True, "mains": False}


class NothingToAssess(Conflict):
    """No episode of this excursion stands any more: late readings have withdrawn all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """What one switch told: door open, defrost on, mains away."""

    role: str  # door, defrost, mains
    point_id: int
    intervals: tuple[Interval, ...]
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What QA is told. The air is always among what was assessed, whatever the advice rests on."""

    used: str  # air, or product: where probes in product stand there and enough of them is known
    by_series: Mapping[str, Assessment]  # air; product; virtual: a product probe computed from the air
    tau_s: float | None  # of the virtual probe
    rule: RuleVersion
    flags: tuple[Flag, ...]
    lots: tuple[LotFacts, ...]
    assessed_at: datetime

    @property
    def assessment(self) -> Assessment:
        """What the advice rests on."""
        return self.by_series[self.used]

    @property
    def document(self) -> dict[str, Any]:
        """As it is frozen and hashed."""
        flags = [
            {"role": f.role, "point_id": f.point_id, "minutes": f.minutes, "intervals": _told(f)} for f in self.flags
        ]
        return {
            "assessed_at": stamp(self.assessed_at),
            "used": self.used,
            "verdict": str(self.assessment.verdict),
            "rule": {"policy": self.rule.code, "version": self.rule.version, "from": stamp(self.rule.effective_from)},
            "series": {name: as_json(each) for name, each in self.by_series.items()},
            "tau_s": self.tau_s,
            "context": flags,
            "lots": [each.document for each in self.lots],
        }

    @property
    def sha256(self) -> str:
        """Of the document: 64 hex digits."""
        return digest(written(self.document))


def _told(flag: Flag) -> list[list[str]]:
    return [[stamp(from_us(i.start_us)), stamp(from_us(i.end_us))] for i in flag.intervals]


async def assess(work: Work, excursion_id: int) -> Assessment:
    """The advice's assessment alone. Raises ExcursionNotFound, NothingToAssess."""
    return (await advise(work, excursion_id)).assessment


async def advise(work: Work, excursion_id: int, *, at: datetime | None = None) -> Advice:
    """All that QA is told, as known at `at` (default: now), from what is stored now.

    Raises ExcursionNotFound, NothingToAssess.
    """
    found = await excursions.excursion(work, excursion_id)
    until = min(at or work.now, work.now)
    rule = await _rule(work, await episodes.of_excursions(work, [excursion_id]))
    within = [zone.id for zone in await plant.zone_with_descendants(work, found.zone_id)]
    window = _window(found, rule.policy, until)
    points = await plant.points_in(work, found.zone_id)
    air = [p for p in points if p.policy == rule.code]
    product = [p for p in of_roles(points, "product") if p.unit == rule.policy.unit and p not in air]
    known = await read(work, [*air, *product], window, within)
    states = await sensors.calibration_of(work, list(known), found.started_at)
    span = Interval(to_us(found.started_at), to_us(min(found.ended_at or until, until)))
    seen = {
        AIR: [_course(p, c, states[p.point_id]) for p, c in courses(known, air)],
        PRODUCT: [_course(p, c, states[p.point_id]) for p, c in courses(known, product) if len(c)],
    }
    lots = await facts_of_lots(work, found, courses(known, air), until)
    tau_s = await _tau_s(work, [each.item_id for each in lots])
    if tau_s is not None:
        seen[VIRTUAL] = [_buffered(p, c, tau_s) for p, c in courses(known, air) if len(c)]
    by_series = {
        name: judge(rule.policy, of_it, span, until_us=window.end_us)
        for name, of_it in seen.items()
        if of_it or name == AIR
    }
    return Advice(
        used=_used(by_series),
        by_series=by_series,
        tau_s=tau_s,
        rule=rule,
        flags=await _flags(work, points, span, within),
        lots=lots,
        assessed_at=until,
    )


async def _rule(work: Work, filed: Sequence[Episode]) -> RuleVersion:
    standing = [e for e in filed if e.withdrawn_at is None]
    first = min(standing, key=lambda e: (e.raised_at is None, e.started_at, e.id), default=None)
    if first is None:
        raise NothingToAssess
    return await plant.rule(work, first.rule_id)


def _window(found: Excursion, policy: Policy, until: datetime) -> Interval:
    around = timedelta(seconds=longest_window_s(policy))
    end = until if found.ended_at is None else min(until, found.ended_at + around)
    return Interval(to_us(found.started_at - around), max(to_us(end), to_us(found.started_at)))


def _course(point: MeasuringPoint, readings: Columns, state: CalibrationState) -> Course:
    return Course(
        name=point.name, readings=readings, calibration=str(state.standing), certificate=state.certificate or ""
    )


def _buffered(point: MeasuringPoint, readings: Columns, tau_s: float) -> Course:
    usable = np.flatnonzero(~np.isnan(readings.value))
    own = readings.take(usable[np.argsort(readings.time_us[usable], kind="stable")])
    shown = buffered_probe_c(own.time_us, own.value, tau_s)
    return Course(name=point.name, readings=Columns(own.time_us, shown, own.quality))


async def _tau_s(work: Work, item_ids: Sequence[int]) -> float | None:
    """Of the quickest of the products that stood there."""
    found = await profiles.in_force(work, set(item_ids)) if item_ids else {}
    return min((kept.product_tau_s for kept in found.values() if kept.product_tau_s), default=None)


def _used(by_series: Mapping[str, Assessment]) -> str:
    """Probes in product, where enough is known of them; else the air. What is computed is shown and never relied on."""
    product = by_series.get(PRODUCT)
    complete = product is not None and any(c.rule is Rule.COMPLETENESS and c.passed for c in product.checks)
    return PRODUCT if complete else AIR


async def _flags(
    work: Work, points: Sequence[MeasuringPoint], span: Interval, within: Sequence[int]
) -> tuple[Flag, ...]:
    window = Interval(span.start_us - BEFORE // timedelta(microseconds=1), max(span))
    chosen = of_roles(points, *_SWITCHES)
    known = await read(work, chosen, window, within)
    found = []
    for point, readings in courses(known, chosen):
        spans = switched(readings, on=_SWITCHES[point.role], stale_s=point.stale_s, within=window)
        minutes = minutes_of(spans, window)
        found.append(Flag(role=point.role, point_id=point.point_id, intervals=spans, minutes=minutes))
    return tuple(found)
