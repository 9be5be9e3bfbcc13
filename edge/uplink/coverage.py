"""What the gateway says that the database has committed: JSON `{"epoch": E, "committed": [[low, high], ...]}`.

An answer to a question also brings the gateway's time, `"now_us"`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from telemetry.errors import Invalid

Range = tuple[int, int]
"""Lowest and highest sequence, both included."""


class BadCursor(Invalid):
    """This is no cursor of committed sequences."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Ranges of sequences of an epoch that the database has."""

    epoch: int
    ranges: tuple[Range, ...]
    now_us: int | None = None  # the gateway's time; an older gateway does not tell it

    def covers(self, sequence: int) -> bool:
        """Whether the database has this one."""
        return any(low <= sequence <= high for low, high in self.ranges)

    def of(self, sequences: Iterable[int]) -> tuple[list[int], list[Range]]:
        """Which of these the database has, ascending, and the same as ranges."""
        told, ahead = sorted(self.ranges), 0
        found: list[int] = []
        ranges: list[Range] = []
        for sequence in sorted(sequences):
            while ahead < len(told) and told[ahead][1] < sequence:
                ahead += 1
            if ahead < len(told) and told[ahead][0] <= sequence:
                begins = ranges.pop()[0] if found and found[-1] == sequence - 1 else sequence
                ranges.append((begins, sequence))
                found.append(sequence)
        return found, ranges


def portions(ranges: Iterable[Range], bounds: Range, most: int) -> Iterator[list[Range]]:
    """What of these ranges lies within bounds, in portions of so many sequences at most."""
    portion: list[Range] = []
    room = most
    for low, high in ranges:
        low, high = max(low, bounds[0]), min(high, bounds[1])
        while low <= high:
            end = min(high, low + room - 1)
            portion.append((low, end))
            room -= end - low + 1
            low = end + 1
            if not room:
                yield portion
                portion, room = [], most
    if portion:
        yield portion


def parse(data: bytes) -> Coverage:
    """Read a cursor. Raises BadCursor; a cursor that is not understood must never delete anything."""
    try:
        facts: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadCursor(reason="not JSON") from error
    if (
        not isinstance(facts, dict)
        or type(facts.get("epoch")) is not int
        or not isinstance(facts.get("committed"), list)
    ):
        raise BadCursor(reason="epoch and committed are missing")
    now_us = facts.get("now_us")
    if now_us is not None and (type(now_us) is not int or not 0 < now_us < 2**62):
        raise BadCursor(reason="the gateway's time is no number of µs since 1970", found=str(now_us)[:40])
    return Coverage(facts["epoch"], tuple(_ranges(facts["committed"])), now_us)


def _ranges(pairs: list[Any]) -> Iterator[Range]:
    for pair in pairs:
        whole = isinstance(pair, list) and len(pair) == 2 and all(type(x) is int for x in pair)
        if not whole or not 0 < pair[0] <= pair[1] < 2**63:
            raise BadCursor(reason="a range is two whole numbers, the lower one first", found=str(pair)[:40])
        yield pair[0], pair[1]
