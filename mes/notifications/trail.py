"""The audit trail proven while the plant runs: what is added at once, all of it again and again, a piece at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.audit.checkpoints import keep_daily
from mes.audit.model import Checkpoint
from mes.audit.proving import prove_on
from telemetry import queries
from telemetry.chain import GENESIS
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
AT_ONCE = 5_000
"""Rows that are proven at a time."""
_SOURCE = "audit"


async def prove(work: Work) -> None:
    """Prove what was added to the audit trail, and a further piece of all of it, again and again from the first row.

    Where it is whole, its end is written down once a day.
    """
    bad = [await _walk(work, walk) for walk in ("end", "round")]
    first = min((each.first_bad_seq for each in bad if each.first_bad_seq is not None), default=None)
    if first is not None:
        await alarms.raise_alarm(
            work,
            Occurrence(
                kind=Kind.AUDIT_TAMPER,
                source=_SOURCE,
                priority=Priority.CRITICAL,
                message_en=f"The audit trail is not as it was written, from row {first} on",
                message_zh=f"审计追踪自第 {first} 行起与写入时不一致",
                raised_at=work.now,
            ),
        )
        return
    await keep_daily(work)
    if bad[1].is_whole_round:
        await alarms.clear(work, Kind.AUDIT_TAMPER, _SOURCE, at=work.now)


@dataclass(frozen=True, slots=True)
class _Walked:
    first_bad_seq: int | None
    is_whole_round: bool


async def _walk(work: Work, walk: str) -> _Walked:
    start = await work.one(SQL["proof"], Checkpoint, walk=walk) or Checkpoint(0, GENESIS)
    verdict = await prove_on(work, start, AT_ONCE)
    if verdict.first_bad_seq is not None:
        return _Walked(verdict.first_bad_seq, is_whole_round=False)
    is_end = verdict.rows < start.seq + AT_ONCE
    begins = walk == "round" and is_end
    proven = Checkpoint(0, GENESIS) if begins else Checkpoint(verdict.rows, verdict.head)
    await work.run(SQL["keep_proof"], walk=walk, seq=proven.seq, head=proven.head, now=work.now)
    return _Walked(None, is_whole_round=begins)
