"""Adds monitored items to a subscription and takes them away, in calls that the server takes."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from asyncua import ua
from asyncua.ua.uaerrors import BadTooManyOperations

from edge.drivers.opcua.config import OpcuaPoint
from edge.drivers.opcua.profiles import chunks
from edge.drivers.opcua.session import Session
from edge.drivers.opcua.subscription import Item, Subscription, item_request
from telemetry.errors import Unavailable

log = logging.getLogger(__name__)


class AnotherNumberOfResults(Unavailable):
    """The server has answered for more or fewer items than it was asked for."""


async def add_items(
    session: Session,
    subscription: Subscription,
    nodes: Sequence[tuple[OpcuaPoint, ua.NodeId]],
    most: int,
    lost_us: dict[str, int],
) -> dict[str, ua.StatusCode]:
    """Create an item for each node; the statuses of those that the server refuses, by point."""
    refused: dict[str, ua.StatusCode] = {}
    if not nodes:
        return refused
    chunk, at = min(most, subscription.plan.chunk), 0
    subscription.unsettled = True
    while at < len(nodes):
        part = nodes[at : at + chunk]
        try:
            refused |= await _create(session, subscription, part, lost_us)
        except BadTooManyOperations:
            if len(part) == 1:
                raise
            chunk = max(1, len(part) // 2)
            log.warning("the server takes no %d items a call, but says so only now", len(part))
            continue
        at += len(part)
    subscription.unsettled = False
    if 0 < subscription.queue_size < subscription.plan.queue_size:
        seconds = subscription.queue_size * subscription.plan.period_s
        told = (subscription.plan.group, subscription.queue_size, subscription.plan.queue_size, seconds)
        log.warning("%s: the server keeps %d values of each node, not %d: they outlast %g s", *told)
    return refused


async def _create(
    session: Session,
    subscription: Subscription,
    nodes: Sequence[tuple[OpcuaPoint, ua.NodeId]],
    lost_us: dict[str, int],
) -> dict[str, ua.StatusCode]:
    handles = subscription.handles_for([point for point, _ in nodes], lost_us)
    ask = ua.CreateMonitoredItemsParameters()
    ask.SubscriptionId = subscription.id
    ask.TimestampsToReturn = ua.TimestampsToReturn.Both
    asked = zip(handles, nodes, strict=True)
    ask.ItemsToCreate = [item_request(handle, node, subscription.plan) for (handle, _), (_, node) in asked]
    results = await session.client.uaclient.create_monitored_items(ask)
    if len(results) != len(handles):
        raise AnotherNumberOfResults(asked=len(handles), given=len(results))
    refused = {}
    for (handle, point), result in zip(handles, results, strict=True):
        if not result.StatusCode.is_good():
            subscription.latest.forget(handle)
            refused[point.point] = result.StatusCode
            continue
        lost_us.pop(point.point, None)
        subscription.items[point.point] = Item(handle, result.MonitoredItemId, point)
        kept = result.RevisedQueueSize
        subscription.queue_size = min(subscription.queue_size or kept, kept)
    return refused


async def remove_items(session: Session, subscription: Subscription, items: Sequence[Item], most: int) -> None:
    """Delete these; what was under way of them still comes under its name."""
    subscription.unsettled = bool(items)
    for places in chunks(len(items), min(most, subscription.plan.chunk)):
        part = [items[place] for place in places]
        ask = ua.DeleteMonitoredItemsParameters()
        ask.SubscriptionId = subscription.id
        ask.MonitoredItemIds = [item.server_id for item in part]
        await session.client.uaclient.delete_monitored_items(ask)
        for item in part:
            del subscription.items[item.point.point]
            subscription.latest.forget(item.handle)
    subscription.unsettled = False
