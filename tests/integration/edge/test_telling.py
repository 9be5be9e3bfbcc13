"""An edge that can't tell how it fares goes on reading, and tells again when it can."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

import edge.telling
from edge.buffer.buffer import Buffer
from edge.buffer.stats import BufferStats
from edge.own_points import own_readings
from edge.state import EdgeState
from telemetry.batch import Batch
from tests.plugins.waiting import until

from .lone_edge import OWN, an_edge, device, point
from .test_modbus import a_plc


async def test_an_edge_whose_disk_fails_at_the_end_ends_all_the_same(
    var: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Buffer) -> BufferStats:
        raise sqlite3.OperationalError("disk I/O error")

    async with a_plc() as plc, an_edge(var, device("plc", plc.port, [3])) as line:
        await line.has(point("plc", 3), 3)
        monkeypatch.setattr(Buffer, "stats", fails)
    assert "the buffer does not answer at the end: disk I/O error" in caplog.text
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_mistake_in_telling_ends_no_edge(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = 0

    def mistaken(state: EdgeState) -> Batch:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise ZeroDivisionError
        return own_readings(state)

    monkeypatch.setattr(edge.telling, "own_readings", mistaken)
    monkeypatch.setattr(edge.telling, "TELL_EVERY", 1)
    async with a_plc() as plc, an_edge(var, device("plc", plc.port, [3])) as line:
        await until(lambda: failures >= 2)
        await line.has(point("plc", 3), 3)
        await line.has(f"{OWN}/taken")
