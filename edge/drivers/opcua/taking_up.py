"""After a start of the edge: which subscriptions of before the server still has, and what values their items have now.

A server tells changes only. A value that has not changed since the edge was there before would never be told again;
so each is read once, and told with the next message as one that still holds.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from asyncua import ua
from asyncua.ua.uaerrors import BadTooManyOperations, UaStatusCodeError

from edge.drivers.opcua.config import OpcuaPoint
from edge.drivers.opcua.datavalues import Columns
from edge.drivers.opcua.polling import read_nodes
from edge.drivers.opcua.session import Session
from edge.drivers.opcua.subscription import Subscription

log = logging.getLogger(__name__)


async def gone(session: Session, subscriptions: Collection[Subscription]) -> list[Subscription]:
    """Those that the server has no more. That they shall publish is asked because it changes nothing."""
    if not subscriptions:
        return []
    ask = ua.SetPublishingModeParameters(True, [each.id for each in subscriptions])
    try:
        statuses = await session.client.uaclient.set_publishing_mode(ask)
    except UaStatusCodeError as refusal:
        log.info("whether subscriptions still live is not told, their messages will show it: %s", refusal)
        return []
    if len(statuses) != len(subscriptions):
        log.info("whether subscriptions still live is answered for %d of %d", len(statuses), len(subscriptions))
        return []
    return [each for each, status in zip(subscriptions, statuses, strict=True) if not status.is_good()]


async def present_values(
    session: Session, subscription: Subscription, nodes: Sequence[tuple[OpcuaPoint, ua.NodeId]], most: int, now_us: int
) -> Columns:
    """The values of these items by their handles, in reads that the server takes."""
    found, at = Columns(), 0
    while at < len(nodes):
        part = nodes[at : at + most]
        try:
            values = await read_nodes(session, part, now_us)
        except BadTooManyOperations:
            if len(part) == 1:
                raise
            most = max(1, len(part) // 2)
            continue
        for place, (point, _) in enumerate(part):
            told = values.device_us[place], values.value[place], values.quality[place]
            found.add(subscription.items[point.point].handle, *told, values.status.get(place, 0))
        at += len(part)
    return found
