"""Takes messages from a broker, turns them into readings, and acknowledges them when they are on disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from edge.driver import DriverHealth, Link, Mistake, Pulse, Sink, without_value
from edge.drivers.mqtt.config import MqttDevice, MqttPoint, mistakes
from edge.drivers.mqtt.decode import readings_of
from edge.drivers.mqtt.plan import MqttPlan, plan
from edge.drivers.mqtt.session import Arrived, Session
from edge.secret import MissingSecret
from edge.strict import Group
from edge.tasks import together
from telemetry.batch import MAX_READINGS, BatchBuilder
from telemetry.clock import Clock, to_us
from telemetry.quality import Quality

log = logging.getLogger(__name__)

_ASK_AGAIN_S = 10.0


class MqttDriver:
    """Reads the loggers behind one MQTT broker."""

    def __init__(self, device: MqttDevice, clock: Clock, observing: bool) -> None:
        self._device = device
        self._clock = clock
        self._observing = observing
        self._pulse = Pulse()
        self._changed = asyncio.Event()
        self._told_lost = False

    def check(self) -> list[Mistake]:
        return mistakes(self._device)

    def plan(self, points: Sequence[MqttPoint], groups: Mapping[str, Group]) -> MqttPlan:
        return plan(points)

    def health(self) -> DriverHealth:
        return self._pulse.snapshot()

    async def run(self, plan: MqttPlan, sink: Sink) -> None:
        session = Session(self._device, list(plan.topics), self._observing, self._on_link)
        await self._start(session, plan, sink)
        try:
            await together(self._take_for_ever(session, plan, sink), self._watch_link(session, plan, sink))
        finally:
            await session.stop()

    async def _start(self, session: Session, plan: MqttPlan, sink: Sink) -> None:
        while True:
            try:
                return session.start()
            except MissingSecret as error:
                log.error("%s: %s", self._device.name, error)  # noqa: TRY400 - its words say it all
                self._pulse.stands(Link.LOST, str(error))
                await self._tell_lost(plan, sink)
                await asyncio.sleep(_ASK_AGAIN_S)

    def _on_link(self, reason: str) -> None:
        self._pulse.stands(Link.LOST if reason else Link.CONNECTED, reason)
        self._changed.set()

    async def _watch_link(self, session: Session, plan: MqttPlan, sink: Sink) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._pulse.link is Link.LOST:
                await self._tell_lost(plan, sink)
                continue
            self._told_lost = False
            await self._tell_refused(session, plan, sink)

    async def _tell_lost(self, plan: MqttPlan, sink: Sink) -> None:
        """The way to the broker is gone: each point goes bad once. A logger that sends nothing is not told here."""
        if not self._told_lost:
            self._told_lost = True
            await sink(without_value(plan.addresses, to_us(self._clock.now()), Quality.BAD_NO_COMMUNICATION))

    async def _tell_refused(self, session: Session, plan: MqttPlan, sink: Sink) -> None:
        self._pulse.point_reasons.clear()
        names = [p.point for topic in session.refused for p in plan.topics[topic]]
        for topic, reason in session.refused.items():
            self._pulse.point_reasons.update((p.point, f"subscription refused: {reason}") for p in plan.topics[topic])
        if names:
            self._pulse.stands(Link.DEGRADED, f"{len(session.refused)} subscriptions refused")
            await sink(without_value(names, to_us(self._clock.now()), Quality.BAD_CONFIGURATION))

    async def _take_for_ever(self, session: Session, plan: MqttPlan, sink: Sink) -> None:
        while True:
            messages = [await session.arrived.get()]
            builder = BatchBuilder()
            self._read(messages[0], plan, builder)
            # all that waits goes to disk together: one message at a time would be slow, none is acknowledged early
            while not session.arrived.empty() and len(builder) < MAX_READINGS:
                messages.append(session.arrived.get_nowait())
                self._read(messages[-1], plan, builder)
            if len(builder):
                await sink(builder.take())
            session.acknowledge(messages)

    def _read(self, message: Arrived, plan: MqttPlan, into: BatchBuilder) -> None:
        now = self._clock.now()
        points = plan.topics.get(message.topic)
        if points is None:
            log.warning("%s: a message of a topic nobody asked for: %s", self._device.name, message.topic)
            return
        into.extend(readings_of(message.payload, points, self._device.time, to_us(now)))
        self._pulse.last_good = now
