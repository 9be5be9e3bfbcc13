"""The demo's scenario, radio holes on the way, and the labels file."""

from __future__ import annotations

import csv
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from simulators.faults import Fault
from simulators.labels import Labels, course_of
from simulators.scenario import Scenario, UnknownScenario, in_radio_hole
from tests.unit.simulators.plants import NOON_IN_HAINAN

FAILURE = Fault("compressor-failure", "cold-room-2")


def test_the_compressor_fails_60_s_after_the_scenario_was_started_never_before() -> None:
    scenario = Scenario("cold-room-2-compressor")
    assert scenario.due(1e9) == []
    assert scenario.start(1e9)
    assert not scenario.start(1e9 + 50)
    assert scenario.due(1e9 + 59.9) == []
    assert scenario.due(1e9 + 60) == [FAILURE]
    assert scenario.due(1e9 + 61) == []


def test_a_quiet_plant_and_an_unknown_scenario() -> None:
    quiet = Scenario("none")
    quiet.start(0)
    assert quiet.due(1e9) == []
    with pytest.raises(UnknownScenario, match="cold-room-2-compressor, none"):
        Scenario("fire")


def test_a_truck_has_no_network_for_20_to_60_s_every_four_minutes() -> None:
    begin = 1_794_000_000 // 240 * 240
    lost = [in_radio_hole(1, "truck-1", begin + k) for k in range(2400)]
    for slot in range(10):
        assert 19 <= sum(lost[240 * slot : 240 * (slot + 1)]) <= 61
    assert lost == [in_radio_hole(1, "truck-1", begin + k) for k in range(2400)]
    assert lost != [in_radio_hole(1, "truck-2", begin + k) for k in range(2400)]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_labels_tell_what_where_from_and_to(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    labels = Labels(path, NOON_IN_HAINAN)
    labels.begin(FAILURE, NOON_IN_HAINAN)
    labels.begin(Fault("probe-drift", "cold-room-1", "air-2"), NOON_IN_HAINAN)
    assert [row["to"] for row in rows(path)] == ["", ""]
    labels.end(FAILURE, NOON_IN_HAINAN + timedelta(seconds=90))
    assert rows(path)[0] == {
        "what": "compressor-failure",
        "where": "cold-room-2",
        "measure": "",
        "from": "2026-11-22T04:00:00.000Z",
        "to": "2026-11-22T04:01:30.000Z",
    }
    assert rows(path)[1]["measure"] == "air-2"
    assert rows(path)[1]["to"] == ""


def test_the_next_run_keeps_the_labels_and_ends_what_a_killed_one_left_open(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    Labels(path, NOON_IN_HAINAN).begin(FAILURE, NOON_IN_HAINAN)
    later = NOON_IN_HAINAN + timedelta(minutes=5)
    again = Labels(path, later)
    again.begin(FAILURE, later)
    assert [row["to"] for row in rows(path)] == ["2026-11-22T04:05:00.000Z", ""]


def test_the_course_of_a_wear_is_kept_by_twentieths_and_with_its_end(tmp_path: Path) -> None:
    path, wear = tmp_path / "labels.csv", Fault("fan-wear", "ahu-1")
    labels = Labels(path, NOON_IN_HAINAN)
    labels.begin(wear, NOON_IN_HAINAN)
    for k in range(100):
        labels.note(NOON_IN_HAINAN + timedelta(hours=k), {wear: k / 250})
    labels.end(wear, NOON_IN_HAINAN + timedelta(hours=100), 0.4)
    kept = rows(course_of(path))
    severities = [float(row["severity"]) for row in kept]
    assert severities[0] == 0 < severities[1]
    assert all(0.05 <= after - before < 0.06 for before, after in pairwise(severities[:-1]))
    assert (kept[-1]["severity"], kept[-1]["at"]) == ("0.4000", "2026-11-26T08:00:00.000Z")
    again = Labels(path, NOON_IN_HAINAN + timedelta(days=9))
    assert again.courses == labels.courses
    assert list(again.courses) == [("fan-wear", "ahu-1", "", "2026-11-22T04:00:00.000Z")]


def test_what_happens_at_once_is_whole_from_its_first_moment(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    labels = Labels(path, NOON_IN_HAINAN)
    labels.begin(FAILURE, NOON_IN_HAINAN)
    for k in range(5):
        labels.note(NOON_IN_HAINAN + timedelta(seconds=k), {FAILURE: 1.0})
    assert [row["severity"] for row in rows(course_of(path))] == ["1.0000"]
