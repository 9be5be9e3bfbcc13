"""An OPC UA server of another maker, node-opcua, as a process of its own: `tests/peers/opcua.js`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PEERS = Path(__file__).parents[1] / "peers"
START_S = 60


@dataclass
class Peer:
    """The server; its certificate is at `certificate`."""

    process: Process
    port: int
    pki: Path

    @property
    def certificate(self) -> Path:
        return self.pki / "own" / "certs" / "certificate.pem"

    async def write(self, k: int, value: float) -> None:
        await self._command(f"write {k} {value}")

    async def fail(self, k: int) -> None:
        await self._command(f"bad {k}")

    async def _command(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self._said("done")

    async def _said(self, word: str) -> str:
        assert self.process.stdout is not None
        async with asyncio.timeout(START_S):
            while line := (await self.process.stdout.readline()).decode():
                if line.startswith(word):
                    return line.removeprefix(word).strip()
        raise AssertionError("the server has ended")


@asynccontextmanager
async def a_peer(folder: Path, port: int, **settings: object) -> AsyncIterator[Peer]:
    """Run the server; keys are made in the folder at the first start."""
    node = shutil.which("node", path=f"{PEERS.parents[1] / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if node is None or not (PEERS / "node_modules" / "node-opcua").is_dir():
        pytest.fail("node-opcua is not installed: run `npm ci` in tests/peers, or `make test`")
    told = json.dumps({"pki": str(folder), "port": port, **settings})
    process = await asyncio.create_subprocess_exec(node, "opcua.js", told, cwd=PEERS, stdin=PIPE, stdout=PIPE)
    peer = Peer(process, port, folder)
    try:
        await peer._said("ready")
        yield peer
    finally:
        assert process.stdin is not None
        process.stdin.close()  # its end is the server's
        await process.wait()
