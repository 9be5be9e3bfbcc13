"""Which requests read a set of points: sorted, neighbours merged, a value never split between two. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edge.drivers.modbus.config import Area, Limits, ModbusPoint
from edge.strict import Group


@dataclass(frozen=True, slots=True)
class Request:
    """One read: `count` registers or bits from `address`, for the points that lie within."""

    unit: int
    area: Area
    address: int
    count: int
    points: tuple[ModbusPoint, ...]

    def __str__(self) -> str:
        last = self.address + self.count - 1
        return f"unit {self.unit} {self.area} {self.address}-{last} for {len(self.points)} points"

    def halves(self, limits: Limits) -> tuple[Request, ...]:
        """The same points in two requests, for finding the one that a device refuses."""
        middle = len(self.points) // 2
        return (*requests(self.points[:middle], limits), *requests(self.points[middle:], limits))


@dataclass(frozen=True, slots=True)
class Poll:
    """What is read every period."""

    group: str
    period_s: float
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class ModbusPlan:
    """All polls of a device."""

    polls: tuple[Poll, ...]

    @property
    def addresses(self) -> Mapping[str, str]:
        return {p.point: p.source for poll in self.polls for request in poll.requests for p in request.points}

    def __str__(self) -> str:
        return "\n".join(
            f"{poll.group}, every {poll.period_s:g} s: {request}" for poll in self.polls for request in poll.requests
        )


def plan(points: Sequence[ModbusPoint], groups: Mapping[str, Group], limits: Limits) -> ModbusPlan:
    """The polls for these points, a group each."""
    named = [name for name in groups if any(p.group == name for p in points)]
    return ModbusPlan(
        tuple(
            Poll(name, groups[name].period_s, requests([p for p in points if p.group == name], limits))
            for name in named
        )
    )


def requests(points: Iterable[ModbusPoint], limits: Limits) -> tuple[Request, ...]:
    """As few requests as the limits allow, in order of unit, area and address."""
    merged: list[Request] = []
    for point in sorted(points, key=lambda p: (p.unit, p.area, p.address, p.width)):
        joined = _joined(merged[-1], point, limits) if merged else None
        if joined:
            merged[-1] = joined
        else:
            merged.append(Request(point.unit, point.area, point.address, point.width, (point,)))
    return tuple(merged)


def _joined(request: Request, point: ModbusPoint, limits: Limits) -> Request | None:
    if (request.unit, request.area) != (point.unit, point.area):
        return None
    end = request.address + request.count
    longest = limits.bits if point.is_bit_area else limits.registers
    count = max(end, point.address + point.width) - request.address
    if point.address - end > limits.gap or count > longest:
        return None
    return Request(request.unit, request.area, request.address, count, (*request.points, point))
