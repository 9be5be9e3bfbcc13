"""Which requests read a set of points: sorted, neighbours merged, a value never split between two. Pure.

A request goes on while it may: that makes as few as there can be, since whatever a later request could take over
from an earlier one, it would have to begin earlier for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from edge.drivers.modbus.config import Limits, ModbusPoint, Span
from edge.drivers.modbus.decode import Decoder, decoder_for
from edge.drivers.modbus.types import Area, is_bit_area

LimitsOf = Callable[[int], Limits]
"""The limits of a unit."""


@dataclass(frozen=True, slots=True)
class Request:
    """One read: `count` registers or bits from `address`, for the points that lie within."""

    unit: int
    area: Area
    address: int
    count: int
    points: tuple[ModbusPoint, ...]
    reason: str = field(default="", compare=False)  # why it begins here and the one before it did not go on
    read_along: int = field(default=0, compare=False)  # addresses that nobody asked for
    decoder: Decoder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decoder", decoder_for(self.points, self.address))

    @property
    def last(self) -> int:
        """The last address it reads."""
        return self.address + self.count - 1

    @property
    def span(self) -> Span:
        """The addresses it reads."""
        return Span(area=self.area, first=self.address, last=self.last)

    @property
    def bytes_due(self) -> int:
        """How many bytes of values answer it."""
        return (self.count + 7) // 8 if is_bit_area(self.area) else 2 * self.count

    def __str__(self) -> str:
        return f"unit {self.unit} {self.area} {self.span}"

    def halves(self) -> tuple[Request, Request] | None:
        """The same points in two requests, for finding what a device refuses; None if all stand at one place."""
        places = sorted({(point.address, point.last) for point in self.points})
        if len(places) == 1:
            return None
        middle = places[len(places) // 2]
        lower = [point for point in self.points if (point.address, point.last) < middle]
        upper = [point for point in self.points if (point.address, point.last) >= middle]
        return request_for(lower), request_for(upper)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a device taught while it was asked: what it refuses, and where no request may reach across."""

    refused: frozenset[tuple[int, Span]] = frozenset()  # unit, addresses
    splits: frozenset[tuple[int, Area, int]] = frozenset()  # unit, area, address at which a request must begin


NOTHING = Learned()


def request_for(points: Iterable[ModbusPoint], reason: str = "") -> Request:
    """The one request that reads these points, all of one unit and area."""
    inside = tuple(points)
    first, last = min(p.address for p in inside), max(p.last for p in inside)
    asked = len({address for p in inside for address in range(p.address, p.last + 1)})
    count = last - first + 1
    return Request(inside[0].unit, inside[0].area, first, count, inside, reason, count - asked)


def requests(points: Iterable[ModbusPoint], limits_of: LimitsOf, learned: Learned = NOTHING) -> tuple[Request, ...]:
    """As few requests as the limits allow, in order of unit, area and address, whatever the points' order."""
    runs: list[_Run] = []
    for point in sorted(points, key=lambda p: (p.unit, p.area, p.address, p.width, p.point)):
        reason = _why_apart(runs[-1], point, limits_of(point.unit), learned) if runs else "the first of the round"
        if reason:
            runs.append(_Run(point.address, point.last, [point], reason))
        else:
            runs[-1].points.append(point)
            runs[-1].last = max(runs[-1].last, point.last)
    return tuple(request_for(run.points, run.reason) for run in runs)


@dataclass(slots=True)
class _Run:
    """A request that is being put together."""

    first: int
    last: int
    points: list[ModbusPoint]
    reason: str


def _why_apart(run: _Run, point: ModbusPoint, limits: Limits, learned: Learned) -> str:
    """Why a point can't be read together with those before it; empty if it can."""
    before = run.points[-1]
    if point.unit != before.unit:
        return "another unit"
    if point.area != before.area:
        return "another area"
    if limits.one_request_a_field:
        same = (point.address, point.last) == (before.address, before.last)
        return "" if same else "one request a field"
    return _why_not_across(run, point, limits, learned) or _why_not_so_long(run, point, limits)


def _why_not_so_long(run: _Run, point: ModbusPoint, limits: Limits) -> str:
    longest = limits.longest(point.area)
    noun = "bits" if point.is_bit_area else "registers"
    return f"one request asks for {longest} {noun} at most" if point.last - run.first >= longest else ""


def _why_not_across(run: _Run, point: ModbusPoint, limits: Limits, learned: Learned) -> str:
    """What stands between: something forbidden or refused, or more than may be read along."""
    gap = point.address - run.last - 1
    if any(
        unit == point.unit and area == point.area and run.first < at <= point.address
        for unit, area, at in learned.splits
    ):
        return "the device refuses what reaches across here"
    if gap <= 0:
        return ""
    for span in limits.forbidden:
        if span.touches(point.area, run.last + 1, point.address - 1):
            return f"{span} before it is forbidden"
    for unit, span in learned.refused:
        if unit == point.unit and span.touches(point.area, run.last + 1, point.address - 1):
            return f"{span} before it is refused by the device"
    return f"{gap} before it are nobody's, {limits.gap} are read along at most" if gap > limits.gap else ""
