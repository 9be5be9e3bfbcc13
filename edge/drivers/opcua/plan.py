"""Which subscriptions and reads a server is asked for, and why. Pure: the server's own limits come at connecting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from edge.drivers.opcua.config import OpcuaDevice, OpcuaPoint
from edge.drivers.opcua.profiles import PROFILES, Profile, chunks
from edge.strict import Group

_LONGEST_QUEUE = 10_000
"""What servers allow at most, as a rule; they cut a longer one down, each by its own rule."""


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A sampling group: a subscription, or a read every period."""

    group: str
    period_s: float
    queue_size: int  # values that the server keeps of each node; 0 where it is polled
    points: tuple[OpcuaPoint, ...]
    chunk: int  # nodes a call at most
    phase_s: float = 0.0
    polled: bool = False
    why: str = ""

    @property
    def calls(self) -> list[range]:
        """The places of the points in each call."""
        return list(chunks(len(self.points), self.chunk))

    def facts(self) -> dict[str, Any]:
        """The plan for programs."""
        return {
            "kind": "poll" if self.polled else "subscription",
            "group": self.group,
            "period_s": self.period_s,
            "phase_s": self.phase_s,
            "queue_size": self.queue_size,
            "calls": [len(call) for call in self.calls],
            "points": [point.point for point in self.points],
            "reason": self.why,
        }

    def __str__(self) -> str:
        n, sizes = len(self.points), sorted({len(call) for call in self.calls}, reverse=True)
        calls = f"{len(self.calls)} calls of {' and '.join(map(str, sizes))}" if len(self.calls) > 1 else "one call"
        what = "read" if self.polled else f"subscription, {self.queue_size} values kept of each"
        return f"{self.group}: {n} nodes every {self.period_s:g} s, {what}, in {calls}: {self.why}"


@dataclass(frozen=True, slots=True)
class OpcuaPlan:
    """All that a server is asked for."""

    groups: tuple[GroupPlan, ...]
    beyond: tuple[OpcuaPoint, ...] = ()  # more than the server takes: told, never asked for
    beyond_why: str = ""

    @property
    def addresses(self) -> Mapping[str, str]:
        asked = (point for group in self.groups for point in group.points)
        return {point.point: point.source for point in (*asked, *self.beyond)}

    @property
    def requests(self) -> int:
        """Subscriptions, and reads a round."""
        return sum(len(group.calls) if group.polled else 1 for group in self.groups)

    def facts(self) -> list[dict[str, Any]]:
        """The same for programs."""
        found = [group.facts() for group in self.groups]
        if self.beyond:
            told = [point.point for point in self.beyond]
            found.append({"kind": "not asked for", "points": told, "reason": self.beyond_why})
        return found

    def __str__(self) -> str:
        lines = [str(group) for group in self.groups]
        if self.beyond:
            lines.append(f"not asked for: {len(self.beyond)} nodes, from {self.beyond[0].point} on: {self.beyond_why}")
        return "\n".join(lines)


def plan(device: OpcuaDevice, points: Sequence[OpcuaPoint], groups: Mapping[str, Group]) -> OpcuaPlan:
    """The plan for these points of the device. Points beyond the server's total are named, in the config's order."""
    profile = PROFILES[device.profile]
    subscribed = [point for point in points if groups[point.group].mode != "poll"]
    taken = subscribed[: profile.items_total]
    beyond = tuple(subscribed[len(taken) :])
    asked = {point.point for point in points} - {point.point for point in beyond}
    planned = tuple(
        _group(name, group, own, device, profile)
        for name, group in groups.items()
        if (own := tuple(point for point in points if point.group == name and point.point in asked))
    )
    why = f"{profile.title} takes {profile.items_total} monitored items in all; `mode: poll` needs none"
    return OpcuaPlan(planned, beyond, why if beyond else "")


def _group(name: str, group: Group, points: tuple[OpcuaPoint, ...], device: OpcuaDevice, profile: Profile) -> GroupPlan:
    limits = f"at most {{}} a call ({profile.title}), or fewer if the server says so"
    if group.mode == "poll":
        why = f"`mode: poll`; {limits.format(profile.nodes_per_read)}"
        return GroupPlan(name, group.period_s, 0, points, profile.nodes_per_read, group.phase_s, True, why)
    queue = queue_size(device.outage_s, group.period_s)
    why = f"one subscription a group; the queue outlasts {queue * group.period_s:g} s"
    why += f" (`outage_s: {device.outage_s:g}`); {limits.format(profile.items_per_call)}"
    return GroupPlan(name, group.period_s, queue, points, profile.items_per_call, why=why)


def queue_size(outage_s: float, period_s: float) -> int:
    """Values that outlast an outage; never a single place, which would keep the newest of two between publishes."""
    return min(_LONGEST_QUEUE, max(2, ceil(outage_s / period_s)))
