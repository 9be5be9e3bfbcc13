"""The plan of a Modbus device: what is read at which rhythm, printable with the reason for each request. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge.drivers.modbus.config import ModbusPoint
from edge.drivers.modbus.planner import LimitsOf, Request, requests
from edge.drivers.modbus.types import FUNCTIONS, is_bit_area
from edge.strict import Group


@dataclass(frozen=True, slots=True, order=True)
class Rhythm:
    """When a round begins: `phase_s` after the start, then every `period_s`."""

    period_s: float
    phase_s: float = 0.0

    def __str__(self) -> str:
        return f"every {self.period_s:g} s" + (f", {self.phase_s:g} s after the start" if self.phase_s else "")


@dataclass(frozen=True, slots=True)
class Poll:
    """What is read at one rhythm: all groups that have it share requests."""

    rhythm: Rhythm
    groups: tuple[str, ...]
    requests: tuple[Request, ...]

    @property
    def points(self) -> Iterator[ModbusPoint]:
        """All points, in the order in which they are read."""
        return (point for request in self.requests for point in request.points)

    def __str__(self) -> str:
        words = [
            _counted(sum(r.count for r in self.requests if is_bit_area(r.area) == bits), noun) for bits, noun in _NOUNS
        ]
        counts = f"{_counted(len(self.requests), 'request')} for {' and '.join(word for word in words if word)}"
        head = f"{self.rhythm} ({', '.join(self.groups)}): {counts}, {_counted(sum(1 for _ in self.points), 'point')}"
        return "\n".join([head, *(f"  {_line(request)}" for request in self.requests)])


@dataclass(frozen=True, slots=True)
class ModbusPlan:
    """All polls of a device, the quickest first."""

    polls: tuple[Poll, ...]

    @property
    def addresses(self) -> Mapping[str, str]:
        return {p.point: p.source for poll in self.polls for p in poll.points}

    def poll_at(self, rhythm: Rhythm) -> Poll | None:
        """What is read at a rhythm."""
        return next((poll for poll in self.polls if poll.rhythm == rhythm), None)

    @property
    def requests_a_round(self) -> int:
        """How many requests read every point once."""
        return sum(len(poll.requests) for poll in self.polls)

    def facts(self) -> list[dict[str, Any]]:
        return [_fact(poll, request) for poll in self.polls for request in poll.requests]

    def __str__(self) -> str:
        return "\n".join(map(str, self.polls))


def plan(points: Sequence[ModbusPoint], groups: Mapping[str, Group], limits_of: LimitsOf) -> ModbusPlan:
    """The polls for these points, one for each rhythm. The config's order makes no difference."""
    by_rhythm: dict[Rhythm, list[ModbusPoint]] = {}
    for point in points:
        group = groups[point.group]
        by_rhythm.setdefault(Rhythm(group.period_s, group.phase_s), []).append(point)
    return ModbusPlan(
        tuple(
            Poll(rhythm, tuple(sorted({p.group for p in inside})), requests(inside, limits_of))
            for rhythm, inside in sorted(by_rhythm.items())
        )
    )


_NOUNS = ((False, "register"), (True, "bit"))


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}" if n else ""


def _line(request: Request) -> str:
    along = f", {request.read_along} of them read along" if request.read_along else ""
    count = _counted(request.count, "bit" if is_bit_area(request.area) else "register")
    return f"{request}: {count}{along}; {_counted(len(request.points), 'point')} ({request.reason})"


def _fact(poll: Poll, request: Request) -> dict[str, Any]:
    return {
        "period_s": poll.rhythm.period_s,
        "phase_s": poll.rhythm.phase_s,
        "groups": sorted({point.group for point in request.points}),
        "unit": request.unit,
        "area": request.area,
        "function": FUNCTIONS[request.area],
        "first": request.address,
        "last": request.last,
        "count": request.count,
        "read_along": request.read_along,
        "points": [point.point for point in request.points],
        "reason": request.reason,
    }
