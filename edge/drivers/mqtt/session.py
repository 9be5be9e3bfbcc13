"""A persistent session at the broker: one connection after another, for ever, with the filters that are wanted now."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from edge.backoff import Backoff
from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.connection import Connection
from edge.drivers.mqtt.intake import Arrived
from edge.drivers.mqtt.topics import filters_for
from telemetry.errors import Unavailable

log = logging.getLogger(__name__)

ROOM = 10_000
"""Messages of QoS 0 that may wait for a slow disk. Those of QoS 1 wait at the broker, which sends 20 at a time."""
_LASTED_S = 10.0


class Session:
    """Connects, subscribes, and begins again. `came` is told each new connection, `stands` each change of its state."""

    def __init__(
        self,
        device: MqttDevice,
        filters: Iterable[str],
        observing: bool,
        came: Callable[[Connection], None],
        stands: Callable[[str], None],
    ) -> None:
        self.arrived: asyncio.Queue[Arrived] = asyncio.Queue()
        self.connection: Connection | None = None
        self.given_up = 0
        self.round_trip_s: float | None = None
        self._device, self._observing = device, observing
        self._came, self._stands = came, stands
        self._wanted = dict.fromkeys(filters)
        self._given: set[str] = set()  # what the broker's session may have from us
        self._changed = asyncio.Event()

    @property
    def refused(self) -> dict[str, str]:
        """Filters that the broker does not give, with its reason."""
        return {} if self.connection is None else dict(self.connection.refused)

    @property
    def weakened(self) -> str:
        """In words, what the broker gives less of than was asked; empty when nothing."""
        given = {} if self.connection is None else self.connection.weakened
        return "; ".join(f"{what}: {how}" for what, how in list(given.items())[:5])

    def want(self, filters: Iterable[str]) -> None:
        """Other filters from now on: only the difference is asked of the broker, and nothing reconnects."""
        self._wanted = dict.fromkeys(filters)
        self._changed.set()

    def drop(self, topics: Iterable[str]) -> None:
        """Topics that come by a config before this one: give back each filter that the broker's session may have."""
        for topic in topics:
            self._given.update(filters_for(topic))
        self._changed.set()

    async def run(self) -> None:
        """Keep a connection, for ever."""
        backoff = Backoff(1, 15)
        while True:
            begun = time.monotonic()
            reason = await self._one_connection()
            if time.monotonic() - begun > _LASTED_S:
                backoff.reset()
            self._stands(reason)
            await asyncio.sleep(backoff.next_s())

    async def _one_connection(self) -> str:
        """Why it ended."""
        connection = Connection(self._device, self._observing, self._take)
        try:
            await connection.open()
            if connection.is_open:
                self.connection = connection
                self._came(connection)
            return await self._follow(connection)
        except (OSError, ValueError) as error:
            if connection.ended.done():
                return connection.ended.result()
            return f"the broker can't be reached: {str(error) or type(error).__name__}"
        except Unavailable as error:
            log.error("%s: %s", self._device.name, error)  # noqa: TRY400 - its words say it all
            return str(error)
        finally:
            self.connection = None
            connection.close()

    async def _follow(self, connection: Connection) -> str:
        """Ask for what is wanted, and for the difference whenever that changes; why the connection ended."""
        asked: set[str] = set()  # on this connection: always anew, the broker may have lost our session
        while not connection.ended.done():
            self._changed.clear()
            wanted = self._wanted
            begun = time.monotonic()
            await connection.subscribe([filter_ for filter_ in wanted if filter_ not in asked])
            self.round_trip_s = time.monotonic() - begun
            await connection.unsubscribe([filter_ for filter_ in self._given | asked if filter_ not in wanted])
            asked, self._given = set(wanted), set(wanted)
            self._stands("")
            changing: asyncio.Future[Any] = asyncio.ensure_future(self._changed.wait())
            either: set[asyncio.Future[Any]] = {connection.ended, changing}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changing.cancel()
        return connection.ended.result()

    def _take(self, message: Arrived) -> None:
        if message.qos == 0 and self.arrived.qsize() >= ROOM:
            self.given_up += 1
        else:
            self.arrived.put_nowait(message)
