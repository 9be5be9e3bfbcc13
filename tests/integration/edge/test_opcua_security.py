"""Secured connections: encrypted unless a person wrote otherwise, to the one pinned server, and never lowered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from asyncua.server.server import Server

from edge.drivers.opcua import certificates
from simulators.cable import Cable
from telemetry.quality import is_good
from tests.plugins.opcua_peer import a_peer
from tests.plugins.opcua_server import GROUPS, URI, Line, a_driver, a_line, name
from tests.plugins.opcua_space import initialised
from tests.plugins.waiting import until

from .conftest import Notebook, running

SECURE = {"modes": ["SignAndEncrypt"], "policies": ["Basic256Sha256"]}
EDGE_URI, SERVER_URI = "urn:isotherm:edge:story", "urn:story:server"


def an_identity(folder: Path, who: str, uri: str, days: int = 30) -> dict[str, Path]:
    """Files of a certificate and its key; with days below zero it has expired."""
    now = datetime.now(UTC) + timedelta(days=min(0, days - 1))
    made = certificates.make(who, uri, ["127.0.0.1", "localhost"], now, abs(days) if days > 0 else 1)
    files = {"certificate": folder / f"{who}.der", "key": folder / f"{who}.pem"}
    certificates.save(files["certificate"], made.certificate, 0o644)
    certificates.save(files["key"], made.key, 0o600)
    return files


def secured(folder: Path, server_certificate: Path, **settings: Any) -> dict[str, Any]:
    own = an_identity(folder, "edge", EDGE_URI)
    return {"security": "sign-and-encrypt", **own, "server_certificate": server_certificate, **settings}


@asynccontextmanager
async def a_secured_line(folder: Path, days: int = 30) -> AsyncIterator[tuple[Line, Path]]:
    """A server of asyncua that only takes signed and encrypted connections, and its certificate."""
    own = an_identity(folder, "server", SERVER_URI, days)
    server = await initialised(Server())
    server.set_endpoint("opc.tcp://127.0.0.1:0/")
    await server.set_application_uri(SERVER_URI)
    server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
    await server.load_certificate(str(own["certificate"]))
    await server.load_private_key(str(own["key"]))
    server.disable_clock()
    line = Line(server, await server.register_namespace(URI))
    await line.add(range(2))
    async with server:
        yield line, own["certificate"]


@pytest.mark.parametrize("mode", ["Sign", "SignAndEncrypt"])
async def test_a_server_of_another_maker_is_read_over_a_secured_connection(
    tmp_path: Path, unused_tcp_port: int, notebook: Notebook, cable: Cable, mode: str
) -> None:
    settings = {**SECURE, "modes": [mode]}
    async with a_peer(tmp_path / "pki", unused_tcp_port, nodes=2, **settings) as peer:
        cable.lead_to("127.0.0.1", peer.port)
        asked = secured(tmp_path, peer.certificate) | {"security": "sign" if mode == "Sign" else "sign-and-encrypt"}
        driver, device = a_driver(cable.port, range(2), **asked)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) == 2)
            until_when = driver.health().certificate_until
            cable.cut("story")
            await peer.write(0, 5.0)
            cable.mend("story")
            await until(lambda: notebook.last(name(0)).value == 5.0, 30)  # over a new channel, in the same session
            assert driver.health().gaps == 0
        assert until_when is not None
        assert timedelta(days=29) < until_when - datetime.now(UTC) < timedelta(days=31)


async def refused(notebook: Notebook, port: int, settings: dict[str, Any]) -> str:
    """The reason for which a driver does not read a server."""
    driver, device = a_driver(port, range(1), **settings)
    async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
        await until(lambda: driver.health().link == "lost", 30)
        await until(lambda: len(notebook.readings) == 1)
    assert not any(is_good(reading.quality) for reading in notebook.readings)
    return driver.health().reason


async def test_a_server_that_offers_no_security_is_refused_and_not_read_without(
    tmp_path: Path, notebook: Notebook
) -> None:
    pinned = an_identity(tmp_path, "server", SERVER_URI)["certificate"]
    async with a_line(range(1)) as line:
        reason = await refused(notebook, line.port, secured(tmp_path, pinned))
    told = "the server does not offer sign-and-encrypt with Basic256Sha256, only none; security is never lowered"
    assert reason == told


async def test_a_server_with_another_certificate_than_the_pinned_one_is_refused(
    tmp_path: Path, notebook: Notebook
) -> None:
    pinned = an_identity(tmp_path, "another", SERVER_URI)["certificate"]
    async with a_secured_line(tmp_path) as (line, theirs):
        reason = await refused(notebook, line.port, secured(tmp_path, pinned))
    ours, given = (certificates.fingerprint(certificates.load(path)) for path in (pinned, theirs))
    assert reason == f"the server's certificate is another than the pinned one: {given}, pinned {ours}"


async def test_a_server_whose_certificate_has_expired_is_read_and_that_is_said(
    tmp_path: Path, notebook: Notebook
) -> None:
    """Its key is still the pinned one. What would be gained by losing its readings?"""
    async with a_secured_line(tmp_path, days=-5) as (line, theirs):
        driver, device = a_driver(line.port, range(2), **secured(tmp_path, theirs))
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) == 2)
            health = driver.health()
    assert health.link == "degraded"
    assert health.reason.startswith("the server's certificate has expired on ")
    assert health.certificate_until is not None
    assert health.certificate_until < datetime.now(UTC)


async def test_a_certificate_file_that_is_not_there_is_told_with_what_makes_it(
    tmp_path: Path, notebook: Notebook
) -> None:
    async with a_line(range(1)) as line:
        reason = await refused(notebook, line.port, secured(tmp_path, tmp_path / "plc.der"))
    assert "isotherm edge cert" in reason
    assert "plc.der" in reason
