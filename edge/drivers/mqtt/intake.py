"""From a message to readings: which points a topic carries, and how its payload is read. Pure, and it remembers.

Every message is accounted for in the tally. What it remembers is bounded: names by `max_points`, routes along with
them, messages by a window; a foreign publisher can't make it grow.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.decode import Place, decode
from edge.drivers.mqtt.plan import DEVICE_KINDS, NAMESPACE, NODE_KINDS, MqttPlan
from edge.drivers.mqtt.sparkplug import Unreadable
from edge.drivers.mqtt.sparkplug_node import EdgeNode
from edge.drivers.mqtt.tally import Tally
from edge.drivers.mqtt.topics import Naming, NoName
from telemetry.batch import Reading
from telemetry.clock import to_us
from telemetry.quality import Quality

_REMEMBERED = 1000
_SPARKPLUG_LEVELS = {4: NODE_KINDS, 5: DEVICE_KINDS}


class Acknowledges(Protocol):
    """The connection on which a message came."""

    def acknowledge(self, numbers: Sequence[int]) -> None: ...


class Arrived(NamedTuple):
    """A message as the broker sent it."""

    topic: str
    payload: bytes
    number: int  # the broker's own; it comes again under the same
    qos: int
    is_retained: bool
    is_repetition: bool  # the broker says that it may have sent it before
    connection: Acknowledges  # the one on which it came, the only one on which it may be acknowledged


class Intake:
    """Reads the messages of one broker."""

    def __init__(self, device: MqttDevice, plan: MqttPlan) -> None:
        self.tally = Tally()
        self.nodes: dict[str, EdgeNode] = {}
        self._strangers: dict[str, bool] = {}  # topics that no point has, and whether they were handed on
        self._device = device
        self._named: dict[str, str] = {}  # points named from topics, with the topic that each belongs to
        self._seen: OrderedDict[int, tuple[str, bytes, int]] = OrderedDict()
        self.change(plan)

    def change(self, plan: MqttPlan) -> None:
        """Go over to another plan; births and names that both have stay known."""
        self._plan = plan
        self._fixed = plan.addresses
        self._routes: dict[str, tuple[Place, ...]] = {}
        self._namings = [
            (Naming(filter_, point.point), point.path) for filter_, points in plan.wildcards.items() for point in points
        ]
        self._named = {
            point: topic
            for point, topic in self._named.items()
            if any(naming.levels(topic) is not None and naming.names(point) for naming, _ in self._namings)
        }
        for name, points in plan.nodes.items():
            if name in self.nodes:
                self.nodes[name].change(points)
        self.nodes = {name: self.nodes.get(name) or EdgeNode(name, points) for name, points in plan.nodes.items()}

    @property
    def points(self) -> list[str]:
        """All points known so far, also those that topics named."""
        return [*self._fixed, *(point for point in self._named if point not in self._fixed)]

    def new_strangers(self) -> list[str]:
        """Topics that came but are in no plan, each told once: the broker still has them from a config before."""
        new = [topic for topic, is_told in self._strangers.items() if not is_told]
        self._strangers.update(dict.fromkeys(new, True))
        return new

    def points_under(self, filter_: str) -> list[str]:
        """The points that a subscription carries."""
        fixed = [p for s in self._plan.subscriptions if s.filter == filter_ for p in s.points if p in self._fixed]
        naming = Naming(filter_, "")
        return fixed + [point for point, topic in self._named.items() if naming.levels(topic) is not None]

    def read(self, message: Arrived, now: datetime) -> list[Reading]:
        """The message's readings; the tally knows of it in any case."""
        self.tally.messages += 1
        if len(message.payload) > self._device.max_message_kb * 1024:
            self.tally.unreadable += 1
            self.tally.note(now, f"{message.topic}: {len(message.payload)} bytes are more than `max_message_kb` allows")
            return []
        if message.topic.startswith(f"{NAMESPACE}/") and (found := self._sparkplug(message, now)) is not None:
            return found
        places = self._routes.get(message.topic)
        if places is None:
            places = self._route(message.topic, now)
        return self._plain(message, places, now) if places else []

    def _plain(self, message: Arrived, places: tuple[Place, ...], now: datetime) -> list[Reading]:
        decoded = decode(message.payload, places, self._device.time, self._received_us(message, now))
        if decoded.unreadable:
            self.tally.unreadable += 1
            self.tally.note(now, f"{message.topic}: {decoded.unreadable}")
        if message.is_retained and not decoded.has_time:  # the broker kept it, nobody knows for how long
            return [
                r._replace(quality=Quality.UNCERTAIN_LAST_USABLE) if r.quality == Quality.GOOD else r
                for r in decoded.readings
            ]
        return decoded.readings

    def _received_us(self, message: Arrived, now: datetime) -> int:
        """The time of receipt: of the first time, where a message comes again whose acknowledgement was lost."""
        now_us = to_us(now)
        if not message.qos:
            return now_us
        first = self._seen.get(message.number) if message.is_repetition else None
        if first is not None and first[:2] == (message.topic, message.payload):
            self.tally.repeated += 1
            return first[2]
        self._seen[message.number] = (message.topic, message.payload, now_us)
        self._seen.move_to_end(message.number)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return now_us

    def _route(self, topic: str, now: datetime) -> tuple[Place, ...]:
        """The points of a topic that is met for the first time."""
        places = [Place(point.point, point.path) for point in self._plan.topics.get(topic, ())]
        taken = {place.point for place in places}
        fits, refused = False, False
        for naming, path in self._namings:
            levels = naming.levels(topic)
            if levels is None:
                continue
            fits = True
            try:
                if naming.point(levels) not in taken:  # a point of the config goes before one of a wildcard
                    places.append(Place(self._name(naming, levels, topic), path))
            except NoName as error:
                refused = True
                self.tally.note(now, f"{topic[:200]}: {error}")
        self.tally.nameless += refused
        if not places:
            self._unwanted(topic, now, not fits)
            return ()  # not remembered: only topics with points are, and those are bounded
        self._routes[topic] = tuple(places)
        return self._routes[topic]

    def _unwanted(self, topic: str, now: datetime, is_unwanted: bool) -> None:
        if is_unwanted:
            self.tally.unwanted += 1
            if len(self._strangers) < _REMEMBERED:
                self._strangers.setdefault(topic, False)
            self.tally.note(now, f"a message of a topic that no point has: {topic[:200]}")

    def _name(self, naming: Naming, levels: tuple[str, ...], topic: str) -> str:
        point = naming.point(levels)
        owner = self._named.get(point)
        if point in self._fixed or owner not in {None, topic}:
            raise NoName(f"the point {point} belongs to {owner or self._fixed[point]}")
        if owner is None and len(self._named) >= self._device.max_points:
            raise NoName(f"{point} is one point more than `max_points` ({self._device.max_points}) allows")
        self._named[point] = topic
        return point

    def _sparkplug(self, message: Arrived, now: datetime) -> list[Reading] | None:
        """Readings of a Sparkplug message; None where it is none of a node in the plan."""
        levels = message.topic.split("/")
        kinds = _SPARKPLUG_LEVELS.get(len(levels), ())
        node = self.nodes.get(f"{levels[1]}/{levels[3]}") if kinds else None
        if node is None or levels[2] not in kinds:
            return None
        if message.is_retained:
            self.tally.set_aside += 1
            self.tally.note(now, f"{message.topic}: retained, nobody knows since when")
            return []
        try:
            outcome = node.take(levels[2], levels[4] if len(levels) > 4 else "", message.payload, to_us(now))
        except Unreadable as error:
            self.tally.unreadable += 1
            self.tally.note(now, f"{message.topic}: {error}")
            return []
        self._count(node, outcome.lost, outcome.set_aside, outcome.why, now)
        self.tally.repeated += outcome.repeated
        return outcome.readings

    def _count(self, node: EdgeNode, lost: int, set_aside: int, why: str, now: datetime) -> None:
        self.tally.lost += lost
        self.tally.set_aside += set_aside
        if set_aside:
            self.tally.note(now, why)
        if lost:
            self.tally.gaps += 1
            self.tally.note(now, f"{lost} messages of Sparkplug node {node.name} were lost")
