"""What the packs say, typed from the regulations and not from the files."""

from __future__ import annotations

import pytest

from mes.policies.reading import names, policy_named
from mes.policies.soundness import mistakes
from models.limits import Side
from models.policy import Level, Policy

MIN, H, D = 60.0, 3600.0, 86_400.0
CODES = {
    *("gsp_cn", "cn_device_154", "eu_gdp", "usp_cct", "usp_crt", "who_30dtr", "who_qtag_1", "who_qtag_2"),
    *("cold_2_8", "room_15_25", "frozen_20", "ultra_80"),
}


def said(policy: Policy, level: Level) -> tuple[object, ...]:
    rule = policy.level(level)
    assert rule is not None
    return rule.low, rule.high, rule.low_delay_s, rule.high_delay_s


def test_the_packs_are_these() -> None:
    assert set(names()) == CODES


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_pack_is_sound_and_cites_a_source_for_each_rule(name: str) -> None:
    policy = policy_named(name)
    assert list(mistakes(policy)) == []
    of_places = (policy.permissions, policy.calibration, policy.remapping)
    single = (policy.rate, policy.kinetic, policy.cadence, policy.people, *of_places)
    rules = [*policy.levels, *policy.cumulative, *policy.allowances, *policy.accuracy, *policy.point_counts]
    assert all(rule.citation.strip() for rule in [*rules, *filter(None, single)])
    assert policy_named(f"{name}@{policy.version}") == policy


def test_china_gsp() -> None:
    policy = policy_named("gsp_cn")
    assert policy.cadence is not None
    assert policy.people is not None
    assert policy.permissions is not None
    assert policy.calibration is not None
    cadence = policy.cadence
    assert (cadence.refresh_s, cadence.storage_s, cadence.transport_s, cadence.out_s) == (60, 1800, 300, 120)
    assert policy.people.least == 3
    assert (policy.permissions.manual_import, policy.permissions.correction) == (False, False)
    assert [(a.low, a.high, a.error, a.unit) for a in policy.accuracy] == [
        (0, 40, 0.5, "Cel"),
        (-25, 0, 1.0, "Cel"),
        (0, 100, 5, "%"),
    ]
    assert [(p.space, p.least, p.step, p.unit) for p in policy.point_counts] == [
        ("flat-store", 2, 300, "m2"),
        ("cold-store", 2, 100, "m2"),
        ("vehicle", 2, 20, "m3"),
    ]
    assert (policy.calibration.every_days, policy.calibration.confirm) == (365, True)
    assert not cadence.confirm


def test_chinas_guide_for_medical_devices() -> None:
    policy = policy_named("cn_device_154")
    assert policy.cadence is not None
    assert policy.people is not None
    assert policy.calibration is not None
    cadence = policy.cadence
    assert (cadence.refresh_s, cadence.storage_s, cadence.transport_s, cadence.out_s) == (60, 1800, 300, 120)
    assert (policy.people.least, policy.calibration.every_days) == (2, 365)
    assert {(p.space, p.least, p.step) for p in policy.point_counts} == {
        ("flat-store", 2, None),
        ("cold-store", 2, None),
        ("vehicle", 2, None),
    }
    assert policy.permissions is None


def test_spaces_are_mapped_again() -> None:
    """GSP: periodically; EU GDP: in the hottest and the coldest season. Neither names days: a site confirms them."""
    gsp, gdp = policy_named("gsp_cn").remapping, policy_named("eu_gdp").remapping
    assert gsp is not None
    assert gdp is not None
    assert (gsp.every_days, gsp.both_seasons, gsp.confirm) == (365, False, True)
    assert (gdp.every_days, gdp.both_seasons, gdp.confirm) == (1095, True, True)
    assert policy_named("gsp_cn@1").remapping is None


def test_european_gdp_asks_for_a_calibration_a_year() -> None:
    policy = policy_named("eu_gdp")
    assert policy.calibration is not None
    assert (policy.calibration.every_days, policy.calibration.citation) == (365, "EU GDP 2013/C 343/01 9.2")


def test_controlled_cold_and_room_temperature() -> None:
    cold, room = policy_named("usp_cct"), policy_named("usp_crt")
    assert cold.kinetic is not None
    assert room.kinetic is not None
    assert (cold.kinetic.limit_c, cold.kinetic.window_s, cold.kinetic.activation_kj_per_mol) == (8, 24 * H, 83.144)
    assert (room.kinetic.limit_c, room.kinetic.window_s, room.kinetic.activation_kj_per_mol) == (25, 30 * D, 83.144)
    [allowed] = cold.allowances
    assert (allowed.low, allowed.high, allowed.floor, allowed.ceiling, allowed.longest_s) == (2, 8, 2, 15, 24 * H)
    spikes, each = room.allowances
    assert (spikes.low, spikes.high, spikes.floor, spikes.ceiling, spikes.longest_s) == (15, 30, 15, 40, None)
    assert (each.low, each.high, each.longest_s, each.confirm) == (15, 30, 24 * H, True)


def test_the_30_day_recorder_waits_ten_hours_above_and_one_below() -> None:
    policy = policy_named("who_30dtr")
    assert said(policy, Level.ALARM) == (-0.5, 8, 60 * MIN, 10 * H)
    (limit,) = policy.limits(Level.ALARM)
    assert (limit.low, limit.high, limit.delays_s) == (-0.4, 8, (60 * MIN, 10 * H))  # at -0.5 it is out


def test_shipping_indicators_add_up_over_ten_days() -> None:
    first, second = policy_named("who_qtag_1"), policy_named("who_qtag_2")
    assert said(first, Level.ALARM) == (-0.5, 45, H, H)
    assert said(second, Level.ALARM) == (None, 45, H, H)
    for policy in (first, second):
        rule = policy.level(Level.ALARM)
        assert rule is not None
        assert rule.high_inclusive
    assert [(c.side, c.limit, c.inclusive, c.allowed_s, c.window_s) for c in first.cumulative] == [
        (Side.HIGH, 30, True, 10 * H, 10 * D)
    ]
    assert [(c.side, c.limit, c.inclusive, c.allowed_s, c.window_s) for c in second.cumulative] == [
        (Side.HIGH, 30, True, 10 * H, 10 * D),
        (Side.HIGH, 10, True, 20 * H, 10 * D),
    ]


def test_the_profile_for_2_to_8_degrees() -> None:
    policy = policy_named("cold_2_8")
    assert said(policy, Level.WARN) == (3, 7, 0, 0)
    assert said(policy, Level.ALARM) == (2, 8, 10 * MIN, 10 * MIN)
    assert said(policy, Level.CRITICAL) == (0, 15, 0, 0)
    [cumulative] = policy.cumulative
    assert (cumulative.side, cumulative.limit, cumulative.allowed_s, cumulative.window_s) == (
        Side.HIGH,
        8,
        60 * MIN,
        24 * H,
    )
    assert policy.rate is not None
    assert policy.escalation is not None
    assert policy.rate.per_h == 6
    assert (policy.forecast_s, policy.deadband, policy.stale_s) == (30 * MIN, 0.3, 5 * MIN)
    assert list(policy.escalation.rungs_s) == [0, 10 * MIN, 20 * MIN]
    assert policy.escalation.repeat_s == 60 * MIN


@pytest.mark.parametrize(
    ("name", "low", "high"), [("room_15_25", 15, 25), ("frozen_20", -25, -15), ("ultra_80", -90, -65)]
)
def test_the_other_profiles_alarm_at_these(name: str, low: float, high: float) -> None:
    policy = policy_named(name)
    assert said(policy, Level.ALARM)[:2] == (low, high)
    assert policy.rate is not None
    assert policy.escalation is not None
