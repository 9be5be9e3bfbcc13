"""Between edge and plant nobody listens, nobody stands in between, and nobody talks either of them out of it."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import nats.errors
import paho.mqtt.client as paho
import pytest
from cryptography import x509
from nats.aio.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from typer.testing import CliRunner

from edge.expiry import certificate_until, uplink_until
from edge.uplink.config import TlsConfig, UplinkConfig
from edge.uplink.options import options, served_until
from edge.uplink.uplink import _close as close
from gateway import ingest
from gateway.ingest import IngestSettings, run_ingest
from isotherm import certificates
from isotherm.certificates import SERVER_FOR, Certificates
from isotherm.commands import deploy
from isotherm.engines import nats as engine
from isotherm.engines.nats import NatsServer, Tls
from isotherm.engines.ports import free_port
from telemetry.clock import SystemClock
from telemetry.trust import TrustUnusable
from tests.plugins.database import Database
from tests.plugins.stream import SITE, await_port, known_to_server
from tests.plugins.waiting import until

from .conftest import running

SOON = timedelta(days=30)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection whose handshake failed takes all the time that it is given to close."""
    monkeypatch.setattr("edge.uplink.uplink._CLOSE_WITHIN_S", 0.1)


def made_in(folder: Path, *hosts: str) -> Certificates:
    return certificates.ensure(folder, hosts, SystemClock().now(), renew_within=SOON)


@pytest.fixture
def plants(tmp_path: Path) -> Certificates:
    """The certificates of this plant; its server is known as localhost."""
    return made_in(tmp_path / "tls", "localhost")


@pytest.fixture
def secured(tmp_path: Path, plants: Certificates) -> Iterator[NatsServer]:
    """A nats-server that speaks TLS only, to edges, programs and trucks."""
    folder, tls = tmp_path / "nats", Tls(str(plants.server), str(plants.server_key))
    server = engine.prepare(folder, free_port(), free_port(), site=SITE, edges=["edge-line"], by_password=[], tls=tls)
    process = subprocess.Popen(server.command())
    try:
        await_port(server.port)
        await_port(server.mqtt_port)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def uplink(server: NatsServer, ca: Path | None, host: str = "localhost", scheme: str = "tls") -> UplinkConfig:
    tls = None if ca is None else TlsConfig(ca=ca)
    return UplinkConfig(url=f"{scheme}://{host}:{server.port}", key_file=server.keys["edge-line"], tls=tls)


@asynccontextmanager
async def connected(way: UplinkConfig) -> AsyncIterator[Client]:
    async def told(_: Exception) -> None:
        """What goes wrong is raised too."""

    client = Client()
    try:
        await client.connect(**options(way), allow_reconnect=False, connect_timeout=5, error_cb=told)
        yield client
    finally:
        await close(client)


async def refusal(way: UplinkConfig) -> str:
    with pytest.raises((OSError, nats.errors.Error)) as refused:
        async with connected(way):
            pass
    return str(refused.value)


@pytest.mark.parametrize("scheme", ["tls", "nats"])  # the CA alone asks for it too
async def test_who_trusts_the_plants_authority_connects(secured: NatsServer, plants: Certificates, scheme: str) -> None:
    async with connected(uplink(secured, plants.ca, scheme=scheme)) as edge:
        await edge.publish(f"readings.{SITE}.edge-line", b"42")
        await known_to_server(edge)


async def test_a_server_of_another_authority_or_another_name_is_refused(
    secured: NatsServer, plants: Certificates, tmp_path: Path
) -> None:
    other = made_in(tmp_path / "other", "localhost")
    assert "certificate verify failed" in await refusal(uplink(secured, other.ca))
    assert "127.0.0.1" in await refusal(uplink(secured, plants.ca, host="127.0.0.1"))
    assert "certificate verify failed" in await refusal(uplink(secured, None))  # the system does not know this plant


async def test_an_edge_reaches_the_plant_with_what_deploy_secrets_writes(tmp_path: Path) -> None:
    words = ["secrets", str(tmp_path), "--edge", "edge-1", "--host", "plant.example"]
    assert CliRunner().invoke(deploy.app, words, catch_exceptions=False).exit_code == 0
    port, mqtt_port = free_port(), free_port()
    config = tmp_path / "here.conf"
    text = (tmp_path / "nats.conf").read_text().replace(":4222", f":{port}").replace(":8883", f":{mqtt_port}")
    config.write_text(text.replace('"/data"', f'"{tmp_path}/data"'))
    process = await asyncio.to_thread(subprocess.Popen, [str(engine.binary()), "-c", str(config)])
    try:
        await asyncio.to_thread(await_port, port)
        seed, ca = tmp_path / "keys" / "edge-1.seed", tmp_path / "tls" / "ca.pem"
        async with connected(UplinkConfig(url=f"tls://localhost:{port}", key_file=seed, tls=TlsConfig(ca=ca))) as edge:
            await edge.publish(f"readings.{SITE}.edge-1", b"42")
            await known_to_server(edge)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 10)


class Eavesdropper:
    """Listens where the plant should be, says what nats-server says in plain, and writes down what it hears."""

    def __init__(self) -> None:
        self.heard = b""
        self.port = self.met = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met += 1
        writer.write(b'INFO {"server_id":"x","version":"2.15.1","proto":1,"auth_required":true,"nonce":"abc"}\r\n')
        self.heard += await reader.read(4096)
        writer.write(b"PONG\r\n")
        writer.close()


@asynccontextmanager
async def eavesdropping() -> AsyncIterator[Eavesdropper]:
    listener = Eavesdropper()
    server = await asyncio.start_server(listener.meet, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    async with server:
        yield listener


@pytest.mark.parametrize("scheme", ["tls", "nats"])
async def test_no_word_is_said_in_plain_to_who_claims_that_the_plant_has_no_tls(
    plants: Certificates, secured: NatsServer, scheme: str
) -> None:
    async with eavesdropping() as listener:
        way = uplink(secured, plants.ca, scheme=scheme)
        host, _, _ = way.url.rpartition(":")
        assert await refusal(way.model_copy(update={"url": f"{host}:{listener.port}"}))
    assert listener.heard.startswith(b"\x16\x03")  # a TLS handshake begins, and nothing else was said
    assert b"CONNECT" not in listener.heard


async def test_the_server_says_no_word_in_plain_either(secured: NatsServer) -> None:
    reader, writer = await asyncio.open_connection("localhost", secured.port)
    writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
    assert b"INFO" not in await reader.read(1024)
    writer.close()


async def test_the_plants_programs_trust_the_same_authority(
    secured: NatsServer, plants: Certificates, database: Database
) -> None:
    settings = IngestSettings(
        f"tls://localhost:{secured.port}",
        "gateway",
        secured.passwords["gateway"],
        database.app,
        SITE,
        ca=str(plants.ca),
    )
    stop = asyncio.Event()
    async with running(run_ingest(settings, stop)) as working, connected(uplink(secured, plants.ca)) as edge:
        inbox = await edge.subscribe("_INBOX_edge-line.a")
        await known_to_server(edge)

        async def asks() -> bytes:
            await edge.publish(f"cursor-ask.{SITE}.edge-line", b"nonsense", reply="_INBOX_edge-line.a")
            try:
                return (await inbox.next_msg(0.2)).data
            except nats.errors.TimeoutError:
                return b""

        async with asyncio.timeout(20):
            while not (answer := await asks()):
                pass
        stop.set()
        await working
    assert b"BadCursorQuestion" in answer


async def test_a_truck_connects_over_tls(secured: NatsServer, plants: Certificates) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, "truck-1", protocol=paho.MQTTv311)
    client.username_pw_set("loggers", secured.passwords["loggers"])
    client.tls_set(str(plants.ca), tls_version=ssl.PROTOCOL_TLS_CLIENT)
    client.connect("localhost", secured.mqtt_port)
    client.loop_start()
    try:
        await until(client.is_connected, 10)
    finally:
        client.disconnect()
        client.loop_stop()


async def test_a_certificate_is_renewed_before_it_expires_and_nobody_is_disconnected(
    secured: NatsServer, plants: Certificates
) -> None:
    first, now = certificate_until(plants.server), SystemClock().now()
    certificates.ensure(plants.folder, ["localhost"], now, renew_within=SOON)
    assert certificate_until(plants.server) == first  # a year is left
    async with connected(uplink(secured, plants.ca)) as edge:
        later = now + SERVER_FOR - timedelta(days=20)
        certificates.ensure(plants.folder, ["localhost"], later, renew_within=SOON)
        assert certificate_until(plants.server) > first
        certificates.make_server(plants, ["plant.example", "10.1.2.3"], now)  # valid now, for the handshake
        assert engine.reload(secured.folder)
        expected = x509.load_pem_x509_certificate(plants.server.read_bytes()).serial_number
        async with asyncio.timeout(10):
            while {await served(port, plants.ca) for port in (secured.port, secured.mqtt_port)} != {expected}:  # noqa: ASYNC110 - the server gives no event
                await asyncio.sleep(0.05)
        await known_to_server(edge)
    async with connected(uplink(secured, plants.ca)):  # the names it had are kept
        pass


async def test_the_expiry_that_an_edge_tells_is_of_the_certificate_that_the_server_shows(
    secured: NatsServer, plants: Certificates, nats_server: NatsServer
) -> None:
    async with connected(uplink(secured, plants.ca)) as edge:
        assert served_until(edge) == certificate_until(plants.server)
    async with connected(UplinkConfig(url=nats_server.url, key_file=nats_server.keys["edge-line"])) as plain:
        assert served_until(plain) is None


async def served(port: int, ca: Path) -> int:
    """The serial number of the certificate that the server shows."""
    context = ssl.create_default_context(cafile=str(ca))
    _, writer = await asyncio.open_connection("localhost", port, ssl=context)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return x509.load_der_x509_certificate(shown).serial_number


def test_expiry_is_told_and_files_that_hold_no_certificate_are_told_too(plants: Certificates, tmp_path: Path) -> None:
    way = UplinkConfig(url="tls://plant", tls=TlsConfig(ca=plants.ca))
    assert uplink_until(way) == certificate_until(plants.ca)
    assert uplink_until(UplinkConfig(url="tls://plant")) is None
    wrong = tmp_path / "ca.pem"
    for content in ("", "hello"):
        wrong.write_text(content)
        with pytest.raises(TrustUnusable, match=r"ca\.pem"):
            options(UplinkConfig(url="tls://plant", tls=TlsConfig(ca=wrong)))
    with pytest.raises(TrustUnusable, match="missing"):
        options(UplinkConfig(url="tls://plant", tls=TlsConfig(ca=tmp_path / "missing.pem")))


async def test_a_gateway_whose_handshake_fails_tries_again(
    plants: Certificates, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "CONNECT_S", 0.5)
    async with eavesdropping() as listener:
        address = f"tls://localhost:{listener.port}"
        settings = IngestSettings(address, "gateway", "secret", database.app, SITE, ca=str(plants.ca))
        async with running(run_ingest(settings, asyncio.Event())):
            await until(lambda: listener.met > 1, 20)
    assert b"secret" not in listener.heard
