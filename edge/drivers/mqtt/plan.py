"""Which filters are subscribed to, which points their messages carry, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edge.drivers.mqtt.config import MqttPoint
from edge.drivers.mqtt.topics import Naming

NAMESPACE = "spBv1.0"
NODE_KINDS = ("NBIRTH", "NDATA", "NDEATH")
DEVICE_KINDS = ("DBIRTH", "DDATA", "DDEATH")
AT_MOST_ONCE = "QoS 0: what the broker sends while we are away is lost"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A filter, and why it is asked for."""

    filter: str
    points: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class MqttPlan:
    """Topics, wildcards and Sparkplug nodes, with the points in the messages of each."""

    topics: Mapping[str, tuple[MqttPoint, ...]]
    wildcards: Mapping[str, tuple[MqttPoint, ...]] = field(default_factory=dict)
    nodes: Mapping[str, tuple[MqttPoint, ...]] = field(default_factory=dict)  # by group/node
    qos: int = 1

    @property
    def addresses(self) -> Mapping[str, str]:
        """The points that are known before any message; those of wildcards are not."""
        return {p.point: p.source for kind in (self.topics, self.nodes) for points in kind.values() for p in points}

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """What is asked of the broker, in the config's order; no two match the same topic."""
        return (*self._of_topics(), *self._of_wildcards(), *self._of_nodes())

    def group_of(self, point: str) -> str | None:
        """The sampling group of a point, also of one that a wildcard named; None for a point of somebody else."""
        for points in (*self.topics.values(), *self.nodes.values()):
            for mine in points:
                if mine.point == point:
                    return mine.group
        for filter_, points in self.wildcards.items():
            for mine in points:
                if Naming(filter_, mine.point).names(point):
                    return mine.group
        return None

    def facts(self) -> list[dict[str, Any]]:
        return [
            {"subscribe": s.filter, "qos": self.qos, "points": list(s.points), "reason": s.reason}
            for s in self.subscriptions
        ]

    def __str__(self) -> str:
        lines = [f"{s.filter}: {len(s.points)} points, {s.reason}" for s in self.subscriptions]
        return "\n".join(lines if self.qos else [*lines, AT_MOST_ONCE])

    def _of_topics(self) -> list[Subscription]:
        namings = [Naming(filter_, "") for filter_ in self.wildcards]
        found = []
        for topic, points in self.topics.items():
            if not any(naming.levels(topic) is not None for naming in namings):
                found.append(Subscription(topic, _names(points), _of_payload(points)))
        return found

    def _of_wildcards(self) -> list[Subscription]:
        found = []
        for filter_, points in self.wildcards.items():
            naming = Naming(filter_, "")
            inside = {t: ps for t, ps in self.topics.items() if naming.levels(t) is not None}
            names = (*_names(points), *(name for ps in inside.values() for name in _names(ps)))
            also = f"; {', '.join(inside)} come with it" if inside else ""
            found.append(Subscription(filter_, names, f"points named from the topic, {_of_payload(points)}{also}"))
        return found

    def _of_nodes(self) -> list[Subscription]:
        found = []
        for node, points in self.nodes.items():
            group, name = node.split("/")
            own = tuple(p.point for p in points if p.address and not p.address.device)
            behind = tuple(p.point for p in points if p.address and p.address.device)
            for kind in NODE_KINDS:
                reason = f"Sparkplug, {_SAYS[kind]} of node {node}"
                found.append(Subscription(f"{NAMESPACE}/{group}/{kind}/{name}", own, reason))
            for kind in DEVICE_KINDS:
                reason = f"Sparkplug, {_SAYS[kind]} of all devices of node {node}: they share its sequence numbers"
                found.append(Subscription(f"{NAMESPACE}/{group}/{kind}/{name}/+", behind, reason))
        return found


_SAYS = {
    "NBIRTH": "births",
    "NDATA": "values",
    "NDEATH": "deaths",
    "DBIRTH": "births",
    "DDATA": "values",
    "DDEATH": "deaths",
}


def plan(points: Sequence[MqttPoint], qos: int = 1) -> MqttPlan:
    """A subscription a topic, one a wildcard, six a Sparkplug node."""
    kinds: tuple[dict[str, tuple[MqttPoint, ...]], ...] = ({}, {}, {})
    for point in points:
        address = point.address
        if address is not None:
            kind, key = kinds[2], address.edge_node
        elif point.topics is not None:
            kind, key = kinds[1], point.topics
        else:
            kind, key = kinds[0], point.topic or ""
        kind[key] = (*kind.get(key, ()), point)
    return MqttPlan(kinds[0], kinds[1], kinds[2], qos)


def _names(points: Sequence[MqttPoint]) -> tuple[str, ...]:
    return tuple(point.point for point in points)


def _of_payload(points: Sequence[MqttPoint]) -> str:
    paths = [point.path for point in points if point.path is not None]
    numbers = len(points) - len(paths)
    told = ([f"JSON at {', '.join(paths)}"] if paths else []) + (["the payload is the number"] if numbers else [])
    return " and ".join(told)
