"""A row of the trail, and how a chain of rows is judged. Pure: rows come in, a verdict goes out.

A chain alone can't tell that its last rows were cut off. A checkpoint, written down elsewhere, can.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telemetry.chain import GENESIS, link, stamp
from telemetry.errors import Invalid

_FORM = re.compile(r"(\d+):([0-9a-f]{64})")


class CheckpointUnreadable(Invalid):
    """A checkpoint is written as the number of a row, a colon and 64 hex digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row as it is stored."""

    seq: int
    at: datetime
    actor: str
    action: str  # excursion.disposition, lot.release.refused ...
    entity: str
    entity_id: str
    before: Any
    after: Any
    reason: str
    prev_hash: str
    hash: str

    def follows(self, previous: str) -> bool:
        """Whether the row is what was written after the row with that hash."""
        row = {
            "seq": self.seq,
            "ts": stamp(self.at),
            "actor": self.actor,
            "action": self.action,
            "entity": self.entity,
            "entity_id": self.entity_id,
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
        }
        return self.prev_hash == previous and self.hash == link(previous, row)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The end of the chain at some time, to be kept where nobody who can change the database can change it."""

    seq: int
    head: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.head}"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read what `str` wrote. Raises CheckpointUnreadable."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise CheckpointUnreadable(text=text[:100])
        return cls(int(found[1]), found[2])


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the chain is whole."""

    rows: int  # that are proven, from the first
    head: str  # hash of the last of them
    first_bad_seq: int | None  # None: all are as they were written


@dataclass(slots=True)
class Proof:
    """Follows the chain from its first row. `against`: what its end was at some times before."""

    against: Collection[Checkpoint] = ()
    rows: int = 0
    head: str = GENESIS
    first_bad_seq: int | None = field(default=None)
    _ends: dict[int, set[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.against:
            self._ends.setdefault(each.seq, set()).add(each.head)

    def follow(self, entries: Iterable[Entry]) -> bool:
        """Take the next rows, in order. False: one is bad, and the rest proves nothing any more."""
        for entry in entries:
            if entry.seq != self.rows + 1 or not entry.follows(self.head) or self._differs(entry):
                self.first_bad_seq = self.rows + 1
                return False
            self.rows, self.head = entry.seq, entry.hash
        return True

    def verdict(self) -> Verdict:
        """The judgement after the last row. Rows that a checkpoint saw and that are gone begin with the next one."""
        cut_off = self.rows < max(self._ends, default=0)
        bad = self.rows + 1 if cut_off and self.first_bad_seq is None else self.first_bad_seq
        return Verdict(self.rows, self.head, bad)

    def _differs(self, entry: Entry) -> bool:
        """Whether a whole chain was written anew: it has another hash where a checkpoint was taken."""
        return bool(self._ends.get(entry.seq, set()) - {entry.hash})
