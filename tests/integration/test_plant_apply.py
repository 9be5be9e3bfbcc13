"""`isotherm plant apply`: what an installation in containers does at every start."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from isotherm.cli import build
from isotherm.demo import FOLDER
from tests.plugins.database import Database


@pytest.fixture
def applied(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("ISOTHERM_DATABASE_URL", database.app)

    def apply(*more: str) -> Result:
        return CliRunner().invoke(build(), ["plant", "apply", str(FOLDER), "--yes", "--reason", "start", *more])

    return apply


def test_the_first_start_applies_and_lets_people_in_the_second_finds_all_of_it(
    applied: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "first-entry.json"
    first = applied("--first-entry", str(file))
    assert first.exit_code == 0, first.output
    people = json.loads(file.read_text())["people"]
    assert {"qa", "admin"} <= {person["username"] for person in people}
    assert file.stat().st_mode & 0o077 == 0
    file.unlink()
    second = applied("--first-entry", str(file))
    assert second.exit_code == 0, second.output
    assert "0 changes applied, 0 people let in" in second.output
    assert not file.exists(), "nobody's password is made anew"
