"""When each point was last heard to say something usable: a memory of one watch that spares it questions.

It may be lost, and it may know less than the database. Whom it has not heard lately is asked for there.
"""

from __future__ import annotations

from collections.abc import Iterable


class Heard:
    """By point id, the time (µs) from which on it said nothing but usable things."""

    def __init__(self) -> None:
        self._last_us: dict[int, int] = {}

    def note(self, point_ids: Iterable[int], at_us: int, now_us: int) -> None:
        """These said something usable at that moment or later. What is ahead of our time proves nothing."""
        if at_us <= now_us:
            self._last_us.update(dict.fromkeys(point_ids, at_us))

    def not_since(self, point_ids: Iterable[int], at_us: int) -> list[int]:
        """Which of these were not heard at that moment or later."""
        last_us = self._last_us
        return [point_id for point_id in point_ids if last_us.get(point_id, 0) < at_us]
