"""Waiting longer after each failure, by chance within bounds, so that many edges do not knock at once (full jitter)."""

from __future__ import annotations

from random import SystemRandom

_random = SystemRandom()


class Backoff:
    """Waits between `first_s` and `longest_s` seconds."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._failures = 0

    def next_s(self) -> float:
        """Seconds to wait after one more failure."""
        ceiling = min(self._longest_s, self._first_s * 2 ** min(self._failures, 16))
        self._failures += 1
        return _random.uniform(self._first_s / 2, ceiling)

    def reset(self) -> None:
        """It worked."""
        self._failures = 0
