"""What a driver is: it checks its config, makes a plan, and runs it, handing batches to a sink.

A driver never sees buffer or uplink. It awaits the sink, which returns when the readings are on disk; only then may it
acknowledge them to the protocol. It only reads: no write call exists.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import nan
from typing import Any, Protocol, TypeVar, runtime_checkable

from edge.strict import Group, PointConfig
from telemetry.batch import Batch, BatchBuilder
from telemetry.lines import Where
from telemetry.quality import Quality

Sink = Callable[[Batch], Awaitable[None]]
"""Takes a batch; returns when it is on disk."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a driver finds wrong in its device: where (from the device on), and what."""

    where: Where
    text: str


class Link(StrEnum):
    """How a device's connection stands."""

    CONNECTING = "connecting"  # not reached yet
    CONNECTED = "connected"
    DEGRADED = "degraded"  # a part of it does not answer
    LOST = "lost"  # was there, or was tried, and is not


@dataclass(frozen=True, slots=True)
class DriverHealth:
    """How a driver fares, for people and for self-points."""

    link: Link
    reason: str  # in words; empty when all is well
    last_good: datetime | None  # when a good reading last came
    round_trip_s: float | None
    point_reasons: Mapping[str, str]  # points that cannot be read, and why
    requests_planned: int = 0  # requests or subscriptions that the plan leads to, a round
    requests_done: int = 0  # requests answered, or messages taken, since the start
    certificate_until: datetime | None = None  # when the first certificate of this connection expires
    gaps: int = 0  # times that readings were lost before they reached the edge, where the protocol lets that be known


class Plan(Protocol):
    """What a driver will do, printable: which requests, which subscriptions, and why these."""

    @property
    def addresses(self) -> Mapping[str, str]:
        """Each point and where the device keeps it."""
        ...

    def facts(self) -> list[dict[str, Any]]:
        """The same for programs: a JSON object for each request or subscription, with its points and its reason."""
        ...

    def __str__(self) -> str:
        """For people: a line for each request or subscription, with its reason."""
        ...


@runtime_checkable
class ReachesFurther(Protocol):
    """A plan that also expects points which no config names, such as those of a broker's topics."""

    def group_of(self, point: str) -> str | None:
        """The sampling group of a point that it leads to; None: it doesn't."""
        ...


P = TypeVar("P", bound=Plan)
C = TypeVar("C", bound=PointConfig, contravariant=True)


class Driver(Protocol[P, C]):
    """Reads one device."""

    def check(self) -> list[Mistake]:
        """Every mistake in the device's config that can be seen before any I/O."""
        ...

    def plan(self, points: Sequence[C], groups: Mapping[str, Group]) -> P:
        """What will be done; pure."""
        ...

    async def run(self, plan: P, sink: Sink) -> None:
        """Read for ever, through losses of the connection. Ends only by cancellation."""
        ...

    async def change(self, plan: P) -> None:
        """Go over to another plan of the same device while `run` runs.

        What both plans have goes on undisturbed; nothing reconnects. A driver that is not connected takes it up then.
        """
        ...

    def health(self) -> DriverHealth:
        """How it stands now."""
        ...


class Pulse:
    """Keeps a driver's health while it runs."""

    def __init__(self) -> None:
        self.link = Link.CONNECTING
        self.reason = ""
        self.last_good: datetime | None = None
        self.round_trip_s: float | None = None
        self.point_reasons: dict[str, str] = {}
        self.requests_planned = 0
        self.requests_done = 0
        self.certificate_until: datetime | None = None
        self.gaps = 0

    def stands(self, link: Link, reason: str = "") -> None:
        """The connection has changed."""
        self.link, self.reason = link, reason

    def snapshot(self) -> DriverHealth:
        """The health at this moment."""
        return DriverHealth(
            self.link,
            self.reason,
            self.last_good,
            self.round_trip_s,
            dict(self.point_reasons),
            self.requests_planned,
            self.requests_done,
            self.certificate_until,
            self.gaps,
        )


def without_value(points: Iterable[str], at_us: int, quality: Quality) -> Batch:
    """One reading of bad quality for each point: the gap is told, not left out."""
    builder = BatchBuilder()
    for point in points:
        builder.add(point, at_us, at_us, nan, quality)
    return builder.take()
