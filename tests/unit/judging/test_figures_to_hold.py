"""The bars that a cold-room monitor must clear, in rooms that nobody has seen; without the model the same run fails."""

from __future__ import annotations

import pytest

from isotherm.judging.coldroom import judge_simulated
from isotherm.judging.report import MODEL_OFF, SetReport

UNSEEN = 4711
ROOMS, DAYS = 40, 12
"""Seven healthy days are learned from; four rooms have each kind of fault."""


@pytest.fixture(scope="module")
def judged() -> SetReport:
    return judge_simulated(ROOMS, DAYS, UNSEEN, "freezer")


@pytest.mark.parametrize(("knows", "within_min"), [("a", 75), ("c", 30)])
def test_a_compressor_that_fails_is_told_in_time_and_before_the_product_is_warm(
    judged: SetReport, knows: str, within_min: int
) -> None:
    """`a`: the air alone, `c`: also power, door, coil and ambient."""
    told = judged.primary | judged.secondary
    assert told[f"{knows}_comp_fail_recall"] == 1.0
    assert told[f"{knows}_comp_fail_delay_median_min"] <= within_min
    assert told[f"{knows}_after_breach"] == 0.0
    without = judged.baselines[MODEL_OFF]
    assert not without[f"{knows}_comp_fail_delay_median_min"] <= within_min  # late, or never


@pytest.mark.parametrize("knows", ["a", "c"])
def test_no_plain_limit_finds_as_much_with_as_few_false_alerts(judged: SetReport, knows: str) -> None:
    assert judged.primary[f"{knows}_false_per_asset_day"] <= 0.02
    found = judged.primary[f"{knows}_recall"]
    assert found >= 0.8
    for name, told in judged.baselines.items():
        assert told[f"{knows}_recall"] < found or told[f"{knows}_false_per_asset_day"] > 0.02, name
    assert judged.baselines[MODEL_OFF][f"{knows}_recall"] <= 0.5
