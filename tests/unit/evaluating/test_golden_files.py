"""Files as loggers and spreadsheets write them, each with the options it was given and what must come of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from isotherm.cli import build
from telemetry.errors import PlantError

GOLDEN = Path(__file__).parents[2] / "golden" / "loggers"
CASES = sorted(folder.name for folder in GOLDEN.iterdir() if (folder / "options").exists())
EPISODE = ("point", "side", "start", "end", "known_s", "unknown_s", "worst_case_s", "raised_at", "peak")


def came_of(folder: Path) -> dict[str, Any]:
    """The parts that a case is about, or the refusal's code."""
    words = ["evaluate", str(folder / "readings.csv"), "--json", *(folder / "options").read_text("utf-8").split()]
    result = CliRunner().invoke(build(words), words)
    if isinstance(result.exception, PlantError):
        return {"refused": result.exception.code}
    assert result.exit_code == 0, result.exception
    told = json.loads(result.stdout)
    return {
        "episodes": [{key: episode[key] for key in EPISODE} for episode in told["episodes"]],
        "stale": told["stale"],
        "mkt": None if told["mkt"]["value_c"] is None else round(told["mkt"]["value_c"], 6),
        "completeness": told["completeness"],
        "rows": {name: n for name, n in told["rows"].items() if n},
        "unreadable": told["unreadable"],
        "clock": {name: lines for name, lines in told["clock"].items() if lines},
    }


@pytest.mark.parametrize("name", CASES)
def test_it_comes_out_as_it_must(name: str) -> None:
    folder = GOLDEN / name
    assert came_of(folder) == json.loads((folder / "expected.json").read_text("utf-8"))
