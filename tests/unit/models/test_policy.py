"""A policy as limits to evaluate: delays by side, and limits that are out themselves."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from models.limits import Side, evaluate
from models.policy import Level, LevelRule, Policy

MIN_US = 60_000_000
RULE = LevelRule(level=Level.ALARM, low=-0.5, high=8, low_inclusive=True, citation="WHO")
POLICY = Policy(
    code="who",
    version=1,
    title_en="",
    title_zh="",
    deadband=0,
    stale_s=3600,
    resolution=Decimal("0.1"),
    levels=(RULE,),
)


def episodes(policy: Policy, *readings: tuple[float, float]) -> list[tuple[Side, float, float | None]]:
    """Side, minute of the start and of the alarm, of readings at minutes; judged an hour after the last."""
    time = [round(m * MIN_US) for m, _ in readings]
    value, good = [v for _, v in readings], np.full(len(readings), 192, dtype=np.uint8)
    found = []
    for limit in policy.limits(Level.ALARM):
        for each in evaluate(time, value, good, limit, until_us=time[-1] + 60 * MIN_US):
            raised = None if each.raised_us is None else each.raised_us / MIN_US
            found.append((each.side, each.start_us / MIN_US, raised))
    return sorted(found, key=lambda each: each[1])


@pytest.mark.parametrize(
    ("value", "is_out"), [(-0.4, False), (-0.44, False), (-0.45, True), (-0.5, True), (8.0, False), (8.1, True)]
)
def test_an_inclusive_limit_is_out_itself_and_a_strict_one_is_not(value: float, is_out: bool) -> None:
    assert bool(episodes(POLICY, (0, value), (10, 5))) is is_out


@pytest.mark.parametrize(("resolution", "value", "is_out"), [("1", 0.0, False), ("1", -1.0, True), ("0.5", -0.5, True)])
def test_an_inclusive_limit_holds_at_every_resolution(resolution: str, value: float, is_out: bool) -> None:
    policy = replace(POLICY, resolution=Decimal(resolution))
    assert bool(episodes(policy, (0, value), (10, 5))) is is_out


def test_each_side_waits_for_its_own_time() -> None:
    policy = replace(POLICY, levels=(replace(RULE, low_delay_s=60.0, high_delay_s=600.0),))
    assert episodes(policy, (0, 9), (15, -1), (20, 5)) == [(Side.HIGH, 0, 10), (Side.LOW, 15, 16)]


def test_readings_of_one_moment_are_out_on_one_side_also_where_the_sides_wait_for_different_times() -> None:
    policy = replace(POLICY, levels=(replace(RULE, low_delay_s=60.0, high_delay_s=600.0),))
    assert episodes(policy, (0, 9), (0, -2), (20, 5)) == [(Side.LOW, 0, 1)]


def test_a_level_that_is_not_there_limits_nothing() -> None:
    assert (POLICY.level(Level.CRITICAL), POLICY.limits(Level.CRITICAL)) == (None, ())
