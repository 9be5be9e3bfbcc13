"""`isotherm models evaluate` as somebody meets it: what it prints, what it says is missing, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isotherm.judging import files
from isotherm.judging.files import DataSet, NothingToJudge, found_in
from isotherm.judging.report import MODEL_OFF, SetReport, SetUnreadable
from isotherm.judging.running import Judged, as_json, judge_all
from isotherm.judging.table import figure, show


def evaluate(folder: Path, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "isotherm", "models", "evaluate", *words]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "COLUMNS": "100"}
    return subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, check=False, env=environment
    )


def a_milling_machine(folder: Path) -> Path:
    draw = np.random.default_rng(1)
    (folder / "ai4i2020").mkdir(parents=True)
    lines = [
        "UDI,Type,Air temperature [K],Process temperature [K],Rotational speed [rpm],Torque [Nm],Tool wear [min],"
        "Machine failure,TWF"
    ]
    for row in range(400):
        torque, wear = draw.normal(40, 10), row % 40
        failed = int(torque > 52)
        lines.append(f"{row},L,300,310,{draw.normal(1500, 90):.0f},{torque:.1f},{wear},{failed},{failed}")
    (folder / "ai4i2020" / "ai4i2020.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_what_is_there_is_judged_and_what_is_not_is_said(tmp_path: Path) -> None:
    a_milling_machine(tmp_path / "data")
    answer = evaluate(tmp_path, "--data", "data", "--json")
    assert answer.returncode == 0, answer.stderr
    told: dict[str, Any] = json.loads(answer.stdout)
    (report,) = told["reports"]
    assert (report["name"], report["files"]) == ("ai4i", 1)
    assert report["primary"]["auc"] > 0.9
    assert {"all ones", "random, same rate", "position", "limit, 0 min delay", MODEL_OFF} <= set(report["baselines"])
    assert report["tried"] >= 1
    assert report["configuration"]
    assert told["missing"] == ["skab", "tep", "nab", "coldroom", "cmapss", "ims", "lbnl"]
    assert "ai4i" in answer.stderr


def test_people_see_the_model_beside_answers_that_know_nothing(tmp_path: Path) -> None:
    a_milling_machine(tmp_path / "data")
    answer = evaluate(tmp_path, "--data", "data", "--set", "ai4i", "--set", "tep")
    assert answer.returncode == 0, answer.stderr
    for words in (
        "ai4i  1 files",
        "configurations were tried",
        "all ones",
        MODEL_OFF,
        "average_precision",
        "never_used",
    ):
        assert words in answer.stdout
    assert "Not in data: tep." in answer.stdout


@pytest.mark.parametrize("words", [(), ("--data", ".", "--csv", "log.csv"), ("--data", ".", "--simulate")])
def test_a_folder_or_a_log_is_named_not_both_and_not_neither(tmp_path: Path, words: tuple[str, ...]) -> None:
    answer = evaluate(tmp_path, *words)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "OneOfTheThree" in answer.stderr


def test_an_empty_folder_is_told_with_what_was_looked_for(tmp_path: Path) -> None:
    for folder in (".", "nowhere"):
        answer = evaluate(tmp_path, "--data", folder, "--json")
        assert (answer.returncode, answer.stdout) == (2, "")
        assert "NothingToJudge" in answer.stderr
        assert "cmapss/train_FD001.txt" in answer.stderr


def test_a_broken_set_says_so_and_stops_no_other(tmp_path: Path) -> None:
    a_milling_machine(tmp_path / "data")
    (tmp_path / "data" / "cmapss").mkdir()
    (tmp_path / "data" / "cmapss" / "train_FD001.txt").write_text("this is a web page\n")
    answer = evaluate(tmp_path, "--data", "data", "--json")
    assert answer.returncode == 1
    told = json.loads(answer.stdout)
    assert [report["name"] for report in told["reports"]] == ["ai4i"]
    assert [failed["name"] for failed in told["failed"]] == ["cmapss"]
    assert "train_FD001.txt" in told["failed"][0]["reason"]


def test_a_log_comes_through_standard_input(tmp_path: Path) -> None:
    lines = [f"2026-01-{1 + at // 24:02}T{at % 24:02}:00:00Z;{at % 7};{at % 5}" for at in range(240)]
    answer = evaluate(tmp_path, "--csv", "-", "--json", given="\n".join(["time;a;b", *lines, "x;1;2"]) + "\n")
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert told["rows"]["unreadable"] == 1
    assert told["unreadable"][0]["line"] == 242
    assert told["machines"][0]["signals"] == ["a", "b"]
    shown = evaluate(tmp_path, "--csv", "-", given="\n".join(["time;a;b", *lines, "x;1;2"]) + "\n")
    assert "line 242: the time can't be read" in shown.stdout
    assert "Taken as healthy and learned from" in shown.stdout


def test_help_teaches() -> None:
    answer = evaluate(Path.cwd(), "--help")
    assert answer.returncode == 0
    for words in ("--data", "--csv", "--commission", "isotherm models evaluate --data datasets", "point adjustment"):
        assert words in " ".join(answer.stdout.split())


def test_a_sets_own_folder_may_be_named(tmp_path: Path) -> None:
    folder = a_milling_machine(tmp_path) / "ai4i2020"
    assert found_in(folder) == {DataSet.AI4I: folder}
    with pytest.raises(NothingToJudge):
        found_in(folder, [DataSet.SKAB])


def test_every_set_has_a_judge() -> None:
    for each in DataSet:
        assert callable(files.judge_of(each))


def test_nothing_to_count_is_null_for_programs_and_a_dash_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    report = SetReport(
        name="x",
        primary={"recall": float("nan"), "f1": float(np.float64(0.5))},
        baselines={"all ones": {"recall": 1.0}},
        configuration={"h": np.float64(1.33), "late": float("inf"), "order": (1, 2)},
    )
    judged = Judged("data", 1, (report,), (0.1,), (), ())
    (told,) = json.loads(json.dumps(as_json(judged), allow_nan=False))["reports"]
    assert told["primary"] == {"recall": None, "f1": 0.5}
    assert told["configuration"] == {"h": 1.33, "late": None, "order": [1, 2]}
    show(judged)
    shown = capsys.readouterr().out
    assert [line.split() for line in shown.splitlines() if "recall" in line] == [["recall", "-", "1.000"]]
    assert [figure("delay_s", 1234.5), figure("events", 31.0), figure("f1", 0.8144)] == ["1,234", "31", "0.814"]


def test_the_seed_reaches_the_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = []

    def judge(folder: Path, *, seed: int = 1) -> SetReport:
        seeds.append(seed)
        raise SetUnreadable(folder=folder.name)

    monkeypatch.setattr("isotherm.judging.running.judge_of", lambda _: judge)
    judged = judge_all(a_milling_machine(tmp_path), seed=7)
    assert (seeds, judged.failed[0].name) == ([7], "ai4i")
