"""How long it takes to open a batch record of 500 steps for its review, in a plant with years of other records."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg.types.json import Json

from isotherm.progress import console
from mes.batches.snapshot import sha256_of
from mes.recipes.document import MasterRecord, Operation, Step, StepKind
from mes.recipes.written import document_of
from mes.release.gates import judge
from mes.release.gathering import facts_of
from mes.release.service import seen
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("review.sql"))
NOW = datetime(2026, 9, 30, 16, tzinfo=UTC)
BEGUN = NOW - timedelta(hours=8)
TURNS = 9


@dataclass(frozen=True, slots=True)
class Extent:
    """The batch's record, and what stands beside it: rows of the audit trail, and a tenth as many cleanings and
    deviations."""

    operations: int = 10
    each: int = 50
    lots: int = 20
    elsewhere: int = 300_000

    @property
    def steps(self) -> int:
        """Of the whole record."""
        return self.operations * self.each


SHORT = Extent(operations=2, each=20, lots=3, elsewhere=1_000)


def measure(dsn: str, extent: Extent | None = None, turns: int = TURNS) -> dict[str, Any]:
    """Figures of a migrated, empty PostgreSQL, connected to as the owner."""
    return asyncio.run(_measure(dsn, extent or Extent(), turns))


async def _measure(dsn: str, extent: Extent, turns: int) -> dict[str, Any]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        work = Work("bench", NOW, connection)
        batch_id = await _fill(work, extent)
        console.print(f"{extent.steps:,} steps beside {extent.elsewhere:,} rows of the audit trail")
        opened_s = await _timed(lambda: _open(work, batch_id), turns)
        facts = await facts_of(work, batch_id)
    found = {"steps": len(facts.steps), "values": len(facts.values), "exceptions": len(facts.exceptions)}
    return {**found, "opened_s": opened_s}


async def _open(work: Work, batch_id: int) -> None:
    """What every look at the record needs: all facts, the gate, and the hash that comes back with a signature."""
    facts = await facts_of(work, batch_id)
    judge(facts)
    seen(facts)


async def _timed(ask: Callable[[], Awaitable[None]], turns: int) -> float:
    taken = []
    for _ in range(turns + 1):
        began = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - began)
    return round(median(taken[1:]), 3)


async def _fill(work: Work, extent: Extent) -> int:
    """A record that was executed by one and verified by another, and other records beside it."""
    document = document_of(_record(extent))
    times = {"begun": BEGUN, "now": NOW}
    for name in ("person", "place", "lots"):
        await work.run(SQL[name], lots=extent.lots, **times)
    told = {"document": Json(document), "sha256": sha256_of(document)}
    batch_id: int = await work.scalar(SQL["batch"], **told, **times)
    signature_id = await work.scalar(SQL["signature"], now=NOW)
    facts = {"batch_id": batch_id, "signature_id": signature_id, "operations": extent.operations, "each": extent.each}
    for name in ("operations", "steps", "values", "corrections", "captures", "issues", "exceptions"):
        await work.run(SQL[name], **facts, **times)
    around = {"rows": extent.steps * 4, "elsewhere": extent.elsewhere, **facts}
    for name in ("trail", "reviewed", "elsewhere_trail", "elsewhere_cleanings", "elsewhere_deviations"):
        await work.run(SQL[name], **around, **times)
    await work.run(SQL["elsewhere_zone"])
    await work.run(SQL["elsewhere_excursions"], **around, **times)
    await work.db.execute(b"analyze")  # what autovacuum does sooner or later
    return batch_id


def _record(extent: Extent) -> MasterRecord:
    operations = tuple(_operation(n, extent.each) for n in range(1, extent.operations + 1))
    told = {"title_en": "Bench", "title_zh": "测试", "batch_size": Decimal(100), "unit": "kg"}
    return MasterRecord(product="BENCH", operations=operations, **told)  # type: ignore[arg-type]


def _operation(number: int, each: int) -> Operation:
    steps = tuple(_step(n) for n in range(1, each + 1))
    return Operation(code=f"o{number}", name_en="Operation", name_zh="工序", clean=True, steps=steps)


def _step(number: int) -> Step:
    kind = StepKind.CAPTURE if number % 20 == 0 else StepKind.VALUE
    return Step(code=f"s{number}", kind=kind, text_en="Do it", text_zh="操作", critical=number % 5 == 0)
