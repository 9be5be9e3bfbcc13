"""What an oracle found that is written from the prose: doubles in any order, and silence that is no record."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.property.evaluating.agreement import command


def told(folder: Path, lines: list[str], *words: str) -> dict[str, Any]:
    path = folder / "readings.csv"
    path.write_text("\n".join(["time,point,value,quality", *(f"2026-01-15T{line}" for line in lines)]) + "\n")
    return command(path, *words)


def check(found: dict[str, Any], rule: str) -> dict[str, Any]:
    (one,) = (each for each in found["checks"] if each["rule"] == rule)
    answer: dict[str, Any] = one
    return answer


@pytest.mark.parametrize("order", sorted(permutations(range(3))))
def test_a_moment_that_contradicts_itself_is_one_in_any_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    lines = ["00:00:00Z,A,5,", "00:00:00Z,A,9,", "00:00:00Z,A,5,"]
    rows = told(tmp_path, [*(lines[n] for n in order), "00:05:00Z,A,5,"])["rows"]
    assert (rows["duplicates"], rows["contradicting"]) == (2, 1)


@pytest.mark.parametrize("doubles", [("5", "7"), ("7", "5")])
def test_a_rate_is_of_the_reading_that_counts_not_of_the_one_that_came_first(
    tmp_path: Path, doubles: tuple[str, ...]
) -> None:
    lines = ["00:00:00Z,A,5,", "00:05:00Z,A,5,", *(f"00:10:00Z,A,{value}," for value in doubles)]
    assert check(told(tmp_path, lines), "rate")["figures"]["fastest_per_h"] == pytest.approx(12)


def test_points_that_take_turns_are_in_order(tmp_path: Path) -> None:
    turns = ["00:00:00Z,B,5,", "00:00:00Z,A,5,", "00:05:00Z,B,5,", "00:05:00Z,A,5,"]
    assert told(tmp_path, turns)["rows"]["in_order"] is True
    assert told(tmp_path, [*turns, "00:01:00Z,A,5,"])["rows"]["in_order"] is False


def test_a_bad_reading_is_no_record_and_the_file_s_end_ends_the_last_time_without(tmp_path: Path) -> None:
    lines = ["00:00:00Z,A,5,", "00:20:00Z,A,5,bad", "00:40:00Z,A,5,", "00:40:00Z,B,5,", "03:00:00Z,B,5,"]
    answer = check(told(tmp_path, lines, "--policy", "gsp_cn"), "cadence")
    assert (answer["failing_points"], answer["figures"]["longest_inside_s"]) == (["A", "B"], 140 * 60)
    alone = check(told(tmp_path, lines[:3], "--policy", "gsp_cn"), "cadence")
    assert (alone["verdict"], alone["figures"]["longest_inside_s"]) == ("escalate", 40 * 60)


def test_what_nobody_saw_may_have_been_above_the_ceiling(tmp_path: Path) -> None:
    found = told(tmp_path, ["00:00:00Z,A,5,bad", "00:10:00Z,A,5,bad"], "--policy", "usp_cct")
    assert [check(found, rule)["verdict"] for rule in ("ceiling", "floor")] == ["escalate", "escalate"]


def test_a_quality_that_is_not_known_is_counted_where_a_reading_was_taken(tmp_path: Path) -> None:
    rows = told(tmp_path, ["00:00:00Z,A,5,strange", "00:05:00Z,A,warm,strange"])["rows"]
    assert (rows["unknown_quality"], rows["unreadable"]) == (1, 1)


def test_of_readings_of_one_moment_one_counts_also_where_the_sides_wait_for_different_times(tmp_path: Path) -> None:
    lines = ["00:00:00Z,A,5,", "00:10:00Z,A,9,", "00:10:00Z,A,-3,", "00:15:00Z,A,5,"]
    episodes = told(tmp_path, lines, "--policy", "who_30dtr")["episodes"]
    assert [(each["side"], each["peak"]) for each in episodes] == [("low", -3)]
