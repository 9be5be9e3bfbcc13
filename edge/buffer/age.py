"""How long the buffer has run, and which blocks came lately, by a clock that only goes forward. Pure.

Wall clocks are set, on the edge more than anywhere; neither a reading's life nor its lane may hang on that.
"""

from __future__ import annotations

from collections import deque

LIVE_S = 10.0
"""A block that came longer ago is no longer live."""
_WRITE_DOWN_US = 60_000_000
"""How long the buffer has lived is written down so often, where no block says so."""


class Age:
    """`now_s` are seconds of any clock that only goes forward while the program runs."""

    def __init__(self, now_s: float) -> None:
        self.lived_us = 0  # over all runs; time between them does not count
        self._written_down_us = 0
        self._seen_s = now_s
        self._came: deque[tuple[float, int]] = deque()  # when blocks came, and the first of them

    def begin(self, lived_us: int) -> None:
        """A file was opened that had lived for so long; of this run nothing has come yet."""
        self.lived_us = self._written_down_us = lived_us
        self._came.clear()

    def go_on(self, now_s: float) -> int:
        """Time passes; answers how long the buffer has lived, in µs."""
        self.lived_us += int((now_s - self._seen_s) * 1_000_000)
        self._seen_s = now_s
        return self.lived_us

    def must_be_written_down(self) -> bool:
        """Whether it is time to; it counts as done then."""
        due = self.lived_us - self._written_down_us >= _WRITE_DOWN_US
        if due:
            self._written_down_us = self.lived_us
        return due

    def came(self, first: int, now_s: float) -> None:
        """Blocks came, from this sequence on."""
        self.live_from(now_s)
        self._came.append((now_s, first))

    def live_from(self, now_s: float) -> int | None:
        """The first sequence that came less than LIVE_S ago; None where none did."""
        while self._came and now_s - self._came[0][0] > LIVE_S:
            self._came.popleft()
        return self._came[0][1] if self._came else None
