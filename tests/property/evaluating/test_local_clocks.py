"""Files in a plant's own time over the nights when its clocks are changed: nothing is dropped, nothing moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracles.evaluation import Row, evaluation
from tests.oracles.packs import pack
from tests.oracles.readings import iso_of, us_of
from tests.property.evaluating.agreement import command, disagreements
from tests.property.evaluating.files import Writing

BERLIN, LORD_HOWE, NEW_YORK = "Europe/Berlin", "Australia/Lord_Howe", "America/New_York"
CHANGES = {
    (BERLIN, "spring"): datetime(2026, 3, 29, 1, tzinfo=UTC),
    (BERLIN, "autumn"): datetime(2026, 10, 25, 1, tzinfo=UTC),
    (LORD_HOWE, "spring"): datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    (LORD_HOWE, "autumn"): datetime(2026, 4, 4, 15, tzinfo=UTC),
    (NEW_YORK, "autumn"): datetime(2026, 11, 1, 6, tzinfo=UTC),
}
READINGS = st.sampled_from(["5", "5", "8.04", "8.05", "9", "1.9", "NaN"])
VALUES = READINGS | st.just("warm")


def shown(moment: datetime, zone: ZoneInfo) -> str:
    """As a logger writes that is put forward and back."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clocks") / "local.csv"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    place=st.sampled_from(sorted(CHANGES)),
    step_min=st.sampled_from([1, 5, 10, 15, 20, 30, 60, 120]),
    before=st.integers(0, 40),
    newest_first=st.booleans(),
    values=st.lists(READINGS, min_size=60, max_size=60),
)
def test_a_logger_that_never_rests_is_read_as_it_was(
    file: Path, place: tuple[str, str], step_min: int, before: int, newest_first: bool, values: list[str]
) -> None:
    """The truth is known: the times were written from UTC."""
    zone, change = ZoneInfo(place[0]), CHANGES[place]
    begin = change.replace(minute=0) - timedelta(minutes=step_min) * before - timedelta(hours=2)
    truth = [begin + timedelta(minutes=step_min) * n for n in range(60)]
    rows = [Row(shown(at, zone), value, "A") for at, value in zip(truth, values, strict=True)]
    in_utc = [Row(at.isoformat(), value, "A") for at, value in zip(truth, values, strict=True)]
    if newest_first:
        rows, in_utc = rows[::-1], in_utc[::-1]
    rules = pack("cold_2_8@1")
    file.write_bytes(Writing().text(rows))
    told = command(file, "--policy", "cold_2_8@1", "--tz", place[0])
    assert disagreements(told, evaluation(rows, rules, zone)) == []
    wanted = evaluation(in_utc, rules)
    wanted.told["clock"] = told["clock"]
    assert disagreements(told, wanted) == []


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    place=st.sampled_from(sorted(CHANGES)),
    minutes=st.lists(st.integers(-200, 200), min_size=1, max_size=25),
    points=st.lists(st.sampled_from(["A", "A", "B"]), min_size=25, max_size=25),
    values=st.lists(VALUES, min_size=25, max_size=25),
    is_sorted=st.booleans(),
)
def test_any_lines_about_a_change_are_read_as_it_is_written_down(
    file: Path, place: tuple[str, str], minutes: list[int], points: list[str], values: list[str], is_sorted: bool
) -> None:
    """By the wall clock itself, so times that never were and times without an order are among them."""
    zone, change = ZoneInfo(place[0]), CHANGES[place]
    wall = change.astimezone(zone).replace(tzinfo=None)
    at = [wall + timedelta(minutes=minute) for minute in (sorted(minutes) if is_sorted else minutes)]
    rows = [Row(str(each), value, point) for each, value, point in zip(at, values, points, strict=False)]
    file.write_bytes(Writing().text(rows))
    told = command(file, "--policy", "cold_2_8@1", "--tz", place[0])
    if all(row.value == "warm" for row in rows):
        assert told == {"refused": "NothingReadable"}
    else:
        assert disagreements(told, evaluation(rows, pack("cold_2_8@1"), zone)) == []


@pytest.mark.parametrize(("zone", "season"), sorted(CHANGES))
def test_a_slow_logger_keeps_its_step_through_the_night(file: Path, zone: str, season: str) -> None:
    """One line in the double hour, none about it: the step of two hours says which of the two times it is."""
    change = CHANGES[zone, season]
    truth = [change + timedelta(hours=2 * n, minutes=15) for n in range(-6, 7)]
    rows = [Row(shown(at, ZoneInfo(zone)), "5") for at in truth]
    file.write_bytes(Writing().text(rows))
    told = command(file, "--low", "2", "--high", "8", "--stale", "110m", "--tz", zone)
    assert [each["until"] for each in told["stale"]] == [iso_of(us_of(at)) for at in truth[1:]]
