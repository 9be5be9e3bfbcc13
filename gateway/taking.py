"""One lane of messages into the store: many messages a commit; then the edges are told, then the stream.

Two takers share a lane, each with a connection of its own, as two gateways do: while the database takes in and syncs
what one of them has, the other reads what came next and sends it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from nats.aio.client import Client
from nats.aio.msg import Msg
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout

from gateway import cursor, streams
from gateway.door import look, unstorable
from gateway.pull import ConsumerGone, Pull
from gateway.streams import Keeping, Lane
from telemetry.clock import Clock
from telemetry.store.append import Memory, append
from telemetry.store.arrival import Arrival, Refusal
from telemetry.work import Pool, begin

log = logging.getLogger(__name__)
TAKERS = 2
MESSAGES_A_COMMIT = 64
RETRY_S = 1.0
"""How long the stream waits before it delivers again what the database could not take."""
HEADERS_BYTES = 500
"""Of the copy of what was set aside, beside its subject."""
DATABASE_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


@dataclass(slots=True)
class Taking:
    """A gateway's hold on one lane."""

    nc: Client
    pool: Pool
    clock: Clock
    site: str
    lane: Lane
    keeping: Keeping = field(default_factory=Keeping)
    _pull: Pull = field(init=False)
    _memories: WeakKeyDictionary[AsyncConnection[Any], Memory] = field(init=False, default_factory=WeakKeyDictionary)

    def __post_init__(self) -> None:
        self._pull = Pull(self.nc, streams.READINGS, self.lane.consumer)

    async def step(self) -> None:
        """Take in what has come. Raises when an engine is away: then the stream delivers again."""
        try:
            messages = await self._pull.next(MESSAGES_A_COMMIT)
        except ConsumerGone:
            await streams.ensure(self.nc.jetstream(), self.keeping)
            raise
        if messages:
            await self._take_in(messages)

    async def _take_in(self, messages: Sequence[Msg]) -> None:
        seen = [await self._look(message) for message in messages]
        try:
            refused = await self._commit(seen)
        except DATABASE_AWAY:
            for message in messages:
                await message.nak(delay=RETRY_S)
            raise
        except psycopg.Error:
            log.exception("a commit of %d messages failed; they are taken one by one", len(seen))
            refused = [refusal for each in seen for refusal in await self._commit_alone(each)]
        await cursor.publish(self.nc, self.site, seen)
        await self._tell_refused(refused)
        for message in messages:
            await message.ack()

    async def _look(self, message: Msg) -> Arrival | Refusal:
        await asyncio.sleep(0)  # reading is work: whoever commits meanwhile goes first
        return look(self.site, self.lane.name, message.subject, message.headers, message.data)

    async def _commit(self, seen: Sequence[Arrival | Refusal]) -> list[Refusal]:
        """Store them in one transaction; answers all that was set aside."""
        arrivals = [each for each in seen if isinstance(each, Arrival)]
        refusals = [each for each in seen if isinstance(each, Refusal)]
        async with begin(self.pool, "gateway", self.clock.now()) as work:
            # of another connection's nothing is believed: the database may have been restored, with other numbers
            memory = self._memories.pop(work.db, None) or Memory()  # a failure leaves a fresh one
            receipts = await append(work, arrivals, refusals, memory=memory)
        self._memories[work.db] = memory
        return [*refusals, *(refusal for receipt in receipts for refusal in receipt.refusals)]

    async def _commit_alone(self, each: Arrival | Refusal) -> list[Refusal]:
        try:
            return await self._commit([each])
        except DATABASE_AWAY:
            raise
        except psycopg.Error as error:
            if isinstance(each, Refusal):
                raise
            log.warning("a message of %s can't be stored and is set aside", each.key.edge, exc_info=True)
            return await self._commit([unstorable(each, error)])

    async def _tell_refused(self, refused: Sequence[Refusal]) -> None:
        """Copies for the stream REJECTED. The database's row is what counts, so nobody waits for these.

        A payload that the server would not take together with these headers stays in the database only: sent all the
        same, it would cost the connection.
        """
        for refusal in refused:
            identity = sha256(refusal.code.encode() + refusal.digest).hexdigest()
            headers = {"Nats-Msg-Id": identity, "Code": refusal.code, "Subject": refusal.subject}
            fits = len(refusal.payload) + HEADERS_BYTES + len(refusal.subject) <= self.nc.max_payload
            payload = refusal.payload if fits else b""
            await self.nc.publish(f"rejected.{self.site}.{refusal.edge or 'unknown'}", payload, headers=headers)


def takers(nc: Client, pool: Pool, clock: Clock, site: str, lane: Lane, keeping: Keeping) -> list[Taking]:
    """The takers of a lane."""
    return [Taking(nc, pool, clock, site, lane, keeping) for _ in range(TAKERS)]
