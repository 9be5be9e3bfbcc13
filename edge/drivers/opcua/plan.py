"""Which subscriptions a server is asked for: one a sampling group. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from edge.drivers.opcua.config import OpcuaPoint
from edge.strict import Group


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A subscription: what is sampled how often, and how many values the server keeps of each."""

    group: str
    period_s: float
    queue_size: int
    points: tuple[OpcuaPoint, ...]


@dataclass(frozen=True, slots=True)
class OpcuaPlan:
    """All subscriptions to a server."""

    groups: tuple[GroupPlan, ...]

    @property
    def addresses(self) -> Mapping[str, str]:
        return {point.point: point.source for group in self.groups for point in group.points}

    def __str__(self) -> str:
        return "\n".join(
            f"{g.group}: subscription every {g.period_s:g} s, {len(g.points)} nodes, {g.queue_size} values kept of each"
            for g in self.groups
        )


def plan(points: Sequence[OpcuaPoint], groups: Mapping[str, Group], outage_s: float) -> OpcuaPlan:
    """The subscriptions for these points; the queue outlasts an outage of `outage_s`, and is never a single place."""
    return OpcuaPlan(
        tuple(
            GroupPlan(name, group.period_s, max(2, ceil(outage_s / group.period_s)), own)
            for name, group in groups.items()
            if (own := tuple(point for point in points if point.group == name))
        )
    )
