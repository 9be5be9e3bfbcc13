"""How long it takes to trace a lot through 10,000 edges and to the customers, from the first and from the last."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from isotherm.progress import console
from mes.genealogy.model import Direction
from mes.genealogy.service import trace
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("trace.sql"))
NOW = datetime(2026, 9, 30, 16, tzinfo=UTC)
TURNS = 9


@dataclass(frozen=True, slots=True)
class Extent:
    """Layers of lots, each made of several of the layer before; the first layer of one raw lot."""

    layers: int = 5
    width: int = 400
    each: int = 6

    @property
    def lots(self) -> int:
        """Without the raw lot."""
        return self.layers * self.width


SHORT = Extent(layers=3, width=20, each=3)


def measure(dsn: str, extent: Extent | None = None, turns: int = TURNS) -> dict[str, Any]:
    """Figures of a migrated, empty PostgreSQL, connected to as the owner."""
    return asyncio.run(_measure(dsn, extent or Extent(), turns))


async def _measure(dsn: str, extent: Extent, turns: int) -> dict[str, Any]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        work = Work("bench", NOW, connection)
        edges, sent = await _fill(work, extent)
        console.print(f"{edges:,} edges between {extent.lots + 1:,} lots, {sent:,} shipments")
        first = await work.scalar(SQL["number"], number="L0")
        last = await work.scalar(SQL["number"], number=f"L{extent.lots}")
        forward = await _timed(work, first, Direction.FORWARD, turns)
        backward = await _timed(work, last, Direction.BACKWARD, turns)
    return {"edges": edges, "shipments": sent, **forward, **backward}


async def _fill(work: Work, extent: Extent) -> tuple[int, int]:
    """Answers how many edges there are, and how many shipments of the last layer's lots."""
    item, line = await work.scalar(SQL["item"]), await work.scalar(SQL["line"])
    await work.run(SQL["lots"], item=item, lots=extent.lots, now=NOW)
    await work.run(SQL["batches"], line=line, now=NOW)
    edges = await work.run(SQL["issues"], lots=extent.lots, each=extent.each, width=extent.width, now=NOW)
    await work.run(SQL["customers"])
    to = {"width": extent.width, "lots": extent.lots, "zone": await work.scalar(SQL["zone"])}
    sent = await work.run(SQL["shipments"], item=item, now=NOW, **to)
    await work.db.execute(b"analyze")  # what autovacuum does sooner or later
    return edges, sent


async def _timed(work: Work, lot_id: int, direction: Direction, turns: int) -> dict[str, Any]:
    taken, met, went = [], 0, 0
    for _ in range(turns + 1):
        began = time.perf_counter()
        found = await trace(work, lot_id, direction)
        met, went = len(found.edges), len(found.shipped)
        taken.append(time.perf_counter() - began)
    return {
        f"{direction}_s": round(median(taken[1:]), 3),
        f"{direction}_edges": met,
        f"{direction}_shipments": went,
    }
