"""A gateway's work in a process of its own, without the stream: decode, digest, ledger, readings, commit.

It is told over standard input which messages to make ready and when to go; answers are lines on standard output.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import psycopg

from gateway.taking import TAKERS
from isotherm.bench.load import NOW, payloads
from telemetry.errors import Unavailable
from telemetry.store.append import Memory, append
from telemetry.store.arrival import Arrival
from telemetry.wire import decode
from telemetry.work import Work

PATIENCE_S = 600
SUBJECT = "readings.hainan.edge-bench"


class DoorShut(Unavailable):
    """The gateway's process does not listen."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a run took."""

    seconds: float
    cpu_s: float  # of the gateway's process


@dataclass(frozen=True, slots=True)
class Door:
    """One such process, seen from outside."""

    told: StreamWriter
    said: StreamReader

    async def prepare(self, first: int, transactions: int) -> None:
        """Let it make so many transactions of messages ready, numbered from the first."""
        self.told.write(f"{first} {transactions}\n".encode())
        await self._line()

    async def go(self) -> Done:
        """Let it take in what is ready."""
        self.told.write(b"go\n")
        return Done(**json.loads(await self._line()))

    async def _line(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.said.readline()


@asynccontextmanager
async def door(dsn: str) -> AsyncIterator[Door]:
    """Start one, end it with the block."""
    command = [sys.executable, "-m", "isotherm.bench.door", dsn]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    told, said = process.stdin, process.stdout
    if told is None or said is None:
        raise DoorShut
    try:
        yield Door(told, said)
    finally:
        told.close()
        await process.wait()


async def _serve(dsn: str) -> None:
    works = [Work("bench", NOW, await psycopg.AsyncConnection.connect(dsn, autocommit=True)) for _ in range(TAKERS)]
    memories = [Memory() for _ in works]
    for line in iter(sys.stdin.readline, ""):
        first, transactions = map(int, line.split())
        ready = payloads(first, transactions)
        print("ready", flush=True)
        sys.stdin.readline()
        began, cpu, waiting = time.perf_counter(), time.process_time(), iter(ready)
        await asyncio.gather(*(_take(work, memory, waiting) for work, memory in zip(works, memories, strict=True)))
        done = Done(time.perf_counter() - began, time.process_time() - cpu)
        print(json.dumps(asdict(done)), flush=True)
    for work in works:
        await work.db.close()


async def _take(work: Work, memory: Memory, waiting: Iterator[list[bytes]]) -> None:
    """One taker: what it does between the stream and the acknowledgement."""
    for some in waiting:
        arrivals = [await _read(payload) for payload in some]
        async with work.db.transaction():
            await append(work, arrivals, memory=memory)


async def _read(payload: bytes) -> Arrival:
    await asyncio.sleep(0)
    return Arrival(decode(payload), payload, "live", SUBJECT)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
