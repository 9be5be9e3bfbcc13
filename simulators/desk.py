"""The control desk of a running plant: commands over a unix socket, JSON lines, in; what they did out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from telemetry.errors import Invalid, PlantError

Answer = dict[str, Any]
LONGEST_PATH = 100


class UnknownCommand(Invalid):
    """The control desk does not know this command."""


class SocketPathTooLong(Invalid):
    """A unix socket's path must be short."""


class Desk:
    """Listens; `answer` carries a command out and returns facts, or raises PlantError."""

    def __init__(self, path: Path, answer: Callable[[dict[str, Any]], Answer]) -> None:
        if len(str(path).encode()) > LONGEST_PATH:
            raise SocketPathTooLong(path=path, most=LONGEST_PATH)
        self._path, self._answer = path, answer
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to listen; a socket that a killed plant left behind is replaced."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._meet, str(self._path))

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0)  # connections close their sockets in the loop's next round
        self._path.unlink(missing_ok=True)

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        # A task that is cancelled before its first step runs none of its clean-up.
        talk.add_done_callback(lambda _done: writer.close())
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self.reply(line), ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError) as error:
            # Whoever asked has gone, or sent a line without end; told in the one place that is left.
            writer.write(json.dumps({"ok": False, "code": "Broken", "error": str(error)}).encode() + b"\n")

    def reply(self, line: bytes) -> Answer:
        """The answer to one line."""
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise UnknownCommand(command=request)
            return {"ok": True, **self._answer(request)}
        except ValueError as error:
            return {"ok": False, "code": "NotJson", "error": f"a command is one line of JSON: {error}"}
        except PlantError as error:
            return {"ok": False, "code": error.code, "error": str(error)}
