"""What `isotherm deploy` writes: who may read it, what a second run keeps, how a key is added and revoked."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge.expiry import certificate_until
from edge.uplink.own_key import public_key
from isotherm.commands.deploy import app
from isotherm.commands.edge_key import key
from isotherm.engines.nats import NoStreamHere


def typed(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def made(folder: Path, *words: str) -> str:
    done = typed("secrets", folder, "--edge", "edge-1", *words)
    assert done.exit_code == 0, done.output
    return (folder / "nats.conf").read_text()


def test_an_edges_seed_is_made_and_the_server_gets_its_public_half(tmp_path: Path) -> None:
    config = made(tmp_path)
    seed = tmp_path / "keys" / "edge-1.seed"
    assert public_key(seed) in config
    assert seed.read_text().strip() not in config
    assert not (tmp_path / "nats_edge-1_password").exists()


def test_tls_is_on_for_edges_and_trucks_unless_it_is_put_off(tmp_path: Path) -> None:
    config = made(tmp_path / "on")
    assert "handshake_first: true" in config
    assert config.count("tls {") == 2
    assert ":8883" in config
    assert made(tmp_path / "plain-mqtt", "--no-mqtt-tls").count("tls {") == 1
    plain = made(tmp_path / "off", "--no-tls")
    assert "tls" not in plain
    assert ":1883" in plain
    assert not (tmp_path / "off" / "tls").exists()


def test_nobody_else_can_read_a_secret_and_programs_only_what_they_need(tmp_path: Path) -> None:
    made(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o400}
    if os.geteuid() == 0:
        roots = {path.name for path in files if path.stat().st_uid == 0}
        assert roots == {
            "nats.conf",
            "nats.json",
            "passwords.json",
            "edge-keys.json",
            "ca-key.pem",
            "server-key.pem",
        }


def test_a_second_run_keeps_what_is_there_and_what_was_registered_since(tmp_path: Path) -> None:
    made(tmp_path)
    kept = {p: p.read_text() for p in tmp_path.rglob("*") if p.is_file() and p.suffix in {".seed", ".pem", ""}}
    other = public_key(_seed(tmp_path))
    assert typed("edge-key", tmp_path, "edge-2", other).exit_code == 0
    config = made(tmp_path)
    assert {path: path.read_text() for path in kept} == kept
    assert other in config
    assert typed("edge-key", tmp_path, "edge-1", "--revoke").exit_code == 0
    assert public_key(tmp_path / "keys" / "edge-1.seed") not in made(tmp_path)


def _seed(folder: Path) -> Path:
    seed = folder.with_name("edge-2.seed")
    key(seed)
    return seed


def test_an_edges_key_is_made_on_the_edge_once_and_only_its_public_half_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = tmp_path / "edge.seed"
    key(seed)
    key(seed)
    first, second = capsys.readouterr().out.split()
    assert first == second == public_key(seed)


def test_a_new_name_of_the_plant_gets_into_the_servers_certificate(tmp_path: Path) -> None:
    made(tmp_path)
    server = tmp_path / "tls" / "server.pem"
    first = server.read_bytes()
    made(tmp_path)
    assert server.read_bytes() == first
    shown = typed("certificates", tmp_path, "--host", "plant.example")
    assert server.read_bytes() != first
    assert f"server: until {certificate_until(server):%Y-%m-%d}" in shown.output
    named = server.read_bytes()
    typed("certificates", tmp_path, "--new")
    assert server.read_bytes() != named


def test_a_key_needs_a_plant_and_either_a_value_or_to_be_revoked(tmp_path: Path) -> None:
    assert isinstance(typed("edge-key", tmp_path / "nowhere", "edge-1", "--revoke").exception, NoStreamHere)
    made(tmp_path)
    both = typed("edge-key", tmp_path, "edge-1", "UABC", "--revoke")
    neither = typed("edge-key", tmp_path, "edge-1")
    assert "OneOfTwo" in {type(both.exception).__name__} & {type(neither.exception).__name__}
