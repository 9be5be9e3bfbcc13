"""A policy as the texts of a form, and two policies side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mes.policies.comparing import differences, same_figures
from mes.policies.editing import Fault, edited, texts
from mes.policies.reading import names, policy_named

COLD = policy_named("cold_2_8")


@pytest.mark.parametrize("name", names())
def test_texts_that_nobody_retyped_say_the_same_policy(name: str) -> None:
    policy = policy_named(name)
    assert edited(policy, texts(policy)).policy == policy


def test_what_is_retyped_is_what_differs() -> None:
    said = {
        "levels.alarm.high": "7.5",
        "levels.alarm.high_delay_s": "5m",
        "levels.warn.low": "",
        "cumulative.1.allowed_s": "30m",
        "escalation.rungs_s": "0s，5m",
        "shared.packs": "gsp_cn, usp_cct",
        "rate.citation": "SOP-17",
        "not.there": "1",
    }
    after = edited(COLD, texts(COLD) | said).policy
    assert after is not None
    assert differences(COLD, after) == {
        "shared.packs": ((), ("gsp_cn", "usp_cct")),
        "levels.warn.low": (3.0, None),
        "levels.alarm.high": (8.0, 7.5),
        "levels.alarm.high_delay_s": (600.0, 300.0),
        "cumulative.1.allowed_s": (3600.0, 1800.0),
        "rate.citation": (COLD.citation, "SOP-17"),
        "escalation.rungs_s": ((0.0, 600.0, 1200.0), (0.0, 300.0)),
    }


def test_who_retypes_a_rule_has_confirmed_it() -> None:
    gsp = policy_named("gsp_cn")
    after = edited(gsp, {"calibration.every_days": "180"}).policy
    assert after is not None
    assert differences(gsp, after) == {"calibration.every_days": (365, 180), "calibration.confirm": (True, False)}


@pytest.mark.parametrize(
    ("place", "text", "fault"),
    [
        ("levels.alarm.high", "eight", Fault.UNREADABLE),
        ("levels.alarm.high", "nan", Fault.UNREADABLE),
        ("levels.alarm.high_delay_s", "10", Fault.UNREADABLE),
        ("shared.resolution", "0", Fault.UNREADABLE),
        ("shared.title_en", " ", Fault.UNREADABLE),
        ("rate.per_h", "-6", Fault.DISAGREES),
        ("calibration.every_days", "1.5", Fault.UNREADABLE),
        ("levels.critical.high", "7", Fault.DISAGREES),
        ("cumulative.1.allowed_s", "2d", Fault.DISAGREES),
        ("escalation.rungs_s", "10m, 0s", Fault.DISAGREES),
        ("shared.completeness", "1.2", Fault.DISAGREES),
    ],
)
def test_a_text_that_can_not_be_taken_is_told_at_its_place(place: str, text: str, fault: Fault) -> None:
    result = edited(COLD, texts(COLD) | {place: text})
    assert (result.policy, result.faults) == (None, {place: fault})


def test_another_source_for_the_same_figures_is_a_change_and_judges_alike() -> None:
    other = replace(COLD, rate=replace(COLD.rate, citation="SOP-17"))  # type: ignore[type-var]
    assert differences(COLD, other) == {"rate.citation": (COLD.citation, "SOP-17")}
    assert same_figures(COLD, other)
    assert not same_figures(COLD, replace(COLD, deadband=0.5))


def test_a_rule_that_comes_or_goes_is_told() -> None:
    without = replace(COLD, cumulative=())
    gone = differences(COLD, without)
    assert gone["cumulative.1.limit"] == (8.0, None)
    assert differences(without, COLD)["cumulative.1.limit"] == (None, 8.0)
