"""Work that must not be left half done is done, whoever loses patience meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from edge.tasks import end, to_the_end


async def test_a_cancellation_waits_for_the_disk_and_is_not_lost() -> None:
    disk, done = asyncio.Event(), []

    async def store() -> None:
        await disk.wait()
        done.append("stored")

    task = asyncio.create_task(to_the_end(store()))
    await asyncio.sleep(0)
    ending = asyncio.create_task(end([task]))  # cancels again and again until it has ended
    await asyncio.sleep(0.25)
    assert not task.done()
    disk.set()
    await ending
    assert done == ["stored"]
    assert task.cancelled()


async def test_what_fails_is_told_to_who_waits() -> None:
    async def fail() -> None:
        raise OSError("no disk")

    with pytest.raises(OSError, match="no disk"):
        await to_the_end(fail())


async def test_what_fails_while_it_is_cancelled_leaves_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    disk = asyncio.Event()

    async def fail() -> None:
        await disk.wait()
        raise OSError("no disk")

    task = asyncio.create_task(to_the_end(fail()))
    await asyncio.sleep(0)
    task.cancel()
    disk.set()
    await end([task])
    assert task.cancelled()
    assert "no disk" in caplog.text
