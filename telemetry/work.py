"""A unit of work: one request or message, one transaction. Services use it; only `begin` commits.

Whoever changes a record calls `audit` in the same work: the row joins the hash chain in that transaction or not at all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.errors import PipelineAborted
from psycopg.rows import class_row
from psycopg.types.json import Json
from psycopg_pool import AsyncConnectionPool

from telemetry import queries
from telemetry.chain import around_seq, canonical, stamp

SQL = queries.load(Path(__file__).with_name("work.sql"))
Row = TypeVar("Row")
Pool = AsyncConnectionPool[AsyncConnection[Any]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An audit row that waits for the end of the work."""

    action: str
    entity: str
    entity_id: str
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    reason: str


@dataclass(frozen=True, slots=True)
class Work:
    """Who does it, when it is, and the transaction it happens in."""

    actor: str  # a person's or key's name; system parts are `watch`, `gateway`, ...
    now: datetime
    db: AsyncConnection[Any]
    _entries: list[_Entry] = field(default_factory=list)

    async def one(self, sql: LiteralString, into: type[Row], **values: object) -> Row | None:
        """The one row that the query answers with, or None."""
        async with self.db.cursor(row_factory=class_row(into)) as cursor:
            await cursor.execute(sql, values)
            return await cursor.fetchone()

    async def all(self, sql: LiteralString, into: type[Row], **values: object) -> list[Row]:
        """All rows that the query answers with."""
        async with self.db.cursor(row_factory=class_row(into)) as cursor:
            await cursor.execute(sql, values)
            return await cursor.fetchall()

    async def scalar(self, sql: LiteralString, **values: object) -> Any:
        """The first column of the first row, or None where there is no row."""
        answer = await self.db.execute(sql, values)
        row: Sequence[Any] | None = await answer.fetchone()
        return row[0] if row else None

    async def run(self, sql: LiteralString, **values: object) -> int:
        """Execute; answers how many rows it touched."""
        return (await self.db.execute(sql, values)).rowcount

    @asynccontextmanager
    async def without_waiting(self) -> AsyncIterator[None]:
        """Changes in here leave one behind the other, and are waited for once, at its end; `run` counts no rows here.

        What one of them raises is raised at that end at the latest.
        """
        async with self.db.pipeline():
            yield

    async def together(self, *asked: Awaitable[Any]) -> list[Any]:
        """The answers of questions that don't need each other's, in their order, for one wait.

        All of them have ended when the first error among them is raised.
        """
        async with self.db.pipeline():
            found = await asyncio.gather(*asked, return_exceptions=True)
        errors = [each for each in found if isinstance(each, BaseException)]
        if errors:  # what came after the first in the pipeline was aborted with it
            raise next((each for each in errors if not isinstance(each, PipelineAborted)), errors[0])
        return found

    def audit(
        self,
        action: str,
        entity: str,
        entity_id: object,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
        reason: str = "",
    ) -> None:
        """Record who did what and why. Written at the end of this transaction: no audit row, no change."""
        self._entries.append(_Entry(action, entity, str(entity_id), _plain(before), _plain(after), reason))

    @property
    def changes_records(self) -> bool:
        """Whether audit rows wait to be written."""
        return bool(self._entries)

    async def emit(self, topic: str, **body: object) -> None:
        """Put an event of the plant into the outbox; it is told to the world after the commit."""
        await self.run(SQL["emit"], at=self.now, topic=topic, body=Json(_plain(body)))

    async def flush(self) -> None:
        """Write the audit rows collected so far. The chain is locked from here to the end of the transaction."""
        for entry in self._entries:
            await self.run(SQL["append"], **_audit_row(self.now, self.actor, entry))
        self._entries.clear()


@asynccontextmanager
async def begin(pool: Pool, actor: str, now: datetime) -> AsyncIterator[Work]:
    """Open a transaction, hand it out, commit it with its audit rows; an exception rolls all of it back."""
    async with pool.connection() as connection, AsyncExitStack() as sent, connection.transaction():
        work = Work(actor, now, connection)
        yield work
        if work.changes_records:
            # The rows and the commit leave together: whoever waits for the chain waits for the database alone.
            await sent.enter_async_context(connection.pipeline())
            await work.flush()


@asynccontextmanager
async def alone(pool: Pool, actor: str, now: datetime) -> AsyncIterator[Work]:
    """A unit of work whose every statement is a transaction of its own, for one that stands alone: no audit rows."""
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        try:
            work = Work(actor, now, connection)
            yield work
            if work.changes_records:
                raise AssertionError("a change of a record needs a transaction")
        finally:
            await connection.set_autocommit(False)


def _audit_row(at: datetime, actor: str, entry: _Entry) -> dict[str, Any]:
    told = {"actor": actor, "action": entry.action, "entity": entry.entity, "entity_id": entry.entity_id}
    hashed = told | {"ts": stamp(at), "before": entry.before, "after": entry.after, "reason": entry.reason}
    head, tail = around_seq(hashed)
    facts = {"at": at, "before": _text(entry.before), "after": _text(entry.after), "reason": entry.reason}
    return told | facts | {"head": head, "tail": tail}


def _plain(facts: Mapping[str, object] | None) -> dict[str, Any] | None:
    """As JSON will give it back: decimals, dates and enums become text, so that the hash can be made again."""
    return None if facts is None else json.loads(json.dumps(dict(facts), default=str, allow_nan=False))


def _text(facts: Mapping[str, object] | None) -> str | None:
    return None if facts is None else canonical(facts)
