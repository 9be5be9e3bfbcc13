"""An edge as the contract has it: keeps every message until the database has it, sends again what is not covered."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.wire import Message, encode
from tests.plugins.database import NOW
from tests.plugins.stream import SITE

EPOCH = 1_767_225_600_000
RESEND_S = 0.7
PER_MESSAGE = 50


def a_message(sequence: int, *, edge: str = "edge-line", n: int = PER_MESSAGE) -> Message:
    """Readings whose value identifies them: no two in a run are alike."""
    first = to_us(NOW) + sequence * n * 1000
    return Message(
        edge,
        EPOCH,
        sequence,
        batch_of(
            [
                Reading(f"{SITE}/filling/line-1/torque", first + i * 1000, first + i * 1000 + 5, sequence * n + i, 192)
                for i in range(n)
            ]
        ),
    )


class FaithfulEdge:
    """Publishes messages and forgets them only when the gateway's cursor covers them."""

    def __init__(self, nc: Client, edge: str = "edge-line") -> None:
        self.kept: dict[int, tuple[bytes, float]] = {}
        self._nc, self._edge = nc, edge
        self._settled = asyncio.Event()

    async def start(self) -> None:
        await self._nc.subscribe(f"cursor.{SITE}.{self._edge}", cb=self._covered)

    async def send(self, sequences: Iterable[int], lane: str = "readings") -> None:
        for sequence in sequences:
            self.kept[sequence] = (encode(a_message(sequence, edge=self._edge)), time.monotonic())
            await self._publish(sequence, lane)

    async def settle(self, timeout_s: float = 60, *, strict: bool = True) -> None:
        """Until everything is covered: ask for what is not, then send it again. Not `strict`: only for that long."""
        deadline = time.monotonic() + timeout_s
        while self.kept:
            if time.monotonic() > deadline:
                assert not strict, f"{len(self.kept)} messages are not covered"
                return
            await asyncio.sleep(0.05)
            overdue = [s for s, (_, sent) in self.kept.items() if time.monotonic() - sent > RESEND_S]
            if overdue:
                await self._ask(min(overdue), max(overdue))
            for sequence in overdue:
                if sequence in self.kept:
                    self.kept[sequence] = (self.kept[sequence][0], time.monotonic())
                    await self._publish(sequence, "readings")

    async def _publish(self, sequence: int, lane: str) -> None:
        headers = {"Nats-Msg-Id": f"{self._edge}:{EPOCH}:{sequence}"}
        try:
            await self._nc.publish(f"{lane}.{SITE}.{self._edge}", self.kept[sequence][0], headers=headers)
        except nats.errors.OutboundBufferLimitError:
            await asyncio.sleep(0.05)  # kept: it is sent again when it is overdue

    async def _ask(self, lo: int, hi: int) -> None:
        question = json.dumps({"epoch": EPOCH, "from": lo, "to": hi}).encode()
        try:
            self._forget((await self._nc.request(f"cursor-ask.{SITE}.{self._edge}", question, timeout=0.5)).data)
        except (nats.errors.TimeoutError, nats.errors.NoRespondersError):
            return  # nobody there to answer: it will be sent again

    async def _covered(self, told: Msg) -> None:
        self._forget(told.data)

    def _forget(self, answer: bytes) -> None:
        for lo, hi in json.loads(answer)["committed"]:
            for sequence in range(lo, hi + 1):
                self.kept.pop(sequence, None)
