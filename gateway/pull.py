"""Messages of a durable consumer as they come: asks the server for many at a time, hands on what is there at once."""

from __future__ import annotations

import json
import time

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NothingCame

from telemetry.errors import Unavailable

ASKED_FOR = 512
EXPIRES_S = 2.0
"""How long the server keeps a request. One that a restart of the server forgot is made again soon after."""
_ENDED = {"404", "408"}  # no messages; the request has expired


class ConsumerGone(Unavailable):
    """The stream's consumer doesn't answer: it was deleted, or its server is going down."""


class Pull:
    """One consumer, seen from one gateway."""

    def __init__(self, nc: Client, stream: str, consumer: str) -> None:
        self._nc = nc
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = nc.new_inbox()
        self._subscription: Subscription | None = None
        self._owed = 0  # messages that the open request may still bring
        self._until = 0.0  # when that request is over, monotonic

    async def next(self, most: int) -> list[Msg]:
        """What has come, up to `most`; waits a while for a first one. Raises ConsumerGone."""
        subscription = self._subscription or await self._subscribe()
        if self._owed <= 0 or time.monotonic() > self._until:
            await self._ask()
        taken: list[Msg] = []
        while len(taken) < most and (not taken or subscription.pending_msgs):
            try:
                message = await subscription.next_msg(timeout=EXPIRES_S)
            except NothingCame:
                self._owed = 0  # ask again: the server may have forgotten the request
                break
            if not self._ends(message):
                self._owed -= 1
                taken.append(message)
            elif not subscription.pending_msgs:
                break
        return taken

    async def _subscribe(self) -> Subscription:
        self._subscription = await self._nc.subscribe(self._inbox)
        return self._subscription

    async def _ask(self) -> None:
        request = {"batch": ASKED_FOR, "expires": int(EXPIRES_S * 1e9)}
        self._owed, self._until = ASKED_FOR, time.monotonic() + EXPIRES_S
        await self._nc.publish(self._subject, json.dumps(request).encode(), self._inbox)

    def _ends(self, message: Msg) -> bool:
        """Whether it is the server's word that a request is over. Raises ConsumerGone.

        What a publisher writes into a header is not the server's word: only its own can't be acknowledged.
        """
        status = None if message.reply else (message.headers or {}).get("Status")
        if status is None:
            return False
        self._owed = 0
        if status not in _ENDED:
            raise ConsumerGone(status=status, said=(message.headers or {}).get("Description", ""))
        return True
