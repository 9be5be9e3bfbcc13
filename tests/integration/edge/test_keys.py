"""Each edge goes by its own key: it speaks under its own name, hears what is its own, and can be shut out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from edge.uplink.config import UplinkConfig
from edge.uplink.options import options
from edge.uplink.own_key import KeyExists, KeyUnusable, NoPublicKey, make_key, public_key
from isotherm.engines import edge_keys
from isotherm.engines import nats as engine
from isotherm.engines.edge_keys import EdgeNotRegistered, KeyTaken, NoEdgeName
from isotherm.engines.nats import NatsServer
from tests.plugins.stream import SITE, known_to_server
from tests.plugins.waiting import until


@asynccontextmanager
async def by_key(server: NatsServer, seed: Path, told: list[str]) -> AsyncIterator[Client]:
    """A connection that an edge's settings lead to; what the server refuses stands in `told`."""

    async def tell(error: Exception) -> None:
        told.append(str(error))

    client, uplink = Client(), UplinkConfig(url=server.url, key_file=seed)
    inbox = f"_INBOX_{seed.stem}".encode()
    try:
        await client.connect(**options(uplink), inbox_prefix=inbox, allow_reconnect=False, error_cb=tell)
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def gateway_of(server: NatsServer) -> AsyncIterator[Client]:
    client = await nats.connect(server.url, user="gateway", password=server.passwords["gateway"])
    try:
        yield client
    finally:
        await client.close()


async def lets_in(server: NatsServer, seed: Path) -> bool:
    try:
        async with by_key(server, seed, []):
            return True
    except ConnectionResetError:  # it hung up before its reason was read
        return False
    except nats.errors.Error as error:
        if "authorization" in str(error).lower():
            return False
        raise


async def test_an_edge_goes_by_its_key_and_the_server_knows_only_the_public_half(nats_server: NatsServer) -> None:
    seed = nats_server.keys["edge-line"]
    config = (nats_server.folder / "nats.conf").read_text()
    assert public_key(seed) in config
    assert seed.read_text().strip() not in config
    assert seed.stat().st_mode & 0o777 == 0o600
    assert await lets_in(nats_server, seed)
    async with gateway_of(nats_server) as plant, by_key(nats_server, seed, []) as edge:
        heard = await plant.subscribe("readings.>")
        await known_to_server(plant)
        await edge.publish(f"readings.{SITE}.edge-line", b"mine")
        await known_to_server(edge)
        assert (await heard.next_msg(5)).data == b"mine"


@pytest.mark.parametrize(
    "subject",
    [
        f"readings.{SITE}.edge-cold-store",
        f"backlog.{SITE}.edge-cold-store",
        f"cursor-ask.{SITE}.edge-cold-store",
        f"config-ask.{SITE}.edge-cold-store",
        f"config-status.{SITE}.edge-cold-store",
        f"config.{SITE}.edge-line",  # an edge does not send itself a config
        f"cursor.{SITE}.edge-line",
        "readings.other-site.edge-line",
        "events.excursion.opened",
        "$JS.API.STREAM.LIST",
        "$JS.API.STREAM.DELETE.READINGS",
        "$JS.API.STREAM.MSG.GET.READINGS",
        "$JS.ACK.READINGS.ingest-live.1.1.1.1.0",
        "trucks.truck-1.telemetry",
    ],
)
async def test_it_may_not_publish_what_is_not_its_own(nats_server: NatsServer, subject: str) -> None:
    told: list[str] = []
    async with gateway_of(nats_server) as plant, by_key(nats_server, nats_server.keys["edge-line"], told) as edge:
        heard: list[Msg] = []

        async def hear(message: Msg) -> None:
            heard.append(message)

        await plant.subscribe(subject, cb=hear)
        await known_to_server(plant)
        await edge.publish(subject, b"not mine")
        await until(lambda: bool(told), 5)
        await known_to_server(plant)
    assert "permissions violation for publish" in told[0].lower()
    assert heard == []


@pytest.mark.parametrize(
    "subject",
    [
        ">",
        "*.*.*",
        f"cursor.{SITE}.*",
        f"cursor.{SITE}.edge-cold-store",
        f"config.{SITE}.edge-cold-store",
        f"config.{SITE}.>",
        "_INBOX_edge-cold-store.>",
        "_INBOX.>",
        f"readings.{SITE}.edge-line",
        "trucks.>",
    ],
)
async def test_it_may_not_hear_what_is_not_its_own(nats_server: NatsServer, subject: str) -> None:
    told: list[str] = []
    async with by_key(nats_server, nats_server.keys["edge-line"], told) as edge:
        await edge.subscribe(subject)
        await until(lambda: bool(told), 5)
    assert "permissions violation for subscription" in told[0].lower()


async def test_an_edge_whose_key_was_made_elsewhere_is_let_in_and_shut_out_while_the_others_stay(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    seed = tmp_path / "edge-new.seed"
    public = make_key(seed)
    told: list[str] = []
    async with by_key(nats_server, nats_server.keys["edge-line"], told) as line, gateway_of(nats_server) as plant:
        assert not await lets_in(nats_server, seed)
        engine.register(nats_server.folder, "edge-new", public)
        assert engine.reload(nats_server.folder)
        async with asyncio.timeout(5):
            while not await lets_in(nats_server, seed):  # noqa: ASYNC110 - the server gives no event
                await asyncio.sleep(0.05)
        async with by_key(nats_server, seed, []) as new:
            engine.revoke(nats_server.folder, "edge-new")
            assert engine.reload(nats_server.folder)
            await until(lambda: new.is_closed, 5)
        assert not await lets_in(nats_server, seed)
        await known_to_server(line)  # neither was disturbed by either change
        await known_to_server(plant)
        assert plant.stats["reconnects"] == 0
    assert told == []


def test_a_revoked_key_is_not_made_again_by_the_next_start(nats_server: NatsServer) -> None:
    engine.revoke(nats_server.folder, "edge-line")
    again = engine.prepare(nats_server.folder, 1, 2, site=SITE, edges=["edge-line", "edge-fleet"])
    config = (again.folder / "nats.conf").read_text()
    assert public_key(nats_server.keys["edge-line"]) not in config
    assert "edge-line" not in config  # nor does the password that it had let it in
    assert public_key(nats_server.keys["edge-fleet"]) in config
    with pytest.raises(EdgeNotRegistered):
        engine.revoke(nats_server.folder, "edge-of-nobody")


def test_an_edge_that_goes_by_a_password_can_be_shut_out_too(tmp_path: Path) -> None:
    words = {"site": SITE, "edges": ["edge-old"], "by_password": ["edge-old"]}
    first = engine.prepare(tmp_path, 1, 2, **words)  # type: ignore[arg-type]
    password = first.passwords["edge-old"]
    assert password in (tmp_path / "nats.conf").read_text()
    engine.revoke(tmp_path, "edge-old")
    assert "edge-old" not in (tmp_path / "nats.conf").read_text()
    engine.prepare(tmp_path, 1, 2, **words)  # type: ignore[arg-type]
    assert "edge-old" not in (tmp_path / "nats.conf").read_text()


def test_one_key_belongs_to_one_edge_and_no_edge_is_named_as_a_program(nats_server: NatsServer, tmp_path: Path) -> None:
    folder = nats_server.folder
    with pytest.raises(KeyTaken, match="edge-line"):
        engine.register(folder, "edge-2", public_key(nats_server.keys["edge-line"]))
    key = make_key(tmp_path / "edge-2.seed")
    for name in ("gateway", "Edge 2", 'x", permissions: {}', "edge.>"):
        with pytest.raises(NoEdgeName):
            engine.register(folder, name, key)
        with pytest.raises(NoEdgeName):
            engine.prepare(tmp_path / "other", 1, 2, site=SITE, edges=[name])
    seed = nats_server.keys["edge-fleet"].read_text()
    for wrong in (seed, "", "U", "UABC", public_key(nats_server.keys["edge-fleet"])[:-1] + "B"):
        with pytest.raises(NoPublicKey) as refused:
            engine.register(folder, "edge-2", wrong)
        assert seed[4:].strip() not in str(refused.value)  # who pastes the seed by mistake does not find it in a log
    assert "edge-2" not in edge_keys.registered(folder)


def test_a_key_that_others_can_read_is_not_used_and_a_key_is_never_written_over(tmp_path: Path) -> None:
    seed = tmp_path / "edge.seed"
    make_key(seed)
    before = seed.read_text()
    with pytest.raises(KeyExists):
        make_key(seed)
    assert seed.read_text() == before
    seed.chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        options(UplinkConfig(url="nats://plant", key_file=seed))
    seed.chmod(0o600)
    seed.write_text("not a seed")
    with pytest.raises(KeyUnusable, match="no seed"):
        options(UplinkConfig(url="nats://plant", key_file=seed))
    with pytest.raises(KeyUnusable, match="No such file"):
        options(UplinkConfig(url="nats://plant", key_file=tmp_path / "missing"))
