"""What a person reads on the terminal when something is wrong: no stack of Python, the place, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isotherm import cli
from isotherm.engines.ports import free_port


def isotherm(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "isotherm", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


def test_each_mistake_of_an_edge_stands_on_a_line_with_file_and_line(tmp_path: Path) -> None:
    config = tmp_path / "edge-1.yaml"
    config.write_text("edge: edge-1\nsite: hainan\ngroups: {}\n")
    answer = isotherm("edge", "check", str(config))
    assert answer.returncode == 2
    assert f"{config}:3: " in answer.stdout
    assert "`devices` is missing" in answer.stdout


@pytest.mark.parametrize("command", [("db", "migrate"), ("audit", "verify")])
def test_a_database_that_is_not_there_is_told_in_a_sentence(command: tuple[str, ...]) -> None:
    nowhere = f"postgresql://somebody:secret@127.0.0.1:{free_port()}/plant"
    answer = isotherm(*command, ISOTHERM_DATABASE_OWNER_URL=nowhere, ISOTHERM_DATABASE_URL=nowhere)
    assert answer.returncode == 2
    assert "DatabaseAway" in answer.stdout
    assert "Traceback" not in answer.stderr


def test_a_scenario_with_a_typo_is_told_before_anything_starts(tmp_path: Path) -> None:
    answer = isotherm("demo", "--scenario", "cold-room-2", "--var", str(tmp_path / "var"))
    assert (answer.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "cold-room-2-compressor, none" in answer.stdout


def test_a_port_that_cannot_be_is_told_before_anything_starts(tmp_path: Path) -> None:
    answer = isotherm("demo", "--port", "99999", "--var", str(tmp_path / "var"))
    assert (answer.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "65535" in answer.stderr


def test_a_check_shows_points_and_addresses_whole_however_narrow_the_terminal(tmp_path: Path) -> None:
    point = "hainan/cold-store/cold-room-1-compressor/coil-temperature"
    device = f"{{name: plc, driver: modbus, host: 127.0.0.1, port: {free_port()}, points: [{{point: {point}, unit: 1, "
    config = tmp_path / "edge-1.yaml"
    config.write_text(
        f"edge: edge-1\nsite: hainan\nuplink: {{url: nats://127.0.0.1}}\nbuffer: {{folder: {tmp_path}}}\n"
        "groups: {machines: {period_s: 1}}\n"
        f"devices:\n  - {device}area: input, address: 12, type: int16, group: machines}}]}}\n"
    )
    answer = isotherm("edge", "check", str(config), "--seconds", "1", COLUMNS="80")
    assert answer.returncode == 1
    [line] = [line for line in answer.stdout.splitlines() if point in line]
    assert "no value" in line
    assert line.endswith("unit 1 input 12 int16")


def test_ctrl_c_while_the_program_is_loaded_ends_it_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "build", broken_off)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
