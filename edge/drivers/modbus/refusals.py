"""What a device refuses, and until when it isn't asked for that again.

A refused request is halved until the places are found that are refused by themselves. They are remembered, across
reconnections too; the points around them are planned anew, so that one bad register costs one more request and not
seven. Where both halves are answered and the whole is not, a request must begin at the second half from then on.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.drivers.modbus.config import ModbusPoint, Span
from edge.drivers.modbus.plan import Poll, Rhythm
from edge.drivers.modbus.planner import Learned, LimitsOf, Request, request_for, requests
from edge.drivers.modbus.types import Area

ASK_AGAIN_S = 600.0
"""After so long it may be that somebody has mended the device's configuration."""

AGAIN_A_ROUND = 8
"""So many at most, so that a whole area that is refused does not hold up a round."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One place that is refused."""

    code: int  # the exception
    until_s: float  # when it is asked for again
    reason: str


@dataclass(frozen=True, slots=True)
class Agenda:
    """What one round of a poll asks for, and what it leaves out."""

    asked: tuple[Request, ...]
    left_out: tuple[tuple[Request, Refusal], ...] = ()


@dataclass(frozen=True, slots=True)
class _Planned:
    """A poll as planned with what was learned so far."""

    poll: Poll
    version: int
    allowed: tuple[Request, ...]
    refused: tuple[Request, ...]  # a place each


class Refusals:
    """The memory of one device. Times are the loop's, in seconds."""

    def __init__(self, limits_of: LimitsOf) -> None:
        self._limits_of = limits_of
        self._refused: dict[tuple[int, Span], Refusal] = {}
        self._splits: set[tuple[int, Area, int]] = set()
        self._version = 0  # of what was learned
        self._planned: dict[Rhythm, _Planned] = {}

    def refuse(self, request: Request, code: int, reason: str, now_s: float) -> None:
        """A request that can't be halved is refused."""
        place = (request.unit, request.span)
        self._version += place not in self._refused
        self._refused[place] = Refusal(code, now_s + ASK_AGAIN_S, reason)

    def split_at(self, request: Request) -> None:
        """From now on a request begins where this one does."""
        self._splits.add((request.unit, request.area, request.address))
        self._version += 1

    def answered(self, request: Request) -> None:
        """What was refused is so no longer."""
        if self._refused and (request.unit, request.span) in self._refused:
            del self._refused[(request.unit, request.span)]
            self._version += 1

    def agenda(self, poll: Poll, now_s: float) -> Agenda:
        """What to ask for in a round that begins now."""
        if self._version == 0:
            return Agenda(poll.requests)
        planned = self._planned.get(poll.rhythm)
        if planned is None or planned.poll is not poll or planned.version != self._version:
            planned = self._planned[poll.rhythm] = self._plan(poll)
        known = [(request, self._refused[(request.unit, request.span)]) for request in planned.refused]
        due = sorted((refusal.until_s, i) for i, (_, refusal) in enumerate(known) if refusal.until_s <= now_s)
        again = {i for _, i in due[:AGAIN_A_ROUND]}
        asked = (request for i, (request, _) in enumerate(known) if i in again)
        return Agenda((*planned.allowed, *asked), tuple(pair for i, pair in enumerate(known) if i not in again))

    def _plan(self, poll: Poll) -> _Planned:
        places: dict[tuple[int, Span], list[ModbusPoint]] = {}
        allowed: list[ModbusPoint] = []
        for point in poll.points:
            place = (point.unit, Span(area=point.area, first=point.address, last=point.last))
            (places.setdefault(place, []) if place in self._refused else allowed).append(point)
        learned = Learned(frozenset(self._refused), frozenset(self._splits))
        refused = tuple(request_for(points) for points in places.values())
        return _Planned(poll, self._version, requests(allowed, self._limits_of, learned), refused)
