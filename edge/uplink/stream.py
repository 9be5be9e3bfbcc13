"""Publishing to the plant's stream without waiting: each block's answer comes to a future of its own.

nats-py's own `publish_async` never resolves the future of a message that the stream refuses (2.16: the error is raised
inside its reply handler), so the answers are read here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from telemetry.errors import Unavailable


class StreamRefused(Unavailable):
    """The stream did not take a block: it is full, or it is not there."""


class Stream:
    """The stream's door on one connection."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[None]] = {}

    async def open(self) -> None:
        """Listen for answers."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._answer)

    async def publish(self, subject: str, data: bytes, headers: Mapping[str, str]) -> asyncio.Future[None]:
        """Send one message; the future ends when the stream has it, or with StreamRefused. Raises nats' errors."""
        token = str(next(self._numbers))
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[token] = answer
        answer.add_done_callback(lambda _: self._waiting.pop(token, None))
        await self._client.publish(subject, data, reply=f"{self._inbox}.{token}", headers=dict(headers))
        return answer

    def give_up(self) -> None:
        """No more answers will come."""
        for answer in list(self._waiting.values()):
            answer.cancel()

    async def _answer(self, message: Msg) -> None:
        answer = self._waiting.get(message.subject.rpartition(".")[2])
        if answer is None or answer.done():
            return
        reason = _refusal(message)
        if reason is None:
            answer.set_result(None)
        else:
            answer.set_exception(StreamRefused(reason=reason))


def _refusal(message: Msg) -> str | None:
    """Why the stream did not take it; None when it did."""
    if message.headers and message.headers.get("Status") == "503":
        return "no stream listens"
    try:
        said: Any = json.loads(message.data)
    except ValueError:
        return "its answer can't be read"
    if not isinstance(said, dict):
        return "its answer can't be read"
    if isinstance(said.get("error"), dict):  # a refusal names stream and seq too
        return str(said["error"].get("description", said["error"]))
    return None if "seq" in said else "its answer can't be read"
