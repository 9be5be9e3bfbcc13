"""docker-compose.yml is held against the program: its commands exist, its settings are known, its secrets are made."""

from __future__ import annotations

import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from isotherm.cli import build
from isotherm.engines import nats
from isotherm.settings import Settings

ROOT = Path(__file__).parents[2]
PLANT: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
PROGRAMS = {name: s for name, s in PLANT["services"].items() if s.get("image", "").startswith("isotherm")}
KNOWN = {f"ISOTHERM_{each.name.upper()}" for each in fields(Settings)} | {"ISOTHERM_EDGE_KEY"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_command_is_one_of_the_programs(name: str) -> None:
    """With --help added, the words are parsed and nothing is done: an unknown command or option is an error."""
    done = CliRunner().invoke(build(), [*PROGRAMS[name]["command"], "--help"])
    assert done.exit_code == 0, done.output


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    assert CliRunner().invoke(build(), ["gateways", "--help"]).exit_code != 0
    assert CliRunner().invoke(build(), ["edge", "run", "edge-1.yaml", "--fast", "--help"]).exit_code != 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_setting_is_known(name: str) -> None:
    given = [key for key in PROGRAMS[name].get("environment", {}) if key.startswith("ISOTHERM_")]
    assert [key for key in given if key.removesuffix("_FILE") not in KNOWN] == []


def test_every_secret_that_is_read_is_made(tmp_path: Path) -> None:
    words = PROGRAMS["secrets"]["command"]
    done = CliRunner().invoke(build(), ["deploy", "secrets", str(tmp_path), *words[3:]], catch_exceptions=False)
    assert done.exit_code == 0
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    wanted = {word.strip('",]') for word in text.split() if word.startswith(("/secrets/", '"/secrets/'))}
    missing = [path for path in wanted if not (tmp_path / path.strip('"').removeprefix("/secrets/")).exists()]
    assert missing == []
    assert len(wanted) >= 5


def test_the_stream_accepts_its_configuration(tmp_path: Path) -> None:
    CliRunner().invoke(build(), ["deploy", "secrets", str(tmp_path), "--edge", "edge-1"], catch_exceptions=False)
    config = tmp_path / "nats.conf"
    config.write_text(config.read_text("utf-8").replace('"/data"', f'"{tmp_path}"'))
    checked = subprocess.run([str(nats.binary()), "-t", "-c", str(config)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_the_production_plant_is_whole() -> None:
    images = {name: service.get("image", "") for name, service in PLANT["services"].items()}
    assert images["database"].startswith("timescale/timescaledb:")
    assert images["nats"].startswith("nats:")
    assert {"gateway", "watch", "web", "edge", "migrate"} <= PROGRAMS.keys()
