"""Chance that is a function of seed, machine and calendar day.

A machine draws anew from every midnight of the plant on, so that a run which begins on Tuesday meets the same
Wednesday as a run which began a week earlier: history and the live plant agree without handing over the state of a
generator.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np


def generator(seed: int, name: str, day: int) -> np.random.Generator:
    """The generator of one machine for one day (days since 1970 in the plant's zone)."""
    return np.random.default_rng([seed & 0xFFFFFFFF, crc32(name.encode()), day & 0xFFFFFFFF])


class DailyChance:
    """A machine's generator, begun anew each day."""

    __slots__ = ("_day", "_name", "_seed", "draw")

    def __init__(self, seed: int, name: str) -> None:
        self._seed, self._name, self._day = seed, name, -1
        self.draw = generator(seed, name, -1)

    def turn_to(self, day: int) -> bool:
        """Begin the day's generator; True when the day is a new one."""
        if day == self._day:
            return False
        self._day = day
        self.draw = generator(self._seed, self._name, day)
        return True
