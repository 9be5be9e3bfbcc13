"""Brings what a server does for us in line with a plan: subscriptions, their items, and the groups that are polled.

Only the difference is asked for, so a plan may change while readings flow. What was cut off half-way is made anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from edge.driver import Pulse
from edge.drivers.opcua.config import OpcuaDevice, OpcuaPoint
from edge.drivers.opcua.items import add_items, remove_items
from edge.drivers.opcua.kept import Keeper
from edge.drivers.opcua.plan import GroupPlan, OpcuaPlan
from edge.drivers.opcua.polling import AnotherNumberOfValues
from edge.drivers.opcua.profiles import PROFILES
from edge.drivers.opcua.quality import quality_of
from edge.drivers.opcua.server import Limits, NoSuchNamespace, limits, namespaces, node_id
from edge.drivers.opcua.session import Session
from edge.drivers.opcua.subscription import Subscription, parameters
from edge.drivers.opcua.taking_up import gone, present_values
from telemetry.quality import Quality

log = logging.getLogger(__name__)

NO_SUBSCRIPTIONS = frozenset(
    (
        StatusCodes.BadServiceUnsupported,
        StatusCodes.BadNotImplemented,
        StatusCodes.BadNotSupported,
        StatusCodes.BadTooManySubscriptions,
    )
)
"""With these a server says that it has no subscription for us: then its group is polled."""
Refused = dict[str, tuple[Quality, str]]
"""By point: the quality that tells it, and why."""


class Arrangement:
    """What one session has. `lost_us` says since when points were told as lost, and waits for their first value."""

    def __init__(self, device: OpcuaDevice, session: Session, pulse: Pulse) -> None:
        self.subscriptions: dict[str, Subscription] = {}  # by group
        self.polled: dict[str, tuple[GroupPlan, list[tuple[OpcuaPoint, ua.NodeId]]]] = {}
        self.refused: Refused = {}
        self.reason = ""  # why it is less than was planned
        self.lost_us: dict[str, int] = {}
        self._device = device
        self._session = session
        self._pulse = pulse
        self._limits = Limits()
        self._uris: Sequence[str] = ()
        self._turn = asyncio.Lock()
        self.keeper = Keeper(device, session)

    def clear(self) -> None:
        """The server has forgotten all of it."""
        for subscription in self.subscriptions.values():
            self.lost_us |= subscription.lost_us
        self.subscriptions.clear()

    def find(self, number: int) -> Subscription | None:
        """The subscription that has this number at the server."""
        return next((each for each in self.subscriptions.values() if each.id == number), None)

    def has(self, point: str) -> bool:
        """Whether the point is an item of a subscription."""
        return any(point in each.items for each in self.subscriptions.values())

    async def look(self) -> None:
        """Ask a server that we are newly connected to for what may have changed."""
        self._limits = await limits(self._session.client)
        self._uris = await namespaces(self._session.client)

    def recall(self) -> bool:
        """Take over what the edge had at this server before it was started; whether there was anything."""
        self.subscriptions = {each.plan.group: each for each in self.keeper.recall()}
        return bool(self.subscriptions)

    def keep(self, *, ends: bool = False) -> None:
        """So that the edge may go on with it after a start."""
        self.keeper.keep(self.subscriptions.values(), ends=ends)

    async def take_up(self, now_us: int) -> None:
        """The first connection after a start: what the server has no more is made anew, the rest is known again."""
        for lost in await gone(self._session, list(self.subscriptions.values())):
            log.error("%s: the server has ended the subscription of %s", self._device.name, lost.plan.group)
            self._pulse.gaps += 1
            del self.subscriptions[lost.plan.group]
        most = min(PROFILES[self._device.profile].nodes_per_read, self._limits.nodes_per_read)
        for each in self.subscriptions.values():
            nodes = self._nodes([item.point for item in each.items.values()])
            try:
                each.latest.find(await present_values(self._session, each, nodes, most, now_us))
            except (UaStatusCodeError, AnotherNumberOfValues) as refusal:
                log.warning("%s: what does not change is told at its next change only: %s", each.plan.group, refusal)

    async def drop_stranger(self, number: int) -> None:
        """A subscription that publishes to us and is none of ours: an edge was killed while it made it."""
        async with self._turn:
            if self.find(number) is None:
                log.info("%s: a subscription that nobody knows any more is deleted: %d", self._device.name, number)
                await self._session.client.uaclient.delete_subscriptions([number])

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """An edge that is killed in the middle does not go on with what it can't know."""
        self.keeper.keep(())
        yield
        self.keep()

    def _is_as(self, plan: OpcuaPlan) -> bool:
        wanted = {group.group: group for group in plan.groups if not group.polled}
        return wanted.keys() == self.subscriptions.keys() and all(
            _alike(group, has := self.subscriptions[name])
            and {(p.point, p.node) for p in group.points} == {(i.point.point, i.point.node) for i in has.items.values()}
            for name, group in wanted.items()
        )

    async def settle(self, plan: OpcuaPlan) -> Refused:
        """Make it as planned; the points that were newly refused. Raises one of FAILURES, and may be tried again."""
        async with self._turn:
            with nullcontext() if self._is_as(plan) else self._changing():
                return await self._make(plan)

    async def _make(self, plan: OpcuaPlan) -> Refused:
        known = set(self.refused)
        why = plan.beyond_why
        self.refused = {point.point: (Quality.BAD_CONFIGURATION, why) for point in plan.beyond}
        self.reason = ""
        groups = {group.group: group for group in plan.groups}
        for name, subscription in list(self.subscriptions.items()):
            if subscription.unsettled:
                log.error("%s: a change of %s was cut off; its subscription is made anew", self._device.name, name)
                self._pulse.gaps += 1
            if name not in groups or not _alike(groups[name], subscription):
                await self._delete(subscription)
        for group in plan.groups:  # first make room, then take it: a server may have no more than just enough
            await self._remove_others(group)
        polled = {group.group: await self._settle(group) for group in plan.groups}
        self.polled = {name: found for name, found in polled.items() if found is not None}
        return {point: why for point, why in self.refused.items() if point not in known}

    async def renew(self, subscription: Subscription) -> None:
        """The same subscription anew, so that the present value of every item comes."""
        async with self._turn:
            with self._changing():
                await self._delete(subscription)
                await self._settle(
                    replace(subscription.plan, points=tuple(i.point for i in subscription.items.values()))
                )

    async def _settle(self, group: GroupPlan) -> tuple[GroupPlan, list[tuple[OpcuaPoint, ua.NodeId]]] | None:
        """Subscribe to what is lacking; what is to be polled instead, if that is so."""
        if group.polled:
            return self._to_poll(group)
        subscription = self.subscriptions.get(group.group)
        if subscription is None:
            try:
                subscription = await self._create(group)
            except UaStatusCodeError as refusal:
                if refusal.code not in NO_SUBSCRIPTIONS:
                    raise
                self.reason = f"{group.group} is polled, since the server refuses subscriptions: {refusal}"
                log.warning("%s: %s", self._device.name, self.reason)
                return self._to_poll(group)
        subscription.plan = group
        lacking = [point for point in group.points if point.point not in subscription.items]
        nodes = self._nodes(lacking)
        statuses = await add_items(self._session, subscription, nodes, self._limits.items_per_call, self.lost_us)
        for point, status in statuses.items():
            self.refused[point] = (quality_of(status.value), status.name)
        return None

    def _to_poll(self, group: GroupPlan) -> tuple[GroupPlan, list[tuple[OpcuaPoint, ua.NodeId]]]:
        chunk = min(PROFILES[self._device.profile].nodes_per_read, self._limits.nodes_per_read)
        return replace(group, polled=True, chunk=chunk), self._nodes(group.points)

    def _nodes(self, points: Sequence[OpcuaPoint]) -> list[tuple[OpcuaPoint, ua.NodeId]]:
        """Points with their nodes; those that can't be named on this server are refused."""
        nodes = []
        for point in points:
            try:
                nodes.append((point, node_id(point.node, self._device.namespace, self._uris)))
            except (NoSuchNamespace, UaError) as error:
                self.refused[point.point] = (Quality.BAD_CONFIGURATION, str(error))
        return nodes

    async def _create(self, group: GroupPlan) -> Subscription:
        subscription = Subscription(group, 0)
        request = ua.CreateSubscriptionRequest()
        request.Parameters = parameters(subscription)
        data = await self._session.ask(request)
        response = struct_from_binary(ua.CreateSubscriptionResponse, Buffer(data))
        response.ResponseHeader.ServiceResult.check()
        subscription.id = response.Parameters.SubscriptionId
        revised = response.Parameters  # a server keeps alive as rarely as it likes
        subscription.keep_alive_s = revised.RevisedPublishingInterval / 1000 * revised.RevisedMaxKeepAliveCount
        subscription.heard_at = asyncio.get_running_loop().time()
        self.subscriptions[group.group] = subscription
        return subscription

    async def _delete(self, subscription: Subscription) -> None:
        subscription.unsettled = True
        self.lost_us |= subscription.lost_us
        for status in await self._session.client.uaclient.delete_subscriptions([subscription.id]):
            if status.is_good():
                continue
            log.info("%s: the subscription was gone already: %s", subscription.plan.group, status.name)
        del self.subscriptions[subscription.plan.group]

    async def _remove_others(self, group: GroupPlan) -> None:
        subscription = self.subscriptions.get(group.group)
        if subscription is None:
            return
        wanted: Mapping[str, str] = {point.point: point.node for point in group.points}
        others = [item for item in subscription.items.values() if wanted.get(item.point.point) != item.point.node]
        await remove_items(self._session, subscription, others, self._limits.items_per_call)


def _alike(group: GroupPlan, subscription: Subscription) -> bool:
    """Whether the plan's group can go on with this subscription."""
    had = subscription.plan
    same = (group.period_s, group.queue_size, group.polled) == (had.period_s, had.queue_size, had.polled)
    return same and not subscription.unsettled
