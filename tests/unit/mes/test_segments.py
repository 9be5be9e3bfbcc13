"""By what a probe is judged: one version x one place x armed time, and what lies in no limit's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf

from mes.plant.model import RuleTerms, RuleVersion
from mes.plant.words import PointWords
from mes.watch.arming import differing
from mes.watch.heard import Heard
from mes.watch.rates import least_range
from mes.watch.segments import FOREVER_US, Stay, innermost, limits_of, segments
from models.interval import Interval
from models.limits import Side
from models.policy import ContextRule, CumulativeRule, Level, LevelRule, Policy, RateRule
from telemetry.clock import to_us

NINE = datetime(2026, 1, 15, 1, tzinfo=UTC)
ON_AND_ON = 2**62
POLICY = Policy(
    code="cold",
    version=1,
    title_en="2 to 8 °C",
    title_zh="2至8 °C",
    deadband=0.5,
    stale_s=300.0,
    resolution=Decimal("0.1"),
    levels=(
        LevelRule(level=Level.WARN, low=3.0, high=7.0, citation="a rule"),
        LevelRule(level=Level.ALARM, low=2.0, high=8.0, low_delay_s=60, high_delay_s=600, citation="a rule"),
    ),
)


def minute(number: float) -> datetime:
    return NINE + timedelta(minutes=number)


def version(number: int, start: float, end: float | None) -> RuleVersion:
    terms = {name: getattr(RuleTerms.of(POLICY), name) for name in RuleTerms.__slots__}
    ends = None if end is None else minute(end)
    return RuleVersion(
        id=number,
        code="cold",
        version=number,
        effective_from=minute(start),
        effective_to=ends,
        reason="a story",
        applied_by="qa",
        **terms,
    )


def test_a_segment_is_one_version_in_one_place_while_it_is_armed() -> None:
    """Version 2 from 09:10; carried from room 1 to the truck at 09:20; the truck is loaded at 09:30."""
    versions = (version(1, -60, 10), version(2, 10, None))
    moved = to_us(minute(20))
    stays = [Stay(1, 0, moved, versions), Stay(2, moved, FOREVER_US, versions)]
    loaded = Interval(to_us(minute(30)), ON_AND_ON)
    found = segments(stays, {2: (loaded,)}, {1: (), 2: ()})
    assert [(s.rule_id, s.zone_id, s.start_us, s.end_us) for s in found] == [
        (1, 1, to_us(minute(-60)), to_us(minute(10))),
        (2, 1, to_us(minute(10)), moved),
        (2, 2, loaded.start_us, FOREVER_US),
    ]
    assert [s.zone_id for s in segments(stays, {2: ()}, {1: (), 2: ()})] == [1, 1]


def test_sides_with_delays_of_their_own_and_what_a_cumulative_rule_counts() -> None:
    rule = CumulativeRule(side=Side.HIGH, limit=7.5, inclusive=True, allowed_s=3600, window_s=86_400, citation="a rule")
    door = ContextRule(role="door", longest_s=900, citation="a rule")
    held = limits_of(replace(POLICY, cumulative=(rule,), contexts=(door,)))
    assert [(h.level, h.limit.low, h.limit.high, h.limit.delay_s, h.counted_by) for h in held] == [
        (Level.WARN, 3.0, 7.0, 0.0, 0),
        (Level.ALARM, 2.0, 8.0, 600.0, 0),
        (Level.ALARM, None, 7.4, 1e9, 1),
    ]
    assert held[1].limit.low_delay_s == 60.0
    assert held[2].said(Side.HIGH) == 7.5
    assert {h.limit.extension_s for h in held if not h.counted_by} == {900.0}


def test_between_the_innermost_limits_nothing_is_out() -> None:
    low, high = innermost(limits_of(POLICY))
    assert low <= 3.0 < 7.0 < high
    assert (low > 2.9, high <= 7.1) == (True, True)
    assert innermost(()) == (-inf, inf)


def test_where_two_times_of_being_judged_differ() -> None:
    whole = (0, 1000)
    assert differing((Interval(10, 50),), (Interval(10, 50),), *whole) is None
    assert differing((), (Interval(10, ON_AND_ON),), *whole) == (10, 1000)
    assert differing((Interval(10, 50),), (Interval(10, 80),), *whole) == (50, 80)
    assert differing((Interval(-90, 50),), (Interval(-70, 50),), *whole) is None


def test_who_was_heard_lately_is_not_asked_for() -> None:
    heard = Heard()
    heard.note([1, 2], 100, now_us=150)
    heard.note([3], 200, now_us=150)  # a clock ahead of ours proves nothing
    assert heard.not_since([1, 2, 3, 4], 100) == [3, 4]
    assert heard.not_since([1], 101) == [1]


def test_how_far_a_value_must_have_moved_to_be_looked_at() -> None:
    """6 °C an hour over 15 min are 1.5 °C; a step may look 1.5 times as steep; two minutes are still open."""
    assert round(least_range(RateRule(per_h=6.0, over_s=900.0, citation="a rule")), 4) == 0.8667


def test_a_point_is_stale_after_three_intervals_and_five_minutes_at_least() -> None:
    said = {"measure": "air-1", "role": "air", "unit": "Cel", "name": {"en": "Air", "zh": "空气"}}
    held = [PointWords.model_validate(said | more).silent_s for more in ({}, {"interval_s": 600}, {"stale_s": 90})]
    assert held == [300, 1800, 90]
