"""What edges say of themselves, out of the newest readings of their own points. Pure: rows in, views out.

A measure that is told no longer (a device that was taken out, an offset that can't be measured now) is not known: what
is much older than the newest word of its edge is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from telemetry.point import is_edges_own, parse_point
from telemetry.store import LastValue

SPOKEN_FOR = timedelta(seconds=150)
"""An edge tells every measure once a minute at least; what is older by so much than its newest word is over."""
CONNECTED, DEGRADED, NOT_REACHED = 2, 1, 0
_LINK = "link-"


@dataclass(frozen=True, slots=True)
class Device:
    """A device as its edge sees it. None: not told."""

    name: str
    link: int  # 2 connected, 1 degraded, 0 lost or not reached yet
    round_trip_s: float | None
    planned: float | None  # requests or subscriptions of a round
    answered: float | None  # since the edge's start


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The newest value of each measure that the edge still tells, and when it told its newest word."""

    at: datetime
    values: Mapping[str, float]
    points: Mapping[str, int]  # ids of their points

    def get(self, measure: str) -> float | None:
        """None: it does not tell."""
        return self.values.get(measure)

    def has(self, measure: str) -> bool:
        return measure in self.values

    def count(self, measure: str) -> int:
        """0 where it does not tell."""
        return int(self.values.get(measure, 0))

    @property
    def devices(self) -> tuple[Device, ...]:
        """By name."""
        names = sorted(m.removeprefix(_LINK) for m in self.values if m.startswith(_LINK))
        return tuple(self._device(name) for name in names)

    def _device(self, name: str) -> Device:
        parts = [self.values.get(f"{part}-{name}") for part in ("round-trip", "planned", "requests")]
        return Device(name, self.count(f"{_LINK}{name}"), *parts)


def own_words(last: Iterable[LastValue]) -> dict[str, OwnWords]:
    """By edge, from the points that edges have of themselves."""
    by_edge: dict[str, list[tuple[str, LastValue]]] = defaultdict(list)
    for each in last:
        if is_edges_own(each.name):
            name = parse_point(each.name)
            by_edge[name.equipment].append((name.measure, each))
    return {edge: _words(told) for edge, told in by_edge.items()}


def _words(told: list[tuple[str, LastValue]]) -> OwnWords:
    newest = max(each.time for _, each in told)
    fresh = [(measure, each) for measure, each in told if newest - each.time <= SPOKEN_FOR]
    values = {measure: each.value for measure, each in fresh if each.value is not None}
    return OwnWords(newest, values, {measure: each.point_id for measure, each in fresh})
