"""Read the trail, prove it, and note its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from psycopg.rows import class_row

from mes.audit.model import Checkpoint, Entry, Proof, Verdict
from telemetry import queries
from telemetry.chain import GENESIS
from telemetry.work import Work

__all__ = ["Checkpoint", "Entry", "Verdict", "actors", "checkpoint", "entities", "entries", "verify"]

SQL = queries.load(Path(__file__).with_name("queries.sql"))
_AT_ONCE = 500


async def entries(
    work: Work,
    *,
    entity: str | None = None,
    entity_id: object | None = None,
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    below: int | None = None,
    changed: bool = False,
    limit: int = 100,
) -> list[Entry]:
    """Rows of the trail, newest first; `below`: the last seq of the page before; `changed`: what was there before."""
    id_ = None if entity_id is None else str(entity_id)
    return await work.all(
        SQL["entries"],
        Entry,
        entity=entity,
        entity_id=id_,
        actor=actor,
        action=action,
        since=since,
        until=until,
        below=below,
        changed=changed,
        limit=limit,
    )


async def entities(work: Work) -> list[str]:
    """Kinds of records that the trail tells of."""
    found = await (await work.db.execute(SQL["entities"])).fetchall()
    return [row[0] for row in found]


async def actors(
    work: Work, entity: str, entity_id: object, actions: Sequence[str], *, number: int | None = None
) -> frozenset[str]:
    """User names of everybody who took any of these acts with a record. `number`: with this version of it alone."""
    about = {"entity": entity, "entity_id": str(entity_id), "actions": list(actions), "number": number}
    found = await (await work.db.execute(SQL["actors"], about)).fetchall()
    return frozenset(row[0] for row in found)


async def verify(work: Work, *against: Checkpoint) -> Verdict:
    """Recompute the whole chain. `against`: checkpoints, without which missing last rows can't be seen."""
    proof = Proof(against)
    # A cursor in the database: the trail of years does not fit into memory.
    async with work.db.cursor("audit_chain", row_factory=class_row(Entry)) as cursor:
        await cursor.execute(SQL["chain"])
        while rows := await cursor.fetchmany(_AT_ONCE):
            if not proof.follow(rows):
                break
    return proof.verdict()


async def checkpoint(work: Work) -> Checkpoint:
    """The present end of the chain: to be printed, or kept elsewhere."""
    return await work.one(SQL["head"], Checkpoint) or Checkpoint(0, GENESIS)
