"""Exceptions of batches: raised by whoever finds one, once; commented by the crew, judged by QA (see judging)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from psycopg.types.json import Json

from mes.exceptions.model import BatchException, Kind, Severity
from mes.people.model import written
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class ExceptionNotFound(NotFound):
    """There is no such exception of a batch."""


async def raise_exception(
    work: Work,
    batch_id: int,
    kind: Kind,
    *,
    severity: Severity,
    said: Mapping[str, object],
    operation_id: int | None = None,
    step_id: int | None = None,
    key: str,
) -> BatchException:
    """Record that a batch differed from its master record. The same `key` again finds what was raised first.

    `said`: what was found (value, limits, lot, reason ...), kept as it was then.
    """
    facts = {"kind": kind, "severity": severity, "operation_id": operation_id, "step_id": step_id, "key": key}
    plain = Json(json.loads(written(said)))
    made = await work.one(
        SQL["raise"], BatchException, batch_id=batch_id, **facts, said=plain, actor=work.actor, now=work.now
    )
    if made is None:
        found = await work.one(SQL["known"], BatchException, batch_id=batch_id, key=key)
        if found is None:
            raise ExceptionNotFound(batch_id=batch_id, key=key)
        return found
    work.audit("batch_exception.raise", "batch_exception", made.id, after={"batch_id": batch_id, **facts, "said": said})
    await work.emit("batch.exception", batch_id=batch_id, exception_id=made.id, kind=kind, severity=severity)
    return made


async def exceptions(work: Work, batch_id: int) -> list[BatchException]:
    """All exceptions of a batch: those that nobody has judged first, the gravest first."""
    return await exceptions_of(work, [batch_id])


async def exceptions_of(work: Work, batch_ids: Sequence[int]) -> list[BatchException]:
    """Exceptions of several batches, by batch."""
    return await work.all(SQL["exceptions"], BatchException, batch_ids=list(batch_ids))


async def exception(work: Work, exception_id: int) -> BatchException:
    """One exception. Raises ExceptionNotFound."""
    found = await work.one(SQL["exception"], BatchException, id=exception_id)
    if found is None:
        raise ExceptionNotFound(exception_id=exception_id)
    return found
