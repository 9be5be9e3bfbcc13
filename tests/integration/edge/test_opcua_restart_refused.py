"""A session that can not be gone on with after a start of the edge: a new one begins, and that is told."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.ua_binary import nodeid_to_binary

from edge.memory import memory_path
from simulators.cable import Cable
from tests.plugins.waiting import until

from .opcua_plant import STILL, a_plant


async def test_a_group_with_another_queue_gets_a_new_subscription_in_a_new_session_and_the_old_one_is_closed(
    var: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        before = plant.sessions
        await plant.end(signal.SIGTERM)
        plant.start(outage_s=90)
        await until(lambda: bool(plant.sessions) and plant.sessions.isdisjoint(before), 20)
        await until(lambda: plant.items == STILL + 1)
        await plant.end(signal.SIGTERM)
    assert "outlasts another `outage_s`" in capfd.readouterr().err


async def test_a_server_that_was_started_anew_meanwhile_gets_a_new_session_and_that_is_told(
    var: Path, cable: Cable, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"opc.tcp://127.0.0.1:{cable.port}/"
    async with a_plant(var) as plant:
        cable.lead_to("127.0.0.1", plant.line.port)
        plant.start(url=url)
        await until(lambda: plant.has_settled(STILL + 1), 20)
        await plant.end(signal.SIGKILL)
    async with a_plant(var) as plant:
        cable.lead_to("127.0.0.1", plant.line.port)
        plant.start(url=url)
        await until(lambda: plant.items == STILL + 1, 20)
        await plant.is_heard()
        assert len(plant.sessions) == 1
        await plant.end(signal.SIGTERM)
    told = capfd.readouterr().err
    assert "the session of before can't go on" in told
    assert "what the server had kept for the one of before is lost" in told


async def test_a_token_that_is_another_clients_since_the_server_was_started_anew_is_not_used(
    var: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Servers that number their sessions give a token a second time after a start."""
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        (another,) = plant.sessions
        await plant.end(signal.SIGKILL)
        start_time = plant.line.server.get_node(ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_StartTime)))
        await start_time.write_value(datetime.now(UTC))
        plant.start()
        await until(lambda: plant.items == 2 * (STILL + 1), 20)
        await plant.end(signal.SIGTERM)
        assert len(plant.sessions) == 2
        assert another in plant.sessions
    assert "started anew" in capfd.readouterr().err


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def another_token(path: Path) -> None:
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"token": nodeid_to_binary(ua.NodeId(ua.Int32(77_777))).hex()}))


def without_items(path: Path) -> None:
    kept = json.loads(path.read_text())
    kept["subscriptions"][0]["names"] = []
    path.write_text(json.dumps(kept))


def open_to_all(path: Path) -> None:
    path.chmod(0o644)


@pytest.mark.parametrize("damage", [cut_short, another_token, without_items, open_to_all])
async def test_what_was_kept_and_is_damaged_costs_a_new_session_and_is_told(
    var: Path, capfd: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        before = plant.sessions
        await plant.end(signal.SIGKILL)
        damage(memory_path(plant.buffer, "line"))
        capfd.readouterr()
        plant.start()
        await until(lambda: len(plant.sessions - before) == 1, 20)
        await until(lambda: plant.has_settled(STILL + 1), 20)
        await plant.end(signal.SIGTERM)
    told = capfd.readouterr().err
    assert any(word in told for word in ("new session", "can't be read", "can't go on"))


async def test_a_server_that_breaks_off_at_a_token_it_does_not_know_is_read_in_a_new_session(
    var: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_plant(var) as plant:
        server = plant.line.server
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        before = plant.sessions
        await plant.end(signal.SIGKILL)

        def break_off(_: ua.NodeId) -> None:
            assert server.bserver is not None
            for client in server.bserver.clients:
                if client.transport is not None:
                    client.transport.abort()

        monkeypatch.setattr(server.iserver, "lookup_external_session", break_off)
        plant.start()
        await until(lambda: len(plant.sessions - before) == 1, 30)
        await until(lambda: plant.has_settled(STILL + 1), 20)
        await plant.end(signal.SIGTERM)
    assert "the server breaks off" in capfd.readouterr().err


async def test_a_subscription_that_the_server_has_ended_meanwhile_is_made_anew_in_the_same_session(
    var: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        sessions, before = plant.sessions, plant.subscriptions
        await plant.end(signal.SIGKILL)
        await until(plant.is_cut_off)  # a session without subscriptions ends with its connection
        await plant.line.server.iserver.subscription_service.delete_subscriptions(list(before))
        plant.start()
        await until(lambda: plant.items == STILL + 1 and plant.subscriptions.isdisjoint(before), 20)
        await plant.is_heard()
        await plant.end(signal.SIGTERM)
        assert plant.sessions == sessions
    assert "the server has ended the subscription" in capfd.readouterr().err
