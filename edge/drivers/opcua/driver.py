"""Subscribes to an OPC UA server by its plan, hands on each publish as a batch, and comes back after every loss."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.uaerrors import UaError

from edge.backoff import Backoff
from edge.driver import DriverHealth, Link, Mistake, Pulse, Sink, without_value
from edge.drivers.opcua.config import OpcuaDevice, OpcuaPoint, mistakes
from edge.drivers.opcua.connection import FAILURES, NoSuchNamespace, connected, items_per_call, namespaces, node_id
from edge.drivers.opcua.decode import quality_of, read_value, time_us
from edge.drivers.opcua.plan import GroupPlan, OpcuaPlan, plan
from edge.drivers.opcua.steady import Steady
from edge.drivers.opcua.subscription import BatchSubscription, Take
from edge.strict import Group
from telemetry.batch import BatchBuilder
from telemetry.clock import Clock, to_us
from telemetry.quality import Quality

log = logging.getLogger(__name__)

_CHECK_S = 1.0


class OpcuaDriver:
    """Reads one OPC UA server."""

    def __init__(self, device: OpcuaDevice, clock: Clock, observing: bool) -> None:
        self._device = device
        self._clock = clock
        self._pulse = Pulse()
        self._told_lost = False

    def check(self) -> list[Mistake]:
        return mistakes(self._device)

    def plan(self, points: Sequence[OpcuaPoint], groups: Mapping[str, Group]) -> OpcuaPlan:
        return plan(points, groups, self._device.outage_s)

    def health(self) -> DriverHealth:
        return self._pulse.snapshot()

    async def run(self, plan: OpcuaPlan, sink: Sink) -> None:
        backoff = Backoff(0.5, 15)
        while True:
            try:
                await self._session(plan, sink, backoff)
            except FAILURES as error:
                log.warning("%s: %s", self._device.name, error or type(error).__name__)
                self._pulse.stands(Link.LOST, str(error) or type(error).__name__)
            await self._tell_lost(plan, sink)
            await asyncio.sleep(backoff.next_s())

    async def _session(self, plan: OpcuaPlan, sink: Sink, backoff: Backoff) -> None:
        trouble: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            async with connected(self._device, trouble) as client:
                self._told_lost = False
                subscriptions = [await self._subscribe(client, group, sink, trouble) for group in plan.groups]
                refused = bool(self._pulse.point_reasons)
                self._pulse.stands(Link.DEGRADED if refused else Link.CONNECTED, "refused nodes" if refused else "")
                backoff.reset()
                await _until(trouble, subscriptions)
        finally:
            trouble.cancel()

    async def _subscribe(
        self, client: Client, group: GroupPlan, sink: Sink, trouble: asyncio.Future[None]
    ) -> BatchSubscription:
        subscription = BatchSubscription(client.uaclient.session, group, self._taker(group, sink), trouble)
        await subscription.init()
        chunk = await items_per_call(client)
        nodes, refused = self._nodes(group, await namespaces(client))
        for start in range(0, len(nodes), chunk):
            part = nodes[start : start + chunk]
            for (handle, _), status in zip(part, await subscription.add(group, part), strict=True):
                if not status.is_good():
                    refused[group.points[handle].point] = (quality_of(status.value), status.name)
        await self._tell_refused(refused, sink)
        return subscription

    def _nodes(
        self, group: GroupPlan, uris: Sequence[str]
    ) -> tuple[list[tuple[int, ua.NodeId]], dict[str, tuple[Quality, str]]]:
        """(handle, node) pairs, and the points whose node can't be named on this server, with quality and reason."""
        nodes: list[tuple[int, ua.NodeId]] = []
        refused: dict[str, tuple[Quality, str]] = {}
        for handle, point in enumerate(group.points):
            self._pulse.point_reasons.pop(point.point, None)
            try:
                nodes.append((handle, node_id(point.node, self._device.namespace, uris)))
            except (NoSuchNamespace, UaError) as error:
                refused[point.point] = (Quality.BAD_CONFIGURATION, str(error))
        return nodes, refused

    async def _tell_refused(self, refused: Mapping[str, tuple[Quality, str]], sink: Sink) -> None:
        """A node that the server refuses is told; the others go on."""
        builder = BatchBuilder()
        for point, (quality, reason) in refused.items():
            self._pulse.point_reasons[point] = reason
            builder.extend(without_value([point], to_us(self._clock.now()), quality))
        if refused:
            log.warning("%s refuses %d nodes: %s", self._device.name, len(refused), dict(list(refused.items())[:3]))
            await sink(builder.take())

    def _taker(self, group: GroupPlan, sink: Sink) -> Take:
        names = [point.point for point in group.points]  # a handle is a place in this list
        steady = Steady()

        async def take(items: Sequence[ua.MonitoredItemNotification], published: datetime | None) -> None:
            now = self._clock.now()
            received_us = to_us(now)
            builder = BatchBuilder()
            for item in items:
                device_us, value, quality = read_value(item.Value, received_us)
                builder.add(names[item.ClientHandle], device_us, received_us, value, quality)
                steady.told(item.ClientHandle, value, quality, received_us)
            holds_us = time_us(published, received_us)
            for handle, value, quality in steady.due(received_us):
                builder.add(names[handle], holds_us, received_us, value, quality)
            if len(builder):
                self._pulse.last_good = now
                await sink(builder.take())

        return take

    async def _tell_lost(self, plan: OpcuaPlan, sink: Sink) -> None:
        if not self._told_lost:
            await sink(without_value(plan.addresses, to_us(self._clock.now()), Quality.BAD_NO_COMMUNICATION))
            self._told_lost = True


async def _until(trouble: asyncio.Future[None], subscriptions: Sequence[BatchSubscription]) -> None:
    """Wait until something is wrong, and raise it."""
    while True:
        done, _ = await asyncio.wait([trouble], timeout=_CHECK_S)
        if done:
            trouble.result()
        for subscription in subscriptions:
            subscription.check_heard(asyncio.get_running_loop().time())
