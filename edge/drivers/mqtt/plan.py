"""Which topics are subscribed to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.drivers.mqtt.config import MqttPoint


@dataclass(frozen=True, slots=True)
class MqttPlan:
    """Topics, and the points in each one's messages."""

    topics: Mapping[str, tuple[MqttPoint, ...]]

    @property
    def addresses(self) -> Mapping[str, str]:
        return {point.point: point.source for points in self.topics.values() for point in points}

    def __str__(self) -> str:
        return "\n".join(f"{topic}: {len(points)} points" for topic, points in self.topics.items())


def plan(points: Sequence[MqttPoint]) -> MqttPlan:
    """A subscription a topic."""
    topics: dict[str, tuple[MqttPoint, ...]] = {}
    for point in points:
        topics[point.topic] = (*topics.get(point.topic, ()), point)
    return MqttPlan(topics)
