"""Which blocks are under way, which come next, and which must be asked for or sent again. Pure: time is an argument.

A block is under way from its first sending until the database has it. At most SIZE are, so that while the gateway is
away little waits in the stream and the rest stays safe at the edge. Sequences from `live_from` on travel on the live
lane, older ones on the backlog lane, which may not take the whole window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge.uplink.coverage import Coverage

SIZE = 64
BACKLOG_SHARE = 48
OVERDUE_S = 10.0
_LONGEST_WAIT_S = 300.0


@dataclass(slots=True)
class Sent:
    """A block under way."""

    at_s: float
    tries: int = 1
    in_stream: bool = False  # the stream has acknowledged it, which does not mean the database has it

    @property
    def overdue_at_s(self) -> float:
        wait_s: float = min(OVERDUE_S * 2.0 ** (self.tries - 1), _LONGEST_WAIT_S)
        return self.at_s + wait_s


class Window:
    """The uplink's memory of one connection. Seconds are of any clock that only goes forward."""

    def __init__(self, first: int, last: int) -> None:
        self.next_backlog = first
        self.live_from = self.next_live = last + 1
        self.under_way: dict[int, Sent] = {}
        self.again: dict[int, int] = {}  # sequence to tries so far: must be sent again

    def live_room(self) -> int:
        """How many live blocks may be sent now."""
        return max(0, SIZE - len(self.under_way))

    def backlog_room(self) -> int:
        """How many blocks of the backlog may be sent now."""
        old = sum(sequence < self.live_from for sequence in self.under_way)
        return max(0, min(SIZE - len(self.under_way), BACKLOG_SHARE - old))

    def backlog_waits(self) -> bool:
        """Whether anything of the backlog has still to be sent, as far as is known."""
        return bool(self.again) or self.next_backlog < self.live_from

    def fall_behind(self, live_from: int) -> None:
        """Live begins there now: what came earlier and has not been sent has become backlog."""
        if self.next_live < live_from:
            self.live_from = self.next_live = live_from

    def looked_through(self, last: int) -> None:
        """The backlog has been read up to here."""
        self.next_backlog = max(self.next_backlog, last + 1)

    def sent(self, sequence: int, now_s: float) -> None:
        """A block has been sent; live ones go in order."""
        tries = self.again.pop(sequence, None)
        self.under_way[sequence] = Sent(now_s, (tries or 0) + 1)
        if tries is None and sequence >= self.live_from:
            self.next_live = max(self.next_live, sequence + 1)

    def in_stream(self, sequence: int) -> None:
        """The stream has it."""
        if sequence in self.under_way:
            self.under_way[sequence].in_stream = True

    def refused(self, sequence: int) -> None:
        """The stream does not take it: again later, and not counted as a try."""
        sent = self.under_way.pop(sequence, None)
        if sent is not None:
            self.again[sequence] = sent.tries - 1

    def forget(self, sequences: Iterable[int]) -> None:
        """These no longer exist in the buffer."""
        for sequence in sequences:
            self.under_way.pop(sequence, None)
            self.again.pop(sequence, None)

    def covered(self, coverage: Coverage) -> None:
        """The database has these: they are no longer under way."""
        self.forget([sequence for sequence in (*self.under_way, *self.again) if coverage.covers(sequence)])

    def overdue(self, now_s: float) -> Sequence[int]:
        """Blocks whose coverage should have come by now; to be asked for."""
        return sorted(sequence for sequence, sent in self.under_way.items() if sent.overdue_at_s <= now_s)

    def unanswered(self, asked: Iterable[int]) -> None:
        """Nobody answers for the database. What the stream has waits there; what it may not have is sent again."""
        self._send_again(s for s in asked if s in self.under_way and not self.under_way[s].in_stream)

    def answered(self, asked: Iterable[int], coverage: Coverage) -> None:
        """The database has been asked: what it has is done, what it has not is sent again."""
        self.covered(coverage)
        self._send_again(sequence for sequence in asked if sequence in self.under_way)

    def _send_again(self, sequences: Iterable[int]) -> None:
        for sequence in list(sequences):
            self.again[sequence] = self.under_way.pop(sequence).tries
