"""`isotherm edge browse` drafts a config from what a server offers; `isotherm edge cert` makes certificates or pins."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from edge.config import load
from edge.drivers.opcua import certificates
from edge.drivers.opcua.config import OpcuaDevice
from edge.drivers.opcua.driver import OpcuaDriver
from isotherm.commands.edge_opcua import ServerNotReached, browse, cert
from telemetry.clock import SystemClock
from tests.plugins.opcua_peer import a_peer
from tests.plugins.opcua_server import a_line
from tests.plugins.waiting import until

from .conftest import Notebook, running

app = typer.Typer()
app.command()(browse)
app.command()(cert)


async def command(*words: str, answer: str = "") -> Any:
    """Run it as a person does, in a thread of its own, since it runs a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, words, answer)


async def drafted(port: int, file: Path, *words: str) -> OpcuaDevice:
    """The device of a config that was drafted, and that is without mistakes."""
    told = await command("browse", f"opc.tcp://127.0.0.1:{port}", "-o", str(file), "--site", "hainan", *words)
    assert told.exit_code == 0, (told.output, told.exception)
    (device,) = load(file, {}).devices
    assert isinstance(device, OpcuaDevice)
    return device


async def test_what_a_server_offers_becomes_a_config_that_reads_it(
    tmp_path: Path, unused_tcp_port: int, notebook: Notebook
) -> None:
    limits = {"maxNodesPerBrowse": 3, "maxNodesPerRead": 7}
    async with a_peer(tmp_path / "pki", unused_tcp_port, nodes=5, odd=True, limits=limits) as peer:
        device = await drafted(peer.port, tmp_path / "edge.yaml", "--area", "filling")
        assert {point.point: point.node for point in device.points} == {
            **{f"hainan/filling/line/n-{k}": f"s=N{k}" for k in range(5)},
            "hainan/filling/tank-2/jacket-temperature": "s=Tank2.Jacket",
            "hainan/filling/tank-2/node": "s=Tank2.液位",
        }
        assert (device.namespace, device.security) == ("urn:story:line", "none")
        text = (tmp_path / "edge.yaml").read_text("utf-8")
        assert "group: values}  # °C, -20 to 150" in text
        left_out = [line for line in text.splitlines() if line.startswith("#   Line.Tank2")]
        assert left_out == [
            "#   Line.Tank2.Recipe: a String",
            "#   Line.Tank2.Curve: an array of Double",
            "#   Line.Tank2.Secret: may not be read by this user",
        ]
        driver = OpcuaDriver(device, SystemClock(), False)
        groups = load(tmp_path / "edge.yaml", {}).groups
        async with running(driver.run(driver.plan(device.points, groups), notebook.sink)):
            await until(lambda: len({reading.point for reading in notebook.readings}) == 7)
        assert notebook.last("hainan/filling/tank-2/jacket-temperature").value == 4.5
        assert notebook.last("hainan/filling/line/n-3").value == 3.0


async def test_a_folder_with_more_nodes_than_an_answer_may_hold_is_walked_in_parts(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    async with a_peer(tmp_path / "pki", unused_tcp_port, nodes=1_500) as peer:
        device = await drafted(peer.port, tmp_path / "edge.yaml", "--equipment", "line-1", "--period", "5")
    assert [point.node for point in device.points] == [f"s=N{k}" for k in range(1_500)]
    assert device.points[1_499].point == "hainan/area/line-1/line-n-1499"


async def test_the_library_s_own_server_is_walked_too_and_a_file_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "edge.yaml"
    async with a_line(range(3)) as line:
        device = await drafted(line.port, file)
        again = await command("browse", f"opc.tcp://127.0.0.1:{line.port}", "-o", str(file))
    assert [point.point for point in device.points] == [f"hainan/area/127-0-0-1-{line.port}/n-{k}" for k in range(3)]
    assert isinstance(again.exception, certificates.FileExists)


async def test_a_secured_server_is_trusted_by_a_person_and_then_walked_with_the_edge_s_certificate(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    secure = {"modes": ["SignAndEncrypt"], "policies": ["Basic256Sha256"]}
    pki, url = tmp_path / "edge-pki", f"opc.tcp://127.0.0.1:{unused_tcp_port}"
    pinned = pki / f"127-0-0-1-{unused_tcp_port}.der"
    async with a_peer(tmp_path / "pki", unused_tcp_port, nodes=2, **secure) as peer:
        made = await command("cert", str(pki), "--name", "edge-line", "--host", "edge-7.plant")
        assert made.exit_code == 0, made.exception
        refused = await command("cert", str(pki), "--server", url, answer="n\n")
        assert certificates.fingerprint(certificates.load(peer.certificate)) in refused.output
        assert not pinned.exists()
        assert (await command("cert", str(pki), "--server", url, answer="y\n")).exit_code == 0
        assert certificates.load(pinned) == certificates.load(peer.certificate)
        open_ = await command("browse", url)
        assert isinstance(open_.exception, ServerNotReached)
        files = ("--certificate", str(pki / "edge-line.der"), "--key", str(pki / "edge-line.pem"))
        device = await drafted(peer.port, tmp_path / "edge.yaml", *files, "--server-certificate", str(pinned))
    assert (device.security, device.server_certificate, len(device.points)) == ("sign-and-encrypt", pinned, 2)


async def test_an_edge_s_certificate_is_made_once_and_its_key_is_for_its_owner_only(tmp_path: Path) -> None:
    told = await command("cert", str(tmp_path), "--name", "edge-line", "--host", "edge-7.plant", "--host", "10.0.0.7")
    own = certificates.load(tmp_path / "edge-line.der")
    assert certificates.fingerprint(own) in told.output
    assert certificates.application_uri(own) == "urn:isotherm:edge:edge-line"
    assert own.public_key().key_size >= 2048  # type: ignore[union-attr]
    assert own.not_valid_after_utc > datetime.now(UTC) + timedelta(days=365 * 4)
    assert stat.S_IMODE((tmp_path / "edge-line.pem").stat().st_mode) == 0o600
    before = (tmp_path / "edge-line.pem").read_bytes()
    again = await command("cert", str(tmp_path), "--name", "edge-line")
    assert isinstance(again.exception, certificates.FileExists)
    assert before == (tmp_path / "edge-line.pem").read_bytes()
