"""What answers score that know nothing."""

from __future__ import annotations

import numpy as np
import pytest

from isotherm.judging.baselines import always, limit_alarm, position, random_alerts, row_baselines
from isotherm.judging.protocol import Event, Watch
from isotherm.judging.report import ALL_ONES, POSITION, RANDOM

DAY = 86_400.0


def test_all_ones_score_what_the_balance_of_classes_gives_away() -> None:
    truths = [np.arange(100) >= 46 for _ in range(3)]  # 54 % anomalous, at the same rows in every file
    told = row_baselines(truths, alarm_rate=0.5, seed=1)
    assert told[ALL_ONES]["f1"] == pytest.approx(2 * 0.54 / 1.54)
    assert told[ALL_ONES]["far"] == 1
    assert told[RANDOM]["f1"] == pytest.approx(0.52, abs=0.03)
    assert told[POSITION]["f1"] == 1


def test_the_same_seed_gives_the_same_random_answer() -> None:
    truths = [np.arange(50) > 30]
    first, again = (row_baselines(truths, alarm_rate=0.3, seed=4)[RANDOM] for _ in range(2))
    assert first == again


def test_position_is_the_median_of_first_and_last() -> None:
    truths = [(np.arange(10) >= first) & (np.arange(10) <= 8) for first in (3, 5, 7)]
    assert np.flatnonzero(position([*truths, np.zeros(10, dtype=bool)])[3]).tolist() == [5, 6, 7, 8]
    assert not position([np.zeros(4, dtype=bool)])[0].any()


def test_random_alerts_find_what_long_events_give_away() -> None:
    events, watches = [Event("a", 0, DAY / 2)], [Watch("a", 0, DAY)]
    told = random_alerts(events, watches, n=20, seed=1)
    assert told["recall"] == 1
    assert told["false_alerts"] == pytest.approx(10, abs=2)
    assert always(events, watches)["false_per_asset_day"] == pytest.approx(22, abs=2)


def test_a_plain_limit_waits_its_delay_and_holds_through_a_gap() -> None:
    minutes = 60.0 * np.arange(8, dtype=np.float64)
    value = np.array([-20, -14, -14, np.nan, -14, -16, -14, -14])
    assert np.flatnonzero(limit_alarm(minutes, value, high=-15)).tolist() == [1, 2, 3, 4, 6, 7]
    assert np.flatnonzero(limit_alarm(minutes, value, high=-15, delay_s=120)).tolist() == [3, 4]
    assert not limit_alarm(minutes, np.full(8, -15.0), high=-15).any()  # at the limit is within it
