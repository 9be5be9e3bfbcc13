"""Edges of a plant folder that do not fit the plant: told with file and line before anything runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from isotherm.demo import FOLDER
from isotherm.edge_folder import mistakes
from mes.plant.check import read_plant

LINE, ROOMS = "edges/edge-line.yaml", "edges/edge-cold-store.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the demo plant, to be spoiled."""
    return Path(shutil.copytree(FOLDER, tmp_path / "plant"))


def told(folder: Path) -> list[str]:
    return [str(problem) for problem in mistakes(folder, read_plant(folder))]


def test_the_demos_edges_are_right_although_no_variable_is_set_here(folder: Path) -> None:
    assert told(folder) == []


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("driver: opcua", "driver: opcau", "did you mean `opcua`?"),
        ("points:", "points: [", "this is not YAML"),
        ("line-1/speed", "line-1/sped", "not in the plant model; did you mean `hainan/filling/line-1/speed`?"),
        ("edge: edge-line", "edge: edge-other", f"{LINE}:2: `edge` is `edge-other`, its file is named `edge-line`"),
        ("site: hainan", "site: elsewhere", f"{LINE}:3: `site` is `elsewhere`; the plant's site is `hainan`"),
        (
            "hainan/filling/line-1/speed",
            "hainan/cold-store/outdoor/ambient",
            f"is read by another edge too: {ROOMS}:",
        ),
    ],
)
def test_a_mistake_of_an_edge_is_told_where_it_stands(folder: Path, was: str, becomes: str, says: str) -> None:
    text = (folder / LINE).read_text("utf-8")
    assert was in text
    (folder / LINE).write_text(text.replace(was, becomes, 1), "utf-8")
    problems = told(folder)
    assert all(problem.startswith(f"{LINE}:") for problem in problems)
    assert says in "\n".join(problems)


def test_a_variable_that_an_edge_will_not_have_is_told_before_it_runs(folder: Path) -> None:
    environ = {"NATS_URL": "nats://127.0.0.1", "VAR": "var", "OPCUA_URL": "opc.tcp://plc/", "MQTT_HOST": "broker"}
    problems = map(str, mistakes(folder, read_plant(folder), environ))
    lacking = [problem.partition("the environment has no ")[2].split(";")[0] for problem in problems]
    assert lacking == ["MODBUS_HOST", "MODBUS_PORT", "MQTT_PORT", "SCALE_HOST", "SCALE_PORT"]
