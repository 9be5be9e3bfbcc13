"""The same at a server of another maker: node-opcua, whose tokens and nonces are as the standard wants them."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edge.memory import memory_path
from tests.plugins.opcua_peer import Peer, a_peer
from tests.plugins.opcua_server import name
from tests.plugins.waiting import until

from .lone_edge import started, written
from .opcua_plant import device, stored
from .test_opcua_security import SECURE, secured

STEP_S = 0.6
"""Six of the server's samples: none misses a value, on a busy machine either."""

TO_START_S = 4.0
"""A program that starts on a busy machine has begun to read by then."""


async def count(peer: Peer, first: int, last: int) -> None:
    for value in range(first, last):
        await peer.write(0, value)
        await asyncio.sleep(STEP_S)


def kept(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"subscriptions": []}
    return found


async def settled(path: Path) -> None:
    await until(lambda: any(each["items"] for each in kept(path)["subscriptions"]), 30)


async def end(program: subprocess.Popen[bytes], how: signal.Signals) -> None:
    program.send_signal(how)
    await asyncio.to_thread(program.wait, 10)


@pytest.mark.parametrize(("security", "how"), [("none", signal.SIGTERM), ("sign-and-encrypt", signal.SIGKILL)])
async def test_what_it_kept_while_the_edge_was_dead_comes_once(
    var: Path, unused_tcp_port: int, security: str, how: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_peer(var / "pki", unused_tcp_port, nodes=2, **({} if security == "none" else SECURE)) as peer:
        access = {} if security == "none" else secured(var, peer.certificate)
        told = {key: str(value) for key, value in access.items()}
        config = written(var, device(peer.port, range(2), **told))
        path = memory_path(var / "buffer", "line")
        program = started(config)
        try:
            await settled(path)
            await count(peer, 1, 5)
            await end(program, how)
            token = kept(path)["token"]
            await count(peer, 5, 10)
            program = started(config)
            await count(peer, 10, 15)
            await settled(path)
            await asyncio.sleep(TO_START_S)  # the buffer is the program's own: nobody sees the last value arrive
            assert kept(path)["token"] == token
        finally:
            await end(program, signal.SIGTERM)
    values = [value for _, value in sorted(set(stored(var / "buffer")[name(0)]))]
    assert [value for k, value in enumerate(values) if value not in values[:k]] == [float(k) for k in range(15)]
    assert len(set(stored(var / "buffer")[name(0)])) == len(stored(var / "buffer")[name(0)])
    assert [value for _, value in stored(var / "buffer")[name(1)]] == [1.0, 1.0]  # told again after the start
    assert "can't go on" not in capfd.readouterr().err
