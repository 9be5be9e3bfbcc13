"""An extract of the audit trail: its rows in order with their hashes, and whether the chain holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from dashboards.language import N_
from dashboards.reports.registry import Asked, Kind, Span, whole_plant
from mes.audit import service as audit
from mes.audit.service import Entry
from telemetry.errors import Invalid
from telemetry.work import Work

MOST_ROWS = 2_000


class ExtractTooLong(Invalid):
    """There are more rows of the audit trail in this period than a document may have: choose a shorter one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRow:
    """A row as it stands in the trail. `before` and `after` are JSON."""

    seq: int
    at: datetime
    actor: str
    action: str
    entity: str
    entity_id: str
    before: str
    after: str
    reason: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Rows of a period, oldest first, and the state of the whole chain."""

    rows: tuple[TrailRow, ...]
    chain_holds: bool
    chain_rows: int
    first_bad_seq: int | None


async def gather(work: Work, asked: Asked) -> Extract:
    """Raises ExtractTooLong."""
    start, end = asked.window()
    found = await audit.entries(work, since=start, until=end, limit=MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise ExtractTooLong(most=MOST_ROWS)
    verdict = await audit.verify(work)
    return Extract(
        rows=tuple(trail_row(entry) for entry in reversed(found)),
        chain_holds=verdict.first_bad_seq is None,
        chain_rows=verdict.rows,
        first_bad_seq=verdict.first_bad_seq,
    )


def trail_row(entry: Entry) -> TrailRow:
    return TrailRow(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        entity=entry.entity,
        entity_id=entry.entity_id,
        before=_told(entry.before),
        after=_told(entry.after),
        reason=entry.reason,
        hash=entry.hash,
    )


def _told(facts: object) -> str:
    return "" if facts is None else json.dumps(facts, ensure_ascii=False)


KIND = Kind(
    code="trail",
    title=N_("Audit trail extract"),
    template="reports/trail.html",
    template_version=2,
    span=Span.FREE,
    gather=gather,
    subjects=whole_plant,
)
