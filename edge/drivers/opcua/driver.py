"""Reads an OPC UA server by its plan: comes back after every loss, and takes up then what the server kept meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import NoReturn

from asyncua.ua.uaerrors import BadNoSubscription

from edge.backoff import Backoff
from edge.driver import DriverHealth, Link, Mistake, Pulse, Sink
from edge.drivers.opcua.arrangement import Arrangement, Refused
from edge.drivers.opcua.certificates import load
from edge.drivers.opcua.config import OpcuaDevice, OpcuaPoint, mistakes
from edge.drivers.opcua.crew import Crew
from edge.drivers.opcua.offers import why_refused
from edge.drivers.opcua.plan import OpcuaPlan, plan
from edge.drivers.opcua.polling import Poller
from edge.drivers.opcua.publishing import Publisher
from edge.drivers.opcua.session import FAILURES, Session
from edge.drivers.opcua.subscription import ServerFellSilent, SubscriptionEnded
from edge.memory import Memory
from edge.once import newest
from edge.strict import Group
from telemetry.batch import Batch, BatchBuilder
from telemetry.clock import Clock, to_us
from telemetry.errors import Unavailable
from telemetry.quality import Quality

log = logging.getLogger(__name__)

_CHECK_S = 1.0
_MOST_REQUESTS = 10
"""Publish requests under way at most; servers refuse more than they have room for."""


class OpcuaDriver:
    """Reads one OPC UA server."""

    def __init__(self, device: OpcuaDevice, clock: Clock, observing: bool) -> None:
        self._device = device
        self._clock = clock
        self._pulse = Pulse()
        self._session = Session(device)
        self._arrangement = Arrangement(device, self._session, self._pulse)
        self._pollers: dict[str, Poller] = {}
        self._plan = OpcuaPlan(())
        self._crew: Crew | None = None  # None while there is no connection
        self._publisher: Publisher | None = None
        self._sink: Sink | None = None
        self._told_lost = False
        self._recalled = False  # what is had is an earlier start's, and the server was not asked for it yet
        self._before: list[Batch] = []  # what went to disk last in that start

    def remember_in(self, memory: Memory) -> None:
        """Go on with the session of before, and keep what the next start needs."""
        self._arrangement.keeper.memory = memory

    def check(self) -> list[Mistake]:
        return mistakes(self._device)

    def plan(self, points: Sequence[OpcuaPoint], groups: Mapping[str, Group]) -> OpcuaPlan:
        return plan(self._device, points, groups)

    def health(self) -> DriverHealth:
        self._pulse.round_trip_s = self._session.round_trip_s
        self._pulse.requests_planned = self._plan.requests
        return self._pulse.snapshot()

    async def run(self, plan: OpcuaPlan, sink: Sink) -> None:
        self._plan, self._sink = plan, sink
        keep = self._arrangement
        self._publisher = Publisher(
            self._session, sink, self._clock, self._pulse, keep.find, keep.renew, keep.drop_stranger
        )
        self._recalled = keep.recall()
        self._before = newest(await keep.keeper.memory.taken_before()) if self._recalled else []
        backoff = Backoff(0.5, 15)
        try:
            while True:
                try:
                    await self._stay(sink, backoff)
                except FAILURES as error:
                    await self._note(error)
                await self._tell_lost(sink)
                await asyncio.sleep(backoff.next_s())
        finally:
            await self._leave()

    async def _leave(self) -> None:
        """Where the edge ends, the server keeps for its next start what comes meanwhile."""
        keeper = self._arrangement.keeper
        if keeper.memory.edge_ends and self._arrangement.subscriptions:
            self._arrangement.keep(ends=True)
            self._session.leave()
            return
        await self._session.close()
        keeper.forget()

    async def change(self, plan: OpcuaPlan) -> None:
        """Go over to another plan; what both have goes on undisturbed, and nothing reconnects."""
        self._plan = plan
        if self._crew is None or self._sink is None:
            return
        try:
            await self._settle(self._crew, self._sink)
        except FAILURES as error:
            self._crew.fail(error)  # the next connection takes the plan up

    async def _stay(self, sink: Sink, backoff: Backoff) -> NoReturn:
        """Connect, and work until something is wrong. Raises it."""
        await self._open()
        crew = Crew()
        try:
            await self._catch_up()
            self._crew = crew  # from here on a change of the plan waits for its turn
            await self._settle(crew, sink)
            self._told_lost = False
            crew.start(("watch", "state"), self._session.watch())
            crew.start(("watch", "publishes"), self._hear())
            backoff.reset()
            await crew.until_trouble()
            raise AssertionError("trouble is raised")
        finally:
            self._crew = None
            await crew.end()

    async def _open(self) -> None:
        had = bool(self._arrangement.subscriptions)
        try:
            resumed = await self._session.open()
        except FAILURES as error:
            if self._device.security == "none" or isinstance(error, Unavailable):  # the latter says it all already
                raise
            raise ConnectionError(await why_refused(self._device, error, self._clock.now())) from error
        if resumed:
            self._arrangement.keep()
            return
        self._recalled = False
        if had:
            log.error("%s: a new session; what the server had kept for the one of before is lost", self._device.name)
            self._pulse.gaps += 1
        self._arrangement.clear()
        self._works().begin_anew()
        self._arrangement.keep()

    async def _catch_up(self) -> None:
        await self._arrangement.look()
        if self._recalled:
            await self._take_up()
        for subscription in self._arrangement.subscriptions.values():
            subscription.heard_at = asyncio.get_running_loop().time()
            try:
                await self._works().catch_up(subscription)
            except SubscriptionEnded:
                if not subscription.unsettled:  # else it was perhaps deleted when the connection was lost
                    raise

    async def _take_up(self) -> None:
        """The first connection after a start of the edge."""
        had = self._arrangement
        await had.take_up(to_us(self._clock.now()))
        self._works().take_up([each.id for each in had.subscriptions.values()], self._before)
        self._before = []
        log.info("%s: the session of before goes on, with %d subscriptions", self._device.name, len(had.subscriptions))
        self._recalled = False

    async def _settle(self, crew: Crew, sink: Sink) -> None:
        """What the server does for us, and who works on it, as planned."""
        refused = await self._arrangement.settle(self._plan)
        await self._tell_refused(refused, sink)
        self._note_state()
        await self._staff_publishing(crew)
        await self._staff_polling(crew, sink)

    async def _staff_publishing(self, crew: Crew) -> None:
        subscriptions, now = self._arrangement.subscriptions, asyncio.get_running_loop().time
        wanted = min(len(subscriptions) + 1, _MOST_REQUESTS) if subscriptions else 0
        works = {("publish", str(place)) for place in range(wanted)}
        await crew.keep("publish", works)
        for name in works - crew.names():
            crew.start(name, self._works().ask_for_ever(now))

    async def _staff_polling(self, crew: Crew, sink: Sink) -> None:
        polled = self._arrangement.polled
        for group, (group_plan, _) in polled.items():
            if group not in self._pollers or self._pollers[group].plan.period_s != group_plan.period_s:
                self._pollers[group] = Poller(group_plan, self._session, self._clock, self._pulse, sink)
                await crew.keep("poll", {("poll", each) for each in polled if each != group})
        await crew.keep("poll", {("poll", group) for group in polled})
        for group, (_, nodes) in polled.items():
            self._pollers[group].point_at(nodes)
            if ("poll", group) not in crew.names():
                crew.start(("poll", group), self._pollers[group].poll_for_ever())

    def _works(self) -> Publisher:
        assert self._publisher is not None  # noqa: S101 - `run` has made it
        return self._publisher

    async def _hear(self) -> NoReturn:
        """Notice a server that publishes nothing any more."""
        while True:
            await asyncio.sleep(_CHECK_S)
            for subscription in self._arrangement.subscriptions.values():
                subscription.check_heard(asyncio.get_running_loop().time())

    async def _note(self, error: Exception) -> None:
        log.warning("%s: %s", self._device.name, error or type(error).__name__)
        self._pulse.stands(Link.LOST, str(error) or type(error).__name__)
        again = any(each.resumed for each in self._arrangement.subscriptions.values())
        if isinstance(error, SubscriptionEnded | BadNoSubscription) or (isinstance(error, ServerFellSilent) and again):
            await self._session.close()  # going on with it would lead here again

    def _note_state(self) -> None:
        reasons = [self._arrangement.reason] if self._arrangement.reason else []
        polled = {point.point for _, nodes in self._arrangement.polled.values() for point, _ in nodes}
        kept = {point: why for point, why in self._pulse.point_reasons.items() if point in polled}
        self._pulse.point_reasons = kept | {point: why for point, (_, why) in self._arrangement.refused.items()}
        reasons += ["refused nodes"] if self._pulse.point_reasons else []
        reasons += self._certificates()
        self._pulse.stands(Link.DEGRADED if reasons else Link.CONNECTED, "; ".join(reasons))

    def _certificates(self) -> list[str]:
        """Note until when the connection's certificates hold; those that do not any more, in words."""
        if self._device.security == "none":
            return []
        files = {"edge": self._device.certificate, "server": self._device.server_certificate}
        until = {whose: load(path).not_valid_after_utc for whose, path in files.items() if path is not None}
        self._pulse.certificate_until = min(until.values())
        now = self._clock.now()
        return [f"the {whose}'s certificate has expired on {at:%Y-%m-%d}" for whose, at in until.items() if at < now]

    async def _tell_refused(self, refused: Refused, sink: Sink) -> None:
        """A node that the server refuses is told; the others go on."""
        builder, now_us = BatchBuilder(), to_us(self._clock.now())
        for point, (quality, _) in refused.items():
            builder.add(point, now_us, now_us, float("nan"), quality)
        if refused:
            reasons = {point: why for point, (_, why) in list(refused.items())[:3]}
            log.warning("%s refuses %d nodes: %s", self._device.name, len(refused), reasons)
            await sink(builder.take())

    async def _tell_lost(self, sink: Sink) -> None:
        """Each point is without value since we last heard of it. Told once."""
        if self._told_lost:
            return
        now_us = to_us(self._clock.now())
        since_us = dict.fromkeys(self._plan.addresses, now_us)
        for subscription in self._arrangement.subscriptions.values():
            subscription.lost(subscription.heard_us or now_us)
            since_us |= {name: at for name, at in subscription.lost_us.items() if name in since_us}
        self._arrangement.lost_us |= {name: at for name, at in since_us.items() if not self._arrangement.has(name)}
        self._arrangement.refused = {}  # they are told anew with the next connection
        builder = BatchBuilder()
        for name, at_us in since_us.items():
            builder.add(name, at_us, now_us, float("nan"), Quality.BAD_NO_COMMUNICATION)
        await sink(builder.take())
        self._told_lost = True
