"""Devices whose every value tells its point and its number, so that what is missing, twice or misnamed can be counted.

Point 7's third value is 7,000,003. A device gives number after number, each to all of its points, and remembers how far
it is and which the edge could at least have had.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

PER_POINT = 1_000_000
POINTS = 10
PERIOD_S = 0.2


def value_of(place: int, number: int) -> int:
    """What a point's number-th value is."""
    return place * PER_POINT + number


@dataclass(frozen=True, slots=True)
class Point:
    """A point and its place, which stands in its values. Places begin at 1 and are never shared."""

    name: str
    place: int


class Device(Protocol):
    """A simulated device and what the edge's config says about it."""

    protocol: str
    points: tuple[Point, ...]
    given: int
    """Numbers 1 to `given` have been given, each for every point."""

    async def start(self) -> int:
        """Listen; answers the port."""
        ...

    def config(self, port: int) -> dict[str, Any]:
        """The device in an edge's config, reached at this port."""
        ...

    async def awaited(self) -> None:
        """Return when the edge is there to take: all that is given from then on can reach it."""
        ...

    async def give_for_ever(self) -> None:
        """Give number after number. One that is asked gives when it is asked."""
        ...

    async def stop(self) -> None:
        """Stop listening."""
        ...


def points_of(protocol: str, first_place: int) -> tuple[Point, ...]:
    """The points of one device."""
    return tuple(Point(f"hainan/faults/{protocol}/n{k}", first_place + k) for k in range(POINTS))


class Beat:
    """A steady beat without drift; one that comes late is followed by the next at its own time."""

    def __init__(self, period_s: float = PERIOD_S) -> None:
        self._period_s = period_s
        self._next = asyncio.get_running_loop().time()

    async def wait(self) -> None:
        """Until the next beat."""
        self._next += self._period_s
        await asyncio.sleep(max(0.0, self._next - asyncio.get_running_loop().time()))
