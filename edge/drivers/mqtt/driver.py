"""Takes messages from a broker, turns them into readings, and acknowledges them when they are on disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from edge.driver import DriverHealth, Link, Mistake, Pulse, Sink, without_value
from edge.drivers.mqtt.config import MqttDevice, MqttPoint, mistakes
from edge.drivers.mqtt.connection import Connection
from edge.drivers.mqtt.intake import Arrived, Intake
from edge.drivers.mqtt.plan import MqttPlan, plan
from edge.drivers.mqtt.session import Session
from edge.drivers.mqtt.tally import Tally
from edge.drivers.mqtt.tls import expires
from edge.strict import Group
from edge.tasks import together
from telemetry.batch import MAX_READINGS, BatchBuilder
from telemetry.clock import Clock, to_us
from telemetry.quality import Quality

log = logging.getLogger(__name__)

_MESSAGES_AT_ONCE = 500
_TELL_EVERY = timedelta(seconds=10)
_ASK_EVERY = timedelta(seconds=60)


class MqttDriver:
    """Reads the loggers and Sparkplug nodes behind one MQTT broker."""

    def __init__(self, device: MqttDevice, clock: Clock, observing: bool) -> None:
        self._device = device
        self._clock = clock
        self._observing = observing
        self._pulse = Pulse()
        self._changed = asyncio.Event()
        self._was_connected = False
        self._lost_since: datetime | None = None
        self._lost_untold: datetime | None = None  # a loss that no reading tells yet
        self._told_refused: set[str] = set()
        self._told_at: datetime | None = None
        self._asked: dict[str, datetime] = {}  # Sparkplug nodes that were asked for a birth
        self._intake = Intake(device, plan(()))
        self._session: Session | None = None

    @property
    def tally(self) -> Tally:
        """What became of every message since the start."""
        return self._intake.tally

    def check(self) -> list[Mistake]:
        return mistakes(self._device)

    def plan(self, points: Sequence[MqttPoint], groups: Mapping[str, Group]) -> MqttPlan:
        return plan(points, self._device.qos)

    def health(self) -> DriverHealth:
        found = replace(self._pulse.snapshot(), requests_done=self.tally.messages, gaps=self.tally.gaps)
        weakened = ""
        if self._session is not None:
            found, weakened = replace(found, round_trip_s=self._session.round_trip_s), self._session.weakened
        troubles = [found.reason] if found.reason else []
        if found.link is Link.CONNECTED:
            troubles += filter(None, (node.reason for node in self._intake.nodes.values()))
        link = Link.DEGRADED if found.link is Link.CONNECTED and troubles else found.link
        troubles += filter(None, (weakened, self.tally.words(self._clock.now())))
        reasons = {p: why for node in self._intake.nodes.values() for p, why in node.point_reasons.items()}
        return replace(found, link=link, reason="; ".join(troubles), point_reasons={**reasons, **found.point_reasons})

    async def run(self, plan: MqttPlan, sink: Sink) -> None:
        self._take_up(plan)
        session = Session(self._device, _filters(plan), self._observing, self._came, self._stands)
        self._session = session
        await together(session.run(), self._take_for_ever(session, sink), self._watch_link(session, sink))

    async def change(self, plan: MqttPlan) -> None:
        self._take_up(plan)
        if self._session is not None:
            self._session.want(_filters(plan))

    def _take_up(self, plan: MqttPlan) -> None:
        self._intake.change(plan)
        self._pulse.requests_planned = len(plan.subscriptions)

    def _came(self, connection: Connection) -> None:
        """A connection is there; where the broker remembers nothing of us, births and deaths may have been missed."""
        try:
            self._pulse.certificate_until = expires(self._device, connection.socket)
        except (OSError, ValueError) as error:
            log.warning("%s: when the certificate expires is not known: %s", self._device.name, error)
        if not connection.has_session:
            self._were_forgotten()
        self._was_connected = True
        self._ask_for_births()

    def _were_forgotten(self) -> None:
        for node in self._intake.nodes.values():
            node.forget()
        if self._was_connected and not self._observing:
            tally = self.tally
            tally.forgotten, tally.gaps = tally.forgotten + 1, tally.gaps + 1
            tally.note(
                self._clock.now(), "the broker had forgotten us; what it kept since the connection broke is lost"
            )

    def _stands(self, reason: str) -> None:
        self._pulse.stands(Link.LOST if reason else Link.CONNECTED, reason)
        if not reason:
            self._lost_since = None
        elif self._lost_since is None:
            self._lost_since = self._lost_untold = self._clock.now()
            log.warning("%s: %s", self._device.name, reason)
        self._changed.set()

    async def _watch_link(self, session: Session, sink: Sink) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._lost_untold is not None:
                await self._tell_lost(self._lost_untold, sink)
            if self._pulse.link is Link.CONNECTED:
                await self._tell_refused(session, sink)

    async def _tell_lost(self, at: datetime, sink: Sink) -> None:
        """The way to the broker is gone: each point goes bad once. A logger that sends nothing is not told here."""
        self._lost_untold = None
        self._told_refused.clear()
        await self._tell(self._intake.points, Quality.BAD_NO_COMMUNICATION, at, sink)

    async def _tell_refused(self, session: Session, sink: Sink) -> None:
        refused = session.refused
        self._pulse.point_reasons.clear()
        for filter_, reason in refused.items():
            points = self._intake.points_under(filter_)
            self._pulse.point_reasons.update((point, f"subscription refused: {reason}") for point in points)
        newly = [p for f in refused if f not in self._told_refused for p in self._intake.points_under(f)]
        self._told_refused = set(refused)
        if refused:
            told = "; ".join(f"{filter_}: {reason}" for filter_, reason in list(refused.items())[:5])
            self._pulse.reason = f"{len(refused)} subscriptions refused: {told}"
        await self._tell(dict.fromkeys(newly), Quality.BAD_CONFIGURATION, self._clock.now(), sink)

    async def _tell(self, points: Iterable[str], quality: Quality, at: datetime, sink: Sink) -> None:
        batch = without_value(points, to_us(at), quality)
        for begin in range(0, len(batch), MAX_READINGS):
            await sink(batch.part(begin, begin + MAX_READINGS))

    async def _take_for_ever(self, session: Session, sink: Sink) -> None:
        arrived = session.arrived
        while True:
            messages = [await arrived.get()]
            builder = BatchBuilder()
            self._read(messages[0], builder)
            # all that waits goes to disk together: one message at a time would be slow, none is acknowledged early
            while not arrived.empty() and len(builder) < MAX_READINGS and len(messages) < _MESSAGES_AT_ONCE:
                messages.append(arrived.get_nowait())
                self._read(messages[-1], builder)
            if len(builder):
                await sink(builder.take())
            _acknowledge(messages)
            self._after(session)

    def _read(self, message: Arrived, into: BatchBuilder) -> None:
        now = self._clock.now()
        readings = self._intake.read(message, now)
        if readings:
            into.extend(readings)
            self._pulse.last_good = now

    def _after(self, session: Session) -> None:
        """What follows from messages beside their readings."""
        now = self._clock.now()
        tally = self.tally
        if session.given_up > tally.given_up:
            tally.given_up, tally.gaps = session.given_up, tally.gaps + 1
            tally.note(now, "QoS 0 messages came faster than the disk takes them")
        if strangers := self._intake.new_strangers():
            session.drop(strangers)
        self._ask_for_births()
        is_new = tally.last_at is not None and (self._told_at is None or tally.last_at - self._told_at > _TELL_EVERY)
        if is_new:
            self._told_at = tally.last_at
            log.warning("%s: %s", self._device.name, tally.words(now))

    def _ask_for_births(self) -> None:
        """Where the config allows it: a node is asked once a minute while it can't be relied upon."""
        connection = self._session.connection if self._session else None
        if not self._device.rebirth or self._observing or connection is None:
            return
        now = self._clock.now()
        for name, node in self._intake.nodes.items():
            asked = self._asked.get(name)
            if node.reason and (asked is None or now - asked >= _ASK_EVERY):
                self._asked[name] = now
                group, edge_node = name.split("/")
                connection.ask_for_birth(group, edge_node, to_us(now) // 1000)


def _acknowledge(messages: Sequence[Arrived]) -> None:
    """Each on the connection on which it came; after a reconnect there are two."""
    for connection in dict.fromkeys(message.connection for message in messages):
        connection.acknowledge([m.number for m in messages if m.qos and m.connection is connection])


def _filters(plan: MqttPlan) -> list[str]:
    return [subscription.filter for subscription in plan.subscriptions]
