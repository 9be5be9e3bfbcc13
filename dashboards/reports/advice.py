"""Advice on an excursion as its document prints it: each check with its figures and where it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mes.quality import assessment
from mes.quality.assessment import NothingToAssess
from models.assessment import Assessment
from models.checks import Check, Figure
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    rule: str
    verdict: str
    figures: Mapping[str, Figure]  # by name with its unit
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """The checks of one series of probes: air, product, or product computed from the air."""

    name: str
    verdict: str
    checks: tuple[CheckRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    verdict: str
    policy: str  # code@version
    used: str  # the series that the verdict rests on
    series: tuple[SeriesRow, ...]
    context: tuple[tuple[str, float], ...]  # door, defrost, mains away: minutes around the excursion
    sha256: str


async def advice_on(work: Work, excursion_id: int) -> Advice | None:
    """None where no episode of it stands any more."""
    try:
        found = await assessment.advise(work, excursion_id)
    except NothingToAssess:
        return None
    return Advice(
        verdict=str(found.assessment.verdict),
        policy=found.assessment.policy,
        used=found.used,
        series=tuple(_series_row(name, each) for name, each in found.by_series.items()),
        context=tuple((flag.role, flag.minutes) for flag in found.flags),
        sha256=found.sha256,
    )


def _series_row(name: str, found: Assessment) -> SeriesRow:
    return SeriesRow(name=name, verdict=str(found.verdict), checks=tuple(map(_check_row, found.checks)))


def _check_row(check: Check) -> CheckRow:
    return CheckRow(
        rule=str(check.rule),
        verdict=str(check.verdict),
        figures=dict(check.figures),
        citation=check.citation,
    )
