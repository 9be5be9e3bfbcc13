"""Advice on an excursion: every check by itself, with the known answers of USP <1079.2> and of the specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from math import isclose

import pytest

from models.assessment import Assessment, Course, Rule, Verdict, as_json, assess, longest_window_s
from models.columns import Columns
from models.interval import Interval
from models.limits import Side
from models.policy import Allowance, Calibration, CumulativeRule, KineticRule, Level, LevelRule, Policy
from tests.unit.models.readings import BAD, Read, at, in_columns

HOUR = 60
CCT = Policy(
    code="usp_cct",
    version=1,
    title_en="Controlled cold temperature",
    title_zh="受控冷藏温度",
    deadband=0.3,
    stale_s=1800,
    resolution=Decimal("0.1"),
    levels=(LevelRule(level=Level.ALARM, low=2, high=8, citation="label"),),
    kinetic=KineticRule(limit_c=8.0, window_s=86_400, citation="USP <1079.2>"),
    allowances=(Allowance(low=2, high=8, ceiling=15, longest_s=86_400, citation="USP <659>"),),
)
CRT = replace(
    CCT,
    code="usp_crt",
    levels=(LevelRule(level=Level.ALARM, low=20, high=25, citation="label"),),
    kinetic=KineticRule(limit_c=25.0, window_s=30 * 86_400, citation="USP <1079.2>"),
    allowances=(Allowance(low=15, high=30, floor=15, ceiling=40, longest_s=86_400, citation="USP <659>"),),
)


def hours(*steps: tuple[float, float], every: float = 10) -> list[Read]:
    """(°C, hours) one after the other, a reading every so many minutes."""
    found: list[Read] = []
    start = 0.0
    for value, length in steps:
        n = round(length * HOUR / every)
        found += [(start + k * every, value) for k in range(n)]
        start += length * HOUR
    return found


def judge(
    readings: Sequence[Read], policy: Policy = CCT, *, out: tuple[float, float], until: float = 24 * HOUR, **about: str
) -> Assessment:
    course = Course(name="air-1", readings=Columns(*in_columns(readings)), **about)
    return assess(policy, [course], Interval(at(out[0]), at(out[1])), until_us=at(until))


def failed(assessment: Assessment) -> set[Rule]:
    return {check.rule for check in assessment.checks if not check.passed}


def figure(assessment: Assessment, rule: Rule, name: str) -> object:
    return next(check.figures[name] for check in assessment.checks if check.rule is rule)


@pytest.mark.parametrize(
    ("steps", "kinetic_c", "fails"),
    [
        (((5, 23), (15, 1)), 5.7635, set()),  # M2
        (((5, 21), (15, 3)), 7.1066, set()),  # M3
        (((5, 19.5), (15, 4.5)), 7.9883, set()),  # M4: just passes
        (((5, 18), (14, 6)), 8.2852, {Rule.KINETIC}),  # M5: the mean would pass
        (((4, 18), (14, 6)), 7.7962, set()),  # M6: the same event from a colder store
        (((4, 14), (10, 8), (16, 2)), 8.0048, {Rule.KINETIC, Rule.CEILING}),  # M7
    ],
)
def test_controlled_cold_temperature(
    steps: tuple[tuple[float, float], ...], kinetic_c: float, fails: set[Rule]
) -> None:
    out_from = steps[0][1] * HOUR
    found = judge(hours(*steps), out=(out_from, 24 * HOUR))
    value = figure(found, Rule.KINETIC, "value_c")
    assert isinstance(value, float)
    assert isclose(value, kinetic_c, abs_tol=5e-4)
    assert failed(found) == fails
    assert found.verdict is (Verdict.ESCALATE if fails else Verdict.PASS)


def test_a_kinetic_temperature_is_compared_as_it_is() -> None:
    """8.0048 would be 8.0 at the sensor's resolution; at a limit of 8.005 it passes."""
    readings = hours((4, 14), (10, 8), (16, 2))
    assert Rule.KINETIC in failed(judge(readings, out=(14 * HOUR, 24 * HOUR)))
    assert CCT.kinetic is not None
    wider = replace(CCT, kinetic=replace(CCT.kinetic, limit_c=8.005))
    assert Rule.KINETIC not in failed(judge(readings, wider, out=(14 * HOUR, 24 * HOUR)))


def test_room_temperature_over_thirty_days() -> None:
    month = 720 * HOUR
    legal = judge(hours((22, 717), (29, 3)), CRT, out=(717 * HOUR, month), until=month)  # M8
    assert failed(legal) == set()
    value = figure(legal, Rule.KINETIC, "value_c")
    assert isinstance(value, float)
    assert isclose(value, 22.0432, abs_tol=5e-4)
    spike = judge(hours((24, 696), (40, 24)), CRT, out=(696 * HOUR, month), until=month)  # M9
    assert failed(spike) == {Rule.KINETIC}  # 40 °C for 24 h is legal, its kinetic mean is not
    value = figure(spike, Rule.KINETIC, "value_c")
    assert isinstance(value, float)
    assert isclose(value, 25.2602, abs_tol=5e-4)


def test_the_worst_window_is_found_on_either_side() -> None:
    """An hour at 15 °C, and four more before it on the same day: the window holds both."""
    course = hours((5, 24), (15, 4), (5, 10), (15, 1), (5, 30))
    found = judge(course, out=(38 * HOUR, 39 * HOUR), until=69 * HOUR)
    value = figure(found, Rule.KINETIC, "value_c")
    assert isinstance(value, float)
    assert isclose(value, 8.2627, abs_tol=5e-4)  # five hours at 15 °C in 24
    assert Rule.KINETIC in failed(found)


def test_at_the_ceiling_is_allowed_and_a_tenth_above_is_not() -> None:
    assert failed(judge(hours((5, 23), (15, 1)), out=(23 * HOUR, 24 * HOUR))) == set()
    assert failed(judge(hours((5, 23.5), (15.04, 0.5)), out=(23.5 * HOUR, 24 * HOUR))) == set()
    assert failed(judge(hours((5, 23.5), (15.1, 0.5)), out=(23.5 * HOUR, 24 * HOUR))) == {Rule.CEILING}


def test_too_cold_is_never_made_up_for() -> None:
    found = judge(hours((5, 12), (1.9, 0.5), (5, 10.5), (9, 1)), out=(23 * HOUR, 24 * HOUR))
    assert failed(found) == {Rule.LOW_SIDE}
    assert figure(found, Rule.LOW_SIDE, "lowest") == 1.9


def test_below_the_floor() -> None:
    month = 720 * HOUR
    assert failed(judge(hours((22, 719), (15, 1)), CRT, out=(719 * HOUR, month), until=month)) == set()
    assert failed(judge(hours((22, 719), (14.9, 1)), CRT, out=(719 * HOUR, month), until=month)) == {Rule.FLOOR}


def test_one_time_outside_at_longest() -> None:
    brief = replace(CCT, allowances=(replace(CCT.allowances[0], longest_s=3600),))
    assert failed(judge(hours((5, 23), (9, 1)), brief, out=(23 * HOUR, 24 * HOUR))) == set()
    found = judge(hours((5, 22), (9, 2)), brief, out=(22 * HOUR, 24 * HOUR))
    assert failed(found) == {Rule.LONGEST}
    assert figure(found, Rule.LONGEST, "longest_s") == 7200


def test_silence_while_it_was_out_counts_as_the_worst_case() -> None:
    """E4 of the specification: 20 min known, 705 min unknown. Nobody saw that it stayed below the ceiling."""
    policy = replace(CCT, stale_s=900, kinetic=None, completeness=0.0)
    found = judge([(0, 5), (5, 8.4), (725, 8.3), (730, 5)], policy, out=(5, 730), until=730)
    assert (found.known_s / 60, found.unknown_s / 60, found.worst_case_s / 60) == (20, 705, 725)
    assert failed(found) == {Rule.CEILING}
    shorter = replace(policy, allowances=(replace(policy.allowances[0], longest_s=720 * 60),))
    assert Rule.LONGEST in failed(judge([(0, 5), (5, 8.4), (725, 8.3), (730, 5)], shorter, out=(5, 730), until=730))


def test_too_little_is_known_of_the_window() -> None:
    silent = [*hours((5, 20)), *((minute, 5.0, BAD) for minute in (20 * HOUR, 22 * HOUR))]
    silent += [(23 * HOUR + k * 10, 9.0) for k in range(6)]
    found = judge(silent, out=(23 * HOUR, 24 * HOUR))
    assert failed(found) == {Rule.COMPLETENESS}
    share = figure(found, Rule.COMPLETENESS, "share")
    assert isinstance(share, float)
    assert isclose(share, 21 / 24)


def test_a_store_read_for_an_hour_only_is_not_known_for_a_day() -> None:
    found = judge(hours((5, 1), (9, 1)), out=(60, 120), until=120)
    assert Rule.COMPLETENESS in failed(found)


def test_a_probe_that_said_nothing_and_no_probe_at_all() -> None:
    silent = judge([], out=(0, 60), until=60)
    assert silent.verdict is Verdict.ESCALATE
    assert silent.unknown_s == 3600
    nobody = assess(CCT, [], Interval(at(0), at(60)), until_us=at(60))
    assert (nobody.verdict, nobody.checks, nobody.unknown_s) == (Verdict.ESCALATE, (), 3600)


def test_the_critical_level() -> None:
    critical = LevelRule(level=Level.CRITICAL, high=10, high_inclusive=True, citation="plant")
    policy = replace(CCT, levels=(*CCT.levels, critical))
    assert failed(judge(hours((5, 23), (9.9, 1)), policy, out=(23 * HOUR, 24 * HOUR))) == set()
    assert failed(judge(hours((5, 23), (10, 1)), policy, out=(23 * HOUR, 24 * HOUR))) == {Rule.CRITICAL}


def test_times_out_are_added_up() -> None:
    """Four times 15 min above 8 °C: the fourth reaches the hour."""
    rule = CumulativeRule(side=Side.HIGH, limit=8, allowed_s=3600, window_s=86_400, citation="plant")
    policy = replace(CCT, cumulative=(rule,))
    course = hours((5, 1), *((9, 0.25), (5, 2)) * 4, every=5)
    fourth = (1 + 3 * 2.25) * HOUR
    three = judge(course, policy, out=(fourth - 2.25 * HOUR, fourth - 2 * HOUR), until=fourth - HOUR)
    assert figure(three, Rule.CUMULATIVE, "most_s") == 45 * 60
    assert Rule.CUMULATIVE not in failed(three)
    four = judge(course, policy, out=(fourth, fourth + 15), until=fourth + HOUR)
    assert figure(four, Rule.CUMULATIVE, "most_s") == 60 * 60
    assert Rule.CUMULATIVE in failed(four)
    inclusive = replace(policy, cumulative=(replace(rule, limit=9, inclusive=True),))
    assert figure(judge(course, inclusive, out=(fourth, fourth + 15)), Rule.CUMULATIVE, "most_s") == 60 * 60


@pytest.mark.parametrize(("state", "passes"), [("valid", True), ("due", True), ("overdue", False), ("unknown", False)])
def test_the_probe_must_be_calibrated(state: str, passes: bool) -> None:
    policy = replace(CCT, calibration=Calibration(every_days=365, citation="GSP"))
    found = judge(hours((5, 23), (9, 1)), policy, out=(23 * HOUR, 24 * HOUR), calibration=state)
    assert (Rule.CALIBRATION not in failed(found)) is passes


def test_the_worst_probe_speaks_for_the_place() -> None:
    courses = [
        Course(name="air-1", readings=Columns(*in_columns(hours((5, 23), (9, 1))))),
        Course(name="air-2", readings=Columns(*in_columns(hours((5, 23), (16, 1))))),
    ]
    found = assess(CCT, courses, Interval(at(23 * HOUR), at(24 * HOUR)), until_us=at(24 * HOUR))
    assert {check.figures["point"] for check in found.checks if check.rule is Rule.CEILING} == {"air-2"}
    assert failed(found) == {Rule.CEILING}


def test_a_policy_that_allows_nothing_outside_never_passes() -> None:
    bare = replace(CCT, kinetic=None, allowances=())
    assert failed(judge(hours((5, 23), (8.1, 1)), bare, out=(23 * HOUR, 24 * HOUR))) == {Rule.ALLOWED}


def test_told_as_json_in_the_order_of_the_checks() -> None:
    found = judge(hours((5, 23), (9, 1)), out=(23 * HOUR, 24 * HOUR))
    told = as_json(found)
    assert [check["rule"] for check in told["checks"]] == ["kinetic", "ceiling", "longest", "low_side", "completeness"]
    assert all(check["citation"] for check in told["checks"])
    assert told["policy"] == "usp_cct@1"
    assert longest_window_s(CRT) == 30 * 86_400
