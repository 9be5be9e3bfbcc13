"""What a server has said last, so that a value that does not change is told again now and then.

A server reports changes only. That one came in a publish, or none in a keep-alive, says that all other values of the
subscription still hold; whoever reads the plant later must be able to tell that from a point that fell silent.
"""

from __future__ import annotations

from collections.abc import Iterator

REPEATED_S = 60.0
"""A value that has not changed for so long is told again with the next publish."""


class Steady:
    """The last value and quality of each handle of a subscription, and when it was told, in µs of our clock."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, float, int]] = {}

    def told(self, handle: int, value: float, quality: int, now_us: int) -> None:
        """Remember what was handed on."""
        self._last[handle] = (now_us, value, quality)

    def due(self, now_us: int) -> Iterator[tuple[int, float, int]]:
        """(handle, value, quality) of what was told too long ago; it counts as told now."""
        before_us = now_us - round(REPEATED_S * 1e6)
        for handle, (at_us, value, quality) in self._last.items():
            if at_us <= before_us:
                self._last[handle] = (now_us, value, quality)
                yield handle, value, quality
