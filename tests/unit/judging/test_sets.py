"""Small folders in the published layout, with truths that were put into them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isotherm.judging import ai4i, cmapss, lbnl
from isotherm.judging.report import MODEL_OFF, SetUnreadable
from models.health.life_estimate import Life
from models.health.remaining_life import LifeSettings


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few trees are enough to tell a model from none."""
    monkeypatch.setattr(cmapss, "LifeSettings", lambda seed=1: LifeSettings(seed=seed, trees=40, folds=3))
    monkeypatch.setattr(ai4i, "_TREES", 40)


def an_engine(unit: int, *, until: int | None = None) -> tuple[list[str], int]:
    """Lines of an engine that wears; if it is cut off, how many cycles it had left."""
    draw = np.random.default_rng(unit)
    n = int(draw.integers(140, 220))
    shown = n if until is None else min(until, n - 5)
    wear = np.exp((np.arange(1, n + 1) - n) / 40.0)
    sensors = np.column_stack([500 + 20 * wear, 30 - 4 * wear]) + draw.normal(0, [0.5, 0.1], (n, 2))
    rows = zip(range(1, shown + 1), sensors, strict=False)
    return [f"{unit} {cycle} 0.001 0.0 100.0 518.67 {a:.2f} {b:.2f}" for cycle, (a, b) in rows], n - shown


def write_engines(folder: Path, *, tested: bool) -> Path:
    lines = [line for unit in range(1, 31) for line in an_engine(unit)[0]]
    (folder / "train_FD001.txt").write_text("\n".join(lines) + "\n")
    if tested:
        engines = [an_engine(100 + unit, until=60 + 8 * unit) for unit in range(1, 16)]
        renumbered = [f"{unit} {line.split(' ', 1)[1]}" for unit, (lines, _) in enumerate(engines, 1) for line in lines]
        (folder / "test_FD001.txt").write_text("\n".join(renumbered) + "\n")
        (folder / "RUL_FD001.txt").write_text("\n".join(str(left) for _, left in engines) + "\n")
    return folder


@pytest.mark.parametrize("tested", [True, False])
def test_engines_are_judged_apart_from_those_learned_from(tmp_path: Path, tested: bool) -> None:
    report = cmapss.judge(write_engines(tmp_path, tested=tested))
    assert report.configuration["protocol"] == ("test engines" if tested else "by engine, held out in turn")
    assert report.files == (3 if tested else 1)
    assert report.primary["rmse_clipped"] < 0.6 * report.baselines[MODEL_OFF]["rmse_clipped"]
    assert 0.7 <= report.primary["coverage_90"] <= 1
    assert "ageless_rmse_clipped" in report.secondary


def test_no_engine_that_is_asked_for_was_learned_from(tmp_path: Path) -> None:
    lives = [Life(str(unit), np.full((40, 2), float(unit))) for unit in range(12)]
    asked_for = []
    for known, asked in cmapss._held_out(lives, seed=1):
        here = {each.x[0, 0] for each in asked}
        assert not here & {life.x[0, 0] for life in known}
        assert all(1 <= len(each.x) <= 40 and each.left == 40 - len(each.x) for each in asked)
        asked_for += sorted(here)
    assert sorted(asked_for) == list(range(12))


def test_the_score_of_the_challenge_weighs_late_more_than_early() -> None:
    assert cmapss.phm(np.array([-13.0])) == pytest.approx(np.e - 1)
    assert cmapss.phm(np.array([10.0])) == pytest.approx(np.e - 1)
    assert cmapss.phm(np.array([0.0, 0.0])) == 0


def test_answers_that_do_not_fit_the_engines_are_refused(tmp_path: Path) -> None:
    folder = write_engines(tmp_path, tested=True)
    (folder / "RUL_FD001.txt").write_text("12\n13\n")
    with pytest.raises(SetUnreadable):
        cmapss.judge(folder)
    (folder / "train_FD001.txt").write_text("one two three\n")
    with pytest.raises(SetUnreadable):
        cmapss.judge(folder)


MILLING = (
    "UDI,Product ID,Type,Air temperature [K],Process temperature [K],Rotational speed [rpm],Torque [Nm],"
    "Tool wear [min],Machine failure,TWF,HDF,PWF,OSF,RNF"
)


def write_states(folder: Path, *, leak: bool) -> Path:
    """Failures where torque and wear are high; the label's other names tell them, or say nothing."""
    draw, chance = np.random.default_rng(2), np.random.default_rng(3)
    lines = [MILLING]
    for row in range(1_500):
        wear, torque = row % 100 * 2, draw.normal(40, 10)
        failed = wear * torque > 7_500
        name = int(failed) if leak else int(chance.integers(2))
        shown = f"{draw.normal(300, 2):.1f},{draw.normal(310, 1):.1f},{draw.normal(1500, 100):.0f},{torque:.1f},{wear}"
        lines.append(f"{row},M{row},{'LMH'[row % 3]},{shown},{int(failed)},{name},0,0,0,0")
    folder.mkdir()
    (folder / "ai4i2020.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_the_columns_that_are_the_label_are_never_used(tmp_path: Path) -> None:
    right = ai4i.judge(write_states(tmp_path / "a", leak=True))
    wrong = ai4i.judge(write_states(tmp_path / "b", leak=False))
    assert right.primary == wrong.primary
    assert right.primary["f1"] > 0.8
    assert right.secondary["by_tool_f1"] > 0.7
    assert right.baselines[MODEL_OFF]["mar"] == 1
    assert right.baselines["all ones"]["far"] == 1


def test_a_milling_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ai4i2020.csv").write_text("UDI,Type\n1,M\n")
    with pytest.raises(SetUnreadable):
        ai4i.judge(tmp_path)


def write_unit(folder: Path, *, fault_day_is_hot: bool = False, outdoor: str = "AHU: Outdoor Air Temperature") -> Path:
    """Four normal days and one on which the valve no longer follows the supply air; cells of a broken sheet in it."""
    draw = np.random.default_rng(3)
    lines = [f"Datetime,Supply,Valve,Fan,{outdoor},Fault Detection Ground Truth"]
    for day in range(1, 6):
        faulty = day == 5
        for minute in range(0, 1_440, 2):
            air = 60 + 10 * np.sin(minute / 230) + (40 if faulty and fault_day_is_hot else 0) + draw.normal(0, 0.2)
            valve = 0.02 * air + draw.normal(0, 0.01) - (1.0 if faulty and minute > 300 else 0)
            shown = "#VALUE!" if (day, minute) == (2, 100) else f"{air:.2f}"
            line = f"{air / 2 + draw.normal(0, 0.1):.2f},{valve:.3f},{1 + draw.normal(0, 0.01):.3f},{shown}"
            lines.append(f"9/{day}/2017 {minute // 60}:{minute % 60:02},{line},{int(faulty)}")
    (folder / "SZVAV.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_fault_in_weather_that_was_met_is_found(tmp_path: Path) -> None:
    report = lbnl.judge(write_unit(tmp_path))
    assert report.primary["units_scored"] == 1
    assert report.primary["rows_scored"] > 0.9
    assert report.primary["auc"] > 0.85
    assert report.primary["recall"] == 1
    assert report.baselines[MODEL_OFF]["recall"] == 0


@pytest.mark.parametrize(
    ("hot", "outdoor", "why"),
    [(True, "AHU: Outdoor Air Temperature", "met on normal days"), (False, "Humidity", "no outdoor temperature")],
)
def test_in_other_weather_or_without_any_nothing_is_scored(tmp_path: Path, hot: bool, outdoor: str, why: str) -> None:
    report = lbnl.judge(write_unit(tmp_path, fault_day_is_hot=hot, outdoor=outdoor))
    assert report.primary == {"units_scored": 0, "units": 1}
    assert why in report.notes[0]


def test_the_same_seed_gives_the_same_figures(tmp_path: Path) -> None:
    folder = write_unit(tmp_path)
    first, again, other = (lbnl.judge(folder, seed=seed) for seed in (1, 1, 2))
    assert str(first) == str(again)
    assert str(replace(first, baselines={})) == str(replace(other, baselines={}))
