"""A cable's faults as those at its ends meet them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from simulators.cable import Cable


@asynccontextmanager
async def echo_behind_a_cable() -> AsyncIterator[Cable]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    far = await asyncio.start_server(echo, "127.0.0.1", 0)
    cable = Cable("127.0.0.1")
    await cable.lay()
    cable.lead_to("127.0.0.1", far.sockets[0].getsockname()[1])
    try:
        yield cable
    finally:
        await cable.close()
        far.close()
        await far.wait_closed()


async def test_a_hole_keeps_connections_open_and_what_was_sent_into_it_passes_when_it_is_filled() -> None:
    async with echo_behind_a_cable() as cable:
        reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
        writer.write(b"before")
        assert await reader.readexactly(6) == b"before"
        cable.hole("story")
        cable.hole("another")
        writer.write(b"within")
        within = asyncio.create_task(reader.readexactly(6))
        done, _ = await asyncio.wait([within], timeout=0.2)
        assert not done
        cable.fill("story")
        assert cable.is_hole
        cable.fill("another")
        assert await within == b"within"
        writer.close()
        await writer.wait_closed()


async def test_a_connection_that_is_made_in_a_hole_is_taken_and_answered_only_after_it() -> None:
    async with echo_behind_a_cable() as cable:
        cable.hole("story")
        reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
        writer.write(b"hello")
        hello = asyncio.create_task(reader.readexactly(5))
        done, _ = await asyncio.wait([hello], timeout=0.2)
        assert not done
        cable.fill("story")
        assert await hello == b"hello"
        writer.close()
        await writer.wait_closed()
