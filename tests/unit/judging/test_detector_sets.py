"""Sets of data for detectors, made small: layouts as they lie about, and a model that stands clear of the trivial."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from isotherm.judging import ims, nab, skab, tep
from isotherm.judging.nab_score import PROFILES, File, score
from isotherm.judging.report import ALL_ONES, MODEL_OFF, POSITION, SetUnreadable

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def write(
    file: Path, head: Sequence[str], rows: Iterable[Sequence[object]], *, comma: str = ",", end: str = "\n"
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = end.join([comma.join(head), *(comma.join(map(str, row)) for row in rows), ""])
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())


def a_bed(file: Path, *, extra: bool = False, end: str = "\n", seed: int = 1) -> None:
    """Eight signals at one a second; from row 500 to 650 the flow is no more what it was."""
    rng = np.random.default_rng(seed)
    x = 10 + rng.normal(size=(750, 8))
    truth = (np.arange(750) >= 500) & (np.arange(750) < 650)
    x[truth, 7] += rng.choice([-9, 9], truth.sum())
    head = ["datetime", *(("note",) if extra else ()), *skab._SIGNALS, "anomaly", "changepoint"]
    rows = [
        [BEGIN + timedelta(seconds=at), *(("ok",) if extra else ()), *values, float(truth[at]), 0.0]
        for at, values in enumerate(x.tolist())
    ]
    write(file, head, [[str(row[0])[:19], *row[1:]] for row in rows], comma=";", end=end)


def test_the_water_bed_in_any_layout(tmp_path: Path) -> None:
    a_bed(tmp_path / "one" / "valve1" / "0.csv")
    a_bed(tmp_path / "other" / "any name.csv.gz", extra=True, end="\r\n")
    a_bed(tmp_path / "other" / "anomaly-free" / "short.csv", seed=3)
    plain, other = skab.judge(tmp_path / "one"), skab.judge(tmp_path / "other")
    assert (plain.files, other.files) == (1, 2)
    assert plain.primary["f1"] > 0.8
    assert plain.primary["recall"] == 1.0
    assert plain.primary["f1"] > max(plain.baselines[ALL_ONES]["f1"], plain.baselines[MODEL_OFF]["f1"]) + 0.2
    assert plain.baselines[MODEL_OFF]["f1"] == 0.0
    assert plain.baselines[POSITION]["f1"] == 1.0
    assert plain.tried > 1


def a_process(folder: Path, fault_from: int = 160) -> None:
    """24 variables that follow one another; in fault 01 one of them stops following."""
    rng = np.random.default_rng(4)
    names = [f"xmeas_{at}" for at in range(1, 25)]

    def run(ticks: int, fault: bool) -> list[list[float]]:
        load = np.convolve(rng.normal(size=ticks + 9), np.ones(10) / 3, "valid")
        x = load[:, None] * np.linspace(0.5, 1.5, 24) + 0.3 * rng.normal(size=(ticks, 24))
        broken = fault & (np.arange(ticks) >= fault_from)
        x[broken, 3] += 3.0 * rng.normal(size=broken.sum())
        rows: list[list[float]] = np.column_stack([x, broken]).tolist()
        return rows

    for name, ticks, fault in (("d00_train", 400, False), ("d00_test", 600, False), ("d01_test", 400, True)):
        write(folder / f"{name}.csv", [*names, "fault"], run(ticks, fault))


def test_the_process_with_the_faults_that_are_there(tmp_path: Path) -> None:
    a_process(tmp_path)
    told = tep.judge(tmp_path)
    assert told.files == 3
    assert told.primary["missed_detection"] < 0.1
    assert told.primary["far_normal_run"] <= 0.011
    assert told.primary["far_prefault"] < 0.05
    assert told.baselines[MODEL_OFF]["missed_detection"] == 1.0
    assert told.baselines[ALL_ONES]["far_prefault"] == 1.0
    assert "missed_fault_01" in told.secondary


def test_without_the_normal_runs_the_process_can_not_be_judged(tmp_path: Path) -> None:
    a_process(tmp_path)
    (tmp_path / "d00_test.csv").unlink()
    with pytest.raises(SetUnreadable):
        tep.judge(tmp_path)


def bearings(file: Path, *, restart: bool) -> None:
    """The second of four wears out over the last fifth; halfway the rig may be started again, louder."""
    rng, ticks = np.random.default_rng(5), 1_000
    x = np.array([0.06, 0.07, 0.08, 0.04]) + rng.normal(0, 0.0006, (ticks, 4))
    x[800:, 1] += np.linspace(0, 0.05, 200)
    if restart:
        x[400:] += 0.02
    times = [BEGIN + timedelta(minutes=10 * at, days=6 * (restart and at >= 400)) for at in range(ticks)]
    rows = [[at, f"{times[at]:%Y.%m.%d.%H.%M.%S}", *values] for at, values in enumerate(x.tolist())]
    write(file, ["", "Datetime", "Bearing 1", "Bearing 2", "Bearing 3", "Bearing 4"], rows)


@pytest.mark.parametrize("restart", [False, True])
def test_a_restart_of_the_rig_is_no_fault_of_all_bearings(tmp_path: Path, restart: bool) -> None:
    bearings(tmp_path / "run.csv", restart=restart)
    told = ims.judge(tmp_path)
    assert told.primary["restarts"] == float(restart)
    assert 15 < told.primary["lead_median_h"] < 34
    assert told.primary["early_alerts_per_run"] == 0
    assert [name for name in told.secondary if name.startswith("lead_h")] == ["lead_h_run_Bearing 2"]
    assert told.secondary["no_restarts_early_alerts_per_run"] == (4 if restart else 0)


def test_a_machines_temperature_by_windows(tmp_path: Path) -> None:
    rng, ticks = np.random.default_rng(6), 6_000
    x = 80 + rng.normal(size=ticks)
    x[4_000:4_300] -= 8
    times = [f"{BEGIN + timedelta(minutes=5 * at):%Y-%m-%d %H:%M:%S}" for at in range(ticks)]
    write(tmp_path / "data" / "machine.csv", ["timestamp", "value"], zip(times, x.tolist(), strict=True))
    windows = {"real/machine.csv": [[times[3_990], times[4_310]]], "real/gone.csv": [[times[0], times[1]]]}
    (tmp_path / "combined_windows.json").write_text(json.dumps(windows))
    told = nab.judge(tmp_path)
    assert told.files == 1
    assert told.primary["recall"] == 1.0
    assert told.primary["false_alerts"] == 0.0
    assert told.secondary["nab_standard"] > 80
    assert told.baselines[MODEL_OFF]["nab_standard"] == 0.0


def test_the_benchmarks_score_by_its_paper() -> None:
    """100 for each window's very begin, 0 for silence; a false alert costs 0.11 at most."""
    windows = [(1_000, 1_100), (2_000, 2_100)]
    standard, cautious = PROFILES["nab_standard"], PROFILES["nab_low_fp"]
    assert score([File(3_000, 100, windows, [1_000, 2_000])], standard) == pytest.approx(100)
    assert score([File(3_000, 100, windows, [])], standard) == 0
    assert score([File(3_000, 100, windows, [500])], standard) == pytest.approx(-100 * 0.11 / 4)
    assert score([File(3_000, 100, windows, [500])], cautious) == pytest.approx(-100 * 0.22 / 4)
    assert score([File(3_000, 100, windows, [50])], standard) == 0  # not scored yet
    late = score([File(3_000, 100, windows, [1_100, 2_100])], standard)
    assert 50 < late < 52  # at the very end of its window an alert earns nearly nothing


@pytest.mark.parametrize("judged", [skab.judge, tep.judge, nab.judge, ims.judge])
def test_an_empty_folder_is_told(tmp_path: Path, judged: object) -> None:
    with pytest.raises(SetUnreadable):
        judged(tmp_path)  # type: ignore[operator]
