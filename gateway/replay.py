"""What was set aside, taken in after all: when the reason is gone, and a person says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from telemetry import queries
from telemetry.errors import Conflict, NotFound
from telemetry.store.append import append
from telemetry.store.arrival import Arrival, Fate, Receipt
from telemetry.wire import Message, decode
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("replay.sql"))
ANEW = frozenset({"BadValue", "BadTimestamp", "SequenceReused"})
"""Codes of what can't be stored under its own sequence, which the ledger has already: with the rest of the message, or
with another one, since the edge's buffer was restored from an image and gave its sequences out again."""
ANEW_EPOCH = 0
"""No edge's buffer has this epoch: such readings are stored under the number of their set-aside row."""


class NothingSetAside(NotFound):
    """There is nothing set aside under this number."""


class ReplayedBefore(Conflict):
    """This was taken in before."""


class StillRefused(Conflict):
    """The reason for which this was set aside still stands."""


@dataclass(frozen=True, slots=True)
class _Rejected:
    id: int
    edge: str | None
    epoch: int | None
    sequence: int | None
    subject: str
    code: str
    n: int
    payload: bytes
    replayed_at: datetime | None


async def replay_rejected(work: Work, rejected_id: int, *, reason: str = "") -> Receipt:
    """Store what was set aside under this number.

    Raises NothingSetAside, ReplayedBefore, StillRefused, and Malformed for what still can't be read.
    """
    row = await work.one(SQL["rejected"], _Rejected, id=rejected_id)
    if row is None:
        raise NothingSetAside(id=rejected_id)
    if row.replayed_at is not None:
        raise ReplayedBefore(id=rejected_id, at=row.replayed_at)
    (receipt,) = await append(work, [Arrival(_message(row), row.payload, "replay", row.subject)])
    if receipt.fate is Fate.REJECTED or receipt.refusals:
        raise StillRefused(id=rejected_id, code=row.code)  # its transaction is rolled back, nothing of it stays
    await work.run(SQL["was_rejected"], edge=row.edge or "unknown", n=row.n)
    await work.run(SQL["replayed"], id=rejected_id, now=work.now)
    work.audit("ingest.replay", "ingest_rejected", rejected_id, after={"batch": receipt.batch_id}, reason=reason)
    return receipt


def _message(row: _Rejected) -> Message:
    message = decode(row.payload)
    if row.code not in ANEW:
        return message
    gaps = tuple(gap._replace(epoch=gap.epoch or message.epoch) for gap in message.gaps)
    return Message(message.edge, ANEW_EPOCH, row.id, message.batch, gaps)
