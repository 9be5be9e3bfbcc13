"""Tiny truths whose figures can be counted on fingers."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from isotherm.judging.protocol import Alert, Event, Watch, event_figures, onsets, pooled, spans

HOUR = 3_600.0
DAY = 86_400.0


def rows(text: str) -> np.ndarray:
    return np.array([letter == "x" for letter in text])


def test_events_are_found_late_missed_and_named() -> None:
    """Two rooms for two days: one fault found after 30 minutes, one after 90 by the wrong name, one never."""
    events = [
        Event("a", 1 * HOUR, 5 * HOUR, "fan", breach_s=3 * HOUR),
        Event("a", 30 * HOUR, 34 * HOUR, "leak", breach_s=33 * HOUR),
        Event("b", 10 * HOUR, 11 * HOUR, "door"),
    ]
    alerts = [
        Alert("a", 1.5 * HOUR, "fan"),
        Alert("a", 31.5 * HOUR, "fan"),
        Alert("b", 20 * HOUR, "leak"),  # nothing happened there
        Alert("b", 60 * HOUR, "leak"),  # after the watch
        Alert("c", 10 * HOUR),  # of nobody who is watched
    ]
    figures = event_figures(events, alerts, [Watch("a", 0, 2 * DAY), Watch("b", 0, 2 * DAY)])
    assert figures["recall"] == pytest.approx(2 / 3)
    assert figures["delay_median_s"] == pytest.approx(HOUR)
    assert figures["delay_p90_s"] == pytest.approx(1.4 * HOUR)
    assert figures["lead_median_s"] == pytest.approx(1.5 * HOUR)
    assert figures["cause_accuracy"] == pytest.approx(0.5)
    assert figures["false_alerts"] == 1
    assert figures["asset_days"] == pytest.approx(4 - 9 / 24)
    assert figures["false_per_asset_day"] == pytest.approx(1 / (4 - 9 / 24))


def test_an_alert_before_the_event_is_false_and_does_not_find_it() -> None:
    figures = event_figures([Event("a", HOUR, 2 * HOUR)], [Alert("a", 0.5 * HOUR)], [Watch("a", 0, DAY)])
    assert (figures["recall"], figures["false_alerts"]) == (0, 1)


def test_grace_finds_what_is_seen_shortly_after() -> None:
    events, alerts, watches = [Event("a", HOUR, 2 * HOUR)], [Alert("a", 2.5 * HOUR)], [Watch("a", 0, DAY)]
    assert event_figures(events, alerts, watches)["recall"] == 0
    assert event_figures(events, alerts, watches, grace_s=HOUR)["recall"] == 1


def test_without_events_nothing_is_claimed() -> None:
    figures = event_figures([], [], [Watch("a", 0, DAY)])
    assert isnan(figures["recall"])
    assert figures["false_per_asset_day"] == 0


def test_two_events_at_once_take_their_time_off_once() -> None:
    events = [Event("a", 0, 12 * HOUR), Event("a", 6 * HOUR, 12 * HOUR)]
    assert event_figures(events, [], [Watch("a", 0, DAY)])["asset_days"] == pytest.approx(0.5)


def test_an_alarm_that_flickers_within_the_hour_is_one_alert() -> None:
    minutes = 60.0 * np.arange(240, dtype=np.float64)
    alarm = np.zeros(240, dtype=bool)
    alarm[[10, 20, 21, 22, 60, 200]] = True
    assert onsets(minutes, alarm).tolist() == [600, 12_000]
    assert onsets(minutes, alarm, clear_s=60).tolist() == [600, 1_200, 3_600, 12_000]
    assert onsets(minutes, np.zeros(240, dtype=bool)).tolist() == []


def test_runs_of_true_rows_are_events() -> None:
    seconds = np.arange(8.0)
    found = [(e.start_s, e.end_s) for e in spans(seconds, rows("xx..xxxx"), asset="a")]
    assert found == [(0, 1), (4, 7)]
    assert spans(seconds, rows("........")) == []


def test_pooled_figures_are_those_of_the_publications() -> None:
    figures = pooled(rows("xxxx......"), rows("xxx.xx...."))
    assert figures["f1"] == pytest.approx(3 / (3 + 3 / 2))
    assert figures["far"] == pytest.approx(2 / 6)
    assert figures["mar"] == pytest.approx(1 / 4)


def test_no_point_is_adjusted() -> None:
    """One row of a hundred found is one of a hundred, however long the event."""
    truth = np.ones(100, dtype=bool)
    alarm = np.zeros(100, dtype=bool)
    alarm[50] = True
    assert pooled(truth, alarm)["mar"] == pytest.approx(0.99)


@given(arrays(bool, 60), st.sampled_from([0.0, 120.0, 600.0]))
def test_every_alert_begins_in_alarm_and_stands_clear_of_the_last(alarm: np.ndarray, clear_s: float) -> None:
    minutes = 60.0 * np.arange(60, dtype=np.float64)
    begun = onsets(minutes, alarm, clear_s=clear_s)
    assert set(begun) <= set(minutes[alarm])
    assert (len(begun) > 0) == alarm.any()
    for at in begun:
        assert not alarm[(minutes < at) & (minutes >= at - clear_s)].any()
