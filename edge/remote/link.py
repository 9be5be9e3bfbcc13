"""The way on which configs come and their outcomes go: a connection of its own, so that a config can mend the uplink.

The edge asks for its config whenever it connects and every minute, and hears of a new one at once. An outcome is
forgotten when the plant says that it is stored, and not before.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from edge.backoff import Backoff
from edge.config import EdgeConfig
from edge.remote.desk import RemoteDesk
from edge.remote.state import Outcome, RemoteStore
from edge.tasks import together, wait_until_set
from edge.uplink.options import options
from edge.uplink.uplink import FAILURES, LinkLost

log = logging.getLogger(__name__)

ASK_S = 60.0
_ANSWER_S, _CLOSE_S = 5.0, 2.0
_NOBODY = (nats.errors.NoRespondersError, nats.errors.TimeoutError)


class RemoteLink:
    """Between the plant and the desk."""

    def __init__(self, config: EdgeConfig, desk: RemoteDesk, store: RemoteStore) -> None:
        self._config, self._desk, self._store = config, desk, store
        self._who = f"{config.site}.{config.edge}"

    async def run(self) -> None:
        """For ever, through losses of the connection."""
        backoff = Backoff(1, 60)
        while True:
            try:
                await self._connection(backoff)
            except FAILURES as error:
                log.info("no configs from afar at the moment: %s", error)
            await asyncio.sleep(backoff.next_s())

    async def _connection(self, backoff: Backoff) -> None:
        gone, client = asyncio.Event(), Client()

        async def closed() -> None:
            gone.set()

        async def failed(error: Exception) -> None:
            log.info("configs from afar: %s", error)

        try:
            await client.connect(
                **options(self._config.uplink),
                name=f"{self._config.edge} config",
                inbox_prefix=f"_INBOX_{self._config.edge}".encode(),
                allow_reconnect=False,
                connect_timeout=5,
                ping_interval=20,
                closed_cb=closed,
                error_cb=failed,
            )
            backoff.reset()
            await client.subscribe(f"config.{self._who}", cb=self._came)
            await together(self._ask_for_ever(client), self._tell_for_ever(client), _until(gone))
        finally:
            await _close(client)

    async def _came(self, message: Msg) -> None:
        self._desk.put(message.data)

    async def _ask_for_ever(self, client: Client) -> None:
        while True:
            question = json.dumps({"seen": self._store.state.seen}).encode()
            try:
                answer = await client.request(f"config-ask.{self._who}", question, timeout=_ANSWER_S)
                if answer.data:
                    self._desk.put(answer.data)
            except _NOBODY as error:
                log.debug("nobody says which config counts: %s", error)
            await asyncio.sleep(ASK_S)

    async def _tell_for_ever(self, client: Client) -> None:
        backoff = Backoff(1, 30)
        while True:
            self._desk.told.clear()
            before = len(self._store.state.untold)
            for outcome in self._store.state.untold:
                if not await self._tell(client, outcome):
                    break
            if len(self._store.state.untold) < before:
                backoff.reset()
            waiting = bool(self._store.state.untold)
            await wait_until_set(self._desk.told, backoff.next_s() if waiting else None)

    async def _tell(self, client: Client, outcome: Outcome) -> bool:
        """Whether the plant has answered. One that it can't store waits, and holds up no other."""
        said = asdict(outcome) | {"born": self._store.state.born}
        try:
            answer = await client.request(f"config-status.{self._who}", json.dumps(said).encode(), timeout=_ANSWER_S)
        except _NOBODY:
            return False
        if answer.data != b"stored":
            log.error("the plant can't store what became of config version %d", outcome.version)
        else:
            self._store.save(self._store.state.without(outcome.number))
        return True


async def _until(gone: asyncio.Event) -> None:
    await gone.wait()
    raise LinkLost(reason="the connection for configs has ended")


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(_CLOSE_S):
            await client.close()
    except FAILURES as error:
        log.info("connection not closed in order: %s", error)
