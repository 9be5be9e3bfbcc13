"""Logs as loggers write them: whatever the dialect, the same readings, and every line that was not taken is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isotherm.evaluating.header import ColumnsUnknown
from isotherm.evaluating.zones import zone_named
from isotherm.judging.logs import room
from isotherm.judging.logs.alerts import span_of
from isotherm.judging.logs.judging import (
    CommissionImpossible,
    CommissionTooLong,
    LogJudged,
    LogTooShort,
    as_json,
    judge_log,
)
from isotherm.judging.logs.machine import NothingMoved, held
from isotherm.judging.logs.reading import Log, read_log

SHANGHAI = zone_named("Asia/Shanghai")
BEGAN = datetime(2026, 1, 1)  # noqa: DTZ001 (as a logger writes it)
DAY = 1_440


def a_freezer(days: int, *, fails_at_day: float = np.inf) -> np.ndarray:
    """A minute a value: cycles around -20 °C, a defrost of fifty minutes every fourteen hours; then it warms up."""
    minute = np.arange(days * DAY)
    draw = np.random.default_rng(5)
    air = -20 + 0.8 * np.sin(minute / 6) + draw.normal(0, 0.05, len(minute))
    since = minute % 840
    air = np.where((minute > 840) & (since < 50), -20 + 0.3 * since, air)
    air = np.where((minute > 840) & (since >= 50) & (since < 65), -5 - (since - 50), air)
    failed = minute - fails_at_day * DAY
    return np.where(failed > 0, np.maximum(air, -20 + np.minimum(0.12 * failed, 35)), air).round(1)


def written(
    path: Path, air: np.ndarray, *, separator: str = ",", comma: bool = False, name: str = "temperature"
) -> Path:
    """A file with one temperature a line."""
    lines = [f"time{separator}{name}"]
    for minute, value in enumerate(air.tolist()):
        text = str(value).replace(".", ",") if comma else str(value)
        lines.append(f"{BEGAN + timedelta(minutes=minute):%Y-%m-%d %H:%M:%S}{separator}{text}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def read(path: Path, **taken: Any) -> Log:
    return read_log(path, **({"encoding": None, "zone": SHANGHAI, "dates": None} | taken))


def judged(path: Path, *, days: float | None = None, limit_c: float | None = None) -> LogJudged:
    return judge_log(read(path), str(path), days=days, limit_c=limit_c)


def test_separators_bom_and_letters_make_no_difference(tmp_path: Path) -> None:
    air = a_freezer(1)[:200]
    plain = read(written(tmp_path / "plain.csv", air)).machines[0]
    for separator, comma in ((";", True), ("\t", False), ("\t", True)):
        other = read(written(tmp_path / "other.csv", air, separator=separator, comma=comma)).machines[0]
        np.testing.assert_array_equal(plain.x, other.x)
        np.testing.assert_array_equal(plain.time_us, other.time_us)
    text = written(tmp_path / "gbk.csv", air, separator=";").read_text().replace("time;temperature", "时间;温度(℃)")
    for encoding in ("gbk", "utf-8-sig", "utf-16"):
        (tmp_path / "gbk.csv").write_bytes(text.encode(encoding))
        np.testing.assert_array_equal(plain.x, read(tmp_path / "gbk.csv").machines[0].x)


def test_offsets_are_taken_as_written_and_without_any_utc_is_assumed_and_said(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("time,a,b\n2026-01-01T08:00:00+08:00,1,2\n2026-01-01T00:01:00Z,3,4\n")
    log = read(path, zone=None).machines[0]
    assert np.diff(log.time_us).tolist() == [60_000_000]
    path.write_text("time,a,b\n2026-01-01 08:00:00,1,2\n")
    assert read(path).machines[0].time_us[0] == log.time_us[0]
    assert not read(path).zone_assumed
    assumed = read(path, zone=None)
    assert assumed.zone_assumed
    assert assumed.machines[0].time_us[0] - log.time_us[0] == 8 * 3_600_000_000


def test_what_is_no_number_is_a_gap_or_a_line_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "pump.csv"
    path.write_text(
        "no;time;flow;power;mode;anomaly\n"
        "1;2026-01-01T00:00:00Z;1,5;10;run;0\n"
        "2;2026-01-01T00:01:00Z;OFF;11;run;0\n"
        "3;2026-01-01T00:02:00Z;;12;run;1\n"
        "4;2026-01-01T00:03:00Z;#VALUE!;13;run;0\n"
        "5;yesterday;1,6;14;run;0\n"
        "\n"
        "6;2026-01-01T00:05:00Z;1,7;15;run;0\n"
    )
    log = read(path)
    (machine,) = log.machines
    assert machine.signals == ("flow", "power")
    np.testing.assert_array_equal(machine.x[:, 0], [1.5, np.nan, np.nan, np.nan, 1.7])
    np.testing.assert_array_equal(machine.x[:, 1], [10, 11, 12, 13, 15])
    told = {each.line: each.reason for each in log.account.unreadable}
    assert told == {5: "the value can't be read: flow", 6: "the time can't be read"}
    assert (log.account.lines, log.account.blank) == (6, 1)
    assert set(log.left_out) == {"no", "mode", "anomaly"}


def test_a_zero_beside_off_is_no_temperature(tmp_path: Path) -> None:
    path = tmp_path / "probe.csv"
    path.write_text("time,temperature,status\n2026-01-01T00:00:00Z,-20,OK\n2026-01-01T00:01:00Z,0.0,OFF\n")
    np.testing.assert_array_equal(read(path).machines[0].x[:, 0], [-20, np.nan])


def test_lines_in_any_order_are_put_in_order_and_said(tmp_path: Path) -> None:
    lines = written(tmp_path / "log.csv", a_freezer(1)[:100]).read_text().splitlines()
    (tmp_path / "shuffled.csv").write_text("\n".join([lines[0], *lines[:0:-1], lines[50]]) + "\n")
    first, second = read(tmp_path / "log.csv"), read(tmp_path / "shuffled.csv")
    np.testing.assert_array_equal(first.machines[0].x, second.machines[0].x)
    assert not second.account.in_order
    assert second.account.duplicates == 1


def test_points_are_machines_and_columns_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("time,point,flow,flow\n2026-01-01T00:00:00Z,p1,1,2\n2026-01-01T00:00:00Z,p2,3,4\n")
    told = {machine.name: (machine.signals, machine.x.tolist()) for machine in read(path).machines}
    signals = ("flow (3)", "flow (4)")
    assert told == {"p1": (signals, [[1, 2]]), "p2": (signals, [[3, 4]])}


def test_a_log_without_a_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("time,mode\n2026-01-01T00:00:00Z,run\n")
    with pytest.raises(ColumnsUnknown):
        read(path)


def test_seven_days_or_a_third_are_learned_from(tmp_path: Path) -> None:
    def days(length: int, asked: float | None = None) -> float:
        return span_of(np.array([0, length * 86_400_000_000]), asked).days

    assert (days(30), days(12), days(30, 2.5)) == (7, 4, 2.5)


def test_defrosts_are_silent_and_a_failure_is_told_with_its_cause(tmp_path: Path) -> None:
    (told,) = judged(written(tmp_path / "log.csv", a_freezer(12, fails_at_day=11.5))).machines
    assert told.models == ("ColdRoomMonitor",)
    assert told.alerts[0].cause == "cooling"
    began = (told.alerts[0].at_us - read(tmp_path / "log.csv").machines[0].time_us[0]) / 60e6 - 11.5 * DAY
    assert 0 < began < 90
    assert told.alerts[0].contributions[0].signal == "air"
    assert told.plain["limit, 0 min delay"] > 5
    assert "Limit -15 °C" in told.notes[0]


def test_a_room_with_too_few_defrosts_is_learned_for_longer_or_only_its_limit_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", a_freezer(4, fails_at_day=3.6))
    (short,) = judged(path, days=0.4).machines
    assert "too few" in short.notes[1]
    assert {alert.cause for alert in short.alerts} == {"limit"}
    (longer,) = judged(path).machines
    assert longer.learned > DAY


def test_the_limit_is_that_of_the_class_of_storage(tmp_path: Path) -> None:
    fridge = read(written(tmp_path / "log.csv", np.full(100, 5.0))).machines[0]
    assert room.limit_of(fridge) == 8
    oven = read(written(tmp_path / "log.csv", np.full(100, 180.0))).machines[0]
    assert room.limit_of(oven) is None


def test_signals_that_stop_moving_together_are_told_with_those_that_do(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    n = 3_000
    load = np.convolve(draw.normal(size=n + 60), np.ones(60) / 8, "valid")[:n]
    flow = 10 + load + draw.normal(0, 0.05, n)
    power = 5 + 0.5 * load + draw.normal(0, 0.05, n)
    power[2_500:] += 2 * np.sin(np.arange(500))
    ambient = 20 + draw.normal(0, 0.5, n)
    minutes = [f"{BEGAN + timedelta(minutes=at):%Y-%m-%d %H:%M:%S}" for at in range(n)]
    lines = [f"{at},{a:.3f},{b:.3f},{c:.3f}" for at, a, b, c in zip(minutes, flow, power, ambient, strict=True)]
    (tmp_path / "pump.csv").write_text("\n".join(["time,flow,power,ambient", *lines]) + "\n")
    (told,) = judged(tmp_path / "pump.csv").machines
    assert {alert.cause for alert in told.alerts} == {"innovation"}
    first = told.alerts[0]
    since = (first.at_us - read(tmp_path / "pump.csv").machines[0].time_us[2_500]) / 60e6
    assert 0 <= since < 30
    assert first.contributions[0].signal in {"flow", "power"}
    assert first.contributions[0].value != first.contributions[0].expected


def test_a_set_point_that_never_moves_leaves_a_room(tmp_path: Path) -> None:
    lines = written(tmp_path / "log.csv", a_freezer(6)).read_text().splitlines()
    (tmp_path / "log.csv").write_text("\n".join([f"{lines[0]},set point", *(f"{line},-20" for line in lines[1:])]))
    (told,) = judged(tmp_path / "log.csv").machines
    assert told.models == ("ColdRoomMonitor",)
    assert any("set point" in note for note in told.notes)


def test_signals_with_times_of_their_own_are_held_and_dead_ones_left_out(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    lines = ["time,flow,power,dead"]
    for at in range(2_000):
        values = (f"{draw.normal():.2f}", "") if at % 2 else ("", f"{draw.normal():.2f}")
        lines.append(
            f"{BEGAN + timedelta(minutes=at):%Y-%m-%d %H:%M:%S},{','.join(values)},{'1.5' if at == 10 else ''}"
        )
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
    (told,) = judged(tmp_path / "log.csv").machines
    assert not told.alerts
    assert "fifteen minutes" in told.notes[0]
    assert "dead" in told.notes[1]


def test_a_switch_that_never_moved_is_told_when_it_does_and_disturbs_no_model(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    lines = ["time,flow,power,mode"]
    for at in range(2_000):
        values = f"{draw.normal():.2f},{draw.normal():.2f},{2 if 1_500 <= at < 1_800 else 1}"
        lines.append(f"{BEGAN + timedelta(minutes=at):%Y-%m-%d %H:%M:%S},{values}")
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
    (told,) = judged(tmp_path / "log.csv").machines
    (alert,) = told.alerts
    assert (alert.cause, (alert.until_us - alert.at_us) / 60e6) == ("new value of mode", 299)
    assert (alert.contributions[0].value, alert.contributions[0].expected) == (2, 1)


def test_a_value_holds_for_its_time_and_no_longer() -> None:
    x = np.array([[np.nan], [1.0], [np.nan], [np.nan]])
    np.testing.assert_array_equal(held(x, np.array([0.0, 60, 120, 180]), 60)[:, 0], [np.nan, 1, 1, np.nan])


def test_json_has_only_what_json_knows_and_nothing_is_dropped(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", a_freezer(6, fails_at_day=5.5))
    path.write_text(path.read_text() + "rubbish\n")
    told = as_json(judged(path))
    assert told["rows"]["unreadable"] == 1
    assert told["unreadable"] == [{"line": 6 * DAY + 2, "text": "rubbish", "reason": "the time can't be read"}]
    assert told["machines"][0]["alerts"][0]["at"].endswith("Z")
    assert told["machines"][0]["rows_learned"] + told["machines"][0]["rows_judged"] == 6 * DAY


def test_a_log_that_leaves_nothing_to_judge_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", a_freezer(1))
    with pytest.raises(CommissionTooLong):
        judged(path, days=2)
    with pytest.raises(LogTooShort):
        judged(written(tmp_path / "short.csv", a_freezer(1)[:20]))


@pytest.mark.parametrize("days", [0.0, -1.0, float("nan"), float("inf")])
def test_days_that_are_none_are_refused_as_such(tmp_path: Path, days: float) -> None:
    with pytest.raises(CommissionImpossible):
        judged(written(tmp_path / "log.csv", a_freezer(1)), days=days)


def test_a_time_without_a_row_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", a_freezer(3)[:, None].ravel(), name="flow")
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(lines[:2000] + lines[3000:3500] + lines[3600:]) + "\n", "utf-8")
    notes = judged(path, days=1).notes
    assert any("2 gaps" in note and "16h41m" in note.replace(" ", "") for note in notes), notes
    whole = judged(written(tmp_path / "whole.csv", a_freezer(2), name="flow"), days=1).notes
    assert not any("gaps" in note for note in whole)


def test_a_log_in_which_nothing_moves_teaches_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingMoved, match="flow"):
        judged(written(tmp_path / "log.csv", np.full(3_000, 7.0), name="flow"), days=1)
