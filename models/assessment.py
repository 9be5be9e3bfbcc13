"""Advice to QA about one excursion: each check that a policy asks for, with its figures and its citation.

Readings of the probes of one place go in, a verdict comes out: `pass` only if every check passes, else `escalate`.
It is advice: nobody's lot is released by it. What is unknown is charged as the worst case, so that a gap never helps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.checks import Answer, Check, checks, look
from models.checks import Course as Course
from models.checks import Rule as Rule
from models.checks import Verdict as Verdict
from models.columns import SECOND_US
from models.interval import Interval
from models.policy import Policy

_LEAST_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Advice, and all that it rests on."""

    verdict: Verdict
    checks: tuple[Check, ...]
    policy: str  # name@version
    start_us: int  # the excursion, as it was judged
    end_us: int
    known_s: float  # out by readings, of the probe that was out longest
    unknown_s: float  # nothing known during it

    @property
    def worst_case_s(self) -> float:
        """Seconds out if all that is unknown was out as well."""
        return self.known_s + self.unknown_s


def longest_window_s(policy: Policy) -> float:
    """How much of the time before and after an excursion its assessment looks at."""
    windows = [rule.window_s for rule in policy.cumulative]
    return max([*windows, policy.kinetic.window_s if policy.kinetic else 0.0, _LEAST_S])


def assess(policy: Policy, courses: Sequence[Course], excursion: Interval, *, until_us: int) -> Assessment:
    """Advice on the time `excursion` (µs, half open; one that still lasts ends at `until_us`) of a place.

    Each check is made for each course; the worst answer stands for it. Without courses all is unknown: escalate.
    """
    seen = [look(policy, course, excursion, until_us) for course in courses]
    answers = [list(checks(policy, each)) for each in seen]
    worst = tuple(max(of_one, key=_badness)[1] for of_one in zip(*answers, strict=True))
    passes = bool(worst) and all(check.passed for check in worst)
    longest = max(seen, key=lambda s: s.worst_case_s, default=None)
    return Assessment(
        verdict=Verdict.PASS if passes else Verdict.ESCALATE,
        checks=worst,
        policy=f"{policy.code}@{policy.version}",
        start_us=excursion.start_us,
        end_us=excursion.end_us,
        known_s=longest.known_s if longest else 0.0,
        unknown_s=longest.unknown_s if longest else excursion.length_us / SECOND_US,
    )


def _badness(answer: Answer) -> tuple[bool, float]:
    return not answer[1].passed, answer[0]


def as_json(assessment: Assessment) -> dict[str, Any]:
    """Plain values, as records keep it and programs see it. The order of checks stays."""
    checks = [
        {"rule": str(c.rule), "verdict": str(c.verdict), "figures": dict(c.figures), "citation": c.citation}
        for c in assessment.checks
    ]
    return {
        "verdict": str(assessment.verdict),
        "policy": assessment.policy,
        "start_us": assessment.start_us,
        "end_us": assessment.end_us,
        "known_s": assessment.known_s,
        "unknown_s": assessment.unknown_s,
        "worst_case_s": assessment.worst_case_s,
        "checks": checks,
    }
