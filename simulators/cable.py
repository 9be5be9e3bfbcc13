"""A network cable with faults: it carries TCP connections to another address, and none while it is cut.

A hole is the worse fault: connections stay open and no byte passes, as when a radio link fades. What was sent into it
waits and passes when the hole is filled, an end's farewell too, as TCP would send them again.
"""

from __future__ import annotations

import asyncio


class Cable:
    """Carries TCP connections to `far`. Cut for one reason or several; whole again when no reason is left."""

    def __init__(self, host: str, port: int = 0) -> None:
        self._host, self.port = host, port
        self._far: tuple[str, int] | None = None
        self._cuts: set[str] = set()
        self._holes: set[str] = set()
        self._passing = asyncio.Event()
        self._passing.set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.refused = 0  # connections that came while it was cut or nobody answered at the far end

    async def lay(self) -> int:
        """Begin to listen; the port, chosen when it was 0. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._carry, self._host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    def lead_to(self, host: str, port: int) -> None:
        """Where the other end is."""
        self._far = (host, port)

    @property
    def is_cut(self) -> bool:
        return bool(self._cuts)

    def cut(self, reason: str) -> None:
        """Cut it: all connections break."""
        self._cuts.add(reason)
        for task in self._carrying:
            task.cancel()

    def mend(self, reason: str) -> None:
        """Take back one reason."""
        self._cuts.discard(reason)

    @property
    def is_hole(self) -> bool:
        return bool(self._holes)

    def hole(self, reason: str) -> None:
        """From now on no byte passes; connections stay open, and new ones are taken and get no answer."""
        self._holes.add(reason)
        self._passing.clear()

    def fill(self, reason: str) -> None:
        """Take back one reason for the hole; when none is left, what waited passes."""
        self._holes.discard(reason)
        if not self._holes:
            self._passing.set()

    async def close(self) -> None:
        """Stop listening and break what is connected."""
        if self._server is None:
            return
        self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0)  # broken connections close their sockets in the loop's next round
        self._server = None

    def _carry(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        if self._server is None or not self._server.is_serving():
            near_out.transport.abort()
            return
        task = asyncio.create_task(self._both_ways(near_in, near_out))
        # A task that is cancelled before its first step runs none of its clean-up.
        task.add_done_callback(lambda _done: near_out.transport.abort())
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _both_ways(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        far_out: asyncio.StreamWriter | None = None
        try:
            if self.is_cut or self._far is None:
                self.refused += 1
                return
            await self._passing.wait()
            far_in, far_out = await asyncio.open_connection(*self._far)
            there = asyncio.create_task(self._pump(near_in, far_out))
            back = asyncio.create_task(self._pump(far_in, near_out))
            try:
                await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            finally:
                there.cancel()
                back.cancel()
                await asyncio.gather(there, back, return_exceptions=True)
        except OSError:
            self.refused += 1
        finally:
            if far_out is not None:
                far_out.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Carry bytes one way until an end closes."""
        while True:
            data = await source.read(65_536)
            await self._passing.wait()  # not even that an end has closed passes a hole
            if not data:
                return
            sink.write(data)
            await sink.drain()
