"""A subscription of a server and what of it has arrived: its items by handle, and its messages without a hole.

A handle is never used twice in a subscription, so a value that was under way while its item went keeps its name.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from edge.drivers.opcua.config import OpcuaPoint
from edge.drivers.opcua.datavalues import Columns
from edge.drivers.opcua.latest import Latest
from edge.drivers.opcua.message import Message
from edge.drivers.opcua.plan import GroupPlan
from edge.drivers.opcua.profiles import SHORTEST_LIFE_S
from edge.drivers.opcua.quality import has_overflowed
from telemetry.batch import Batch, BatchBuilder
from telemetry.errors import Unavailable

KEEP_ALIVE_S = 5.0
_LAST_SEQUENCE = 2**32 - 1
_TWICE = 1000
"""A number so little behind the last is a message that came twice."""


class ServerFellSilent(Unavailable):
    """The server has stopped publishing."""


class SubscriptionEnded(Unavailable):
    """The server has ended the subscription."""


@dataclass(frozen=True, slots=True)
class Item:
    """A monitored item."""

    handle: int
    server_id: int
    point: OpcuaPoint


@dataclass(eq=False, slots=True)
class Subscription:
    """One group's. `last` is the number of the last message that is on disk."""

    plan: GroupPlan
    id: int
    names: list[str] = field(default_factory=list)  # by handle; grows only
    items: dict[str, Item] = field(default_factory=dict)  # by point
    latest: Latest = field(default_factory=Latest)
    last: int = 0
    heard_at: float = 0.0  # loop time
    heard_us: int = 0
    queue_size: int = 0  # values that the server really keeps
    keep_alive_s: float = 0.0  # after so long the server says that it has nothing to say
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # one message after the other
    unsettled: bool = False  # a change of it was cut off: what the server has of it is not known
    resumed: bool = False  # no message has come since the connection was lost
    uncertain: bool = False  # the edge was killed: which message came last is not known

    @property
    def lifetime_counts(self) -> tuple[int, int]:
        """Publishing intervals to a keep-alive, and to the end of a subscription that nobody asks for."""
        keep_alives = max(1, round(KEEP_ALIVE_S / self.plan.period_s))
        outlives = max(ceil(SHORTEST_LIFE_S / self.plan.period_s), self.plan.queue_size * 2)
        return keep_alives, max(keep_alives * 3, outlives)  # three times is the least allowed

    def handles_for(self, points: Sequence[OpcuaPoint], lost_us: Mapping[str, int]) -> list[tuple[int, OpcuaPoint]]:
        """New handles; what was told as lost is told again with its first value."""
        handles = [(len(self.names) + i, point) for i, point in enumerate(points)]
        self.names += [point.point for point in points]
        self.latest.lost_us |= {h: lost_us[p.point] for h, p in handles if p.point in lost_us}
        return handles

    def lost(self, since_us: int) -> Columns:
        """A reading without value for each item: nothing is known of it since then."""
        return self.latest.lost([item.handle for item in self.items.values()], since_us)

    @property
    def lost_us(self) -> dict[str, int]:
        """Points that were told as lost, and not confirmed since."""
        return {self.names[handle]: at_us for handle, at_us in self.latest.lost_us.items()}

    def missing(self, message: Message) -> Iterator[int]:
        """Numbers of the messages between the last one and this, which have not come."""
        if not self.last and not self.resumed:
            return  # wherever a new subscription's numbers begin
        number = following(self.last)
        while ahead(message.sequence, number):
            yield number
            number = following(number)

    def is_known(self, message: Message) -> bool:
        """Whether this message is on disk already: it came twice."""
        return message.has_data and bool(self.last) and (self.last - message.sequence) % 2**32 < _TWICE

    def overflowed(self, changes: Columns) -> list[int]:
        """Places of values before which the server had to give some up: it says so, or its queue was full."""
        found = [place for place, status in changes.status.items() if has_overflowed(status)]
        if self.resumed and not found:  # asyncua's server, for one, does not say so
            full = {h for h, n in Counter(changes.handle).items() if n >= self.queue_size > 0}
            seen = dict(zip(reversed(changes.handle), reversed(range(len(changes))), strict=True))
            found = sorted(place for handle, place in seen.items() if handle in full)
        return [place for place in found if changes.handle[place] < len(self.names)]

    def check_heard(self, now: float) -> None:
        """Raise ServerFellSilent when not even a keep-alive came; time in which we made it wait does not count."""
        silent_s = now - self.heard_at
        if not self.turn.locked() and silent_s > max(KEEP_ALIVE_S, self.plan.period_s, self.keep_alive_s) * 3:
            raise ServerFellSilent(group=self.plan.group, silent_s=round(silent_s))

    def batch(self, columns: Columns, received_us: int) -> Batch:
        """Under the points' names."""
        return batch_of(columns, self.names, received_us)


def batch_of(columns: Columns, names: Sequence[str], received_us: int) -> Batch:
    """Columns under the names of their handles; what has no name is no item of ours and is left out."""
    if columns.handle and max(columns.handle) >= len(names):
        return _without_strangers(columns, names, received_us)
    index = {handle: place for place, handle in enumerate(dict.fromkeys(columns.handle))}
    point = array("H", map(index.__getitem__, columns.handle))
    received = array("q", [received_us]) * len(columns)
    occurring = tuple(map(names.__getitem__, index))
    return Batch(occurring, point, columns.device_us, received, columns.value, columns.quality, status=columns.status)


def _without_strangers(columns: Columns, names: Sequence[str], received_us: int) -> Batch:
    builder = BatchBuilder()
    for place, handle in enumerate(columns.handle):
        if handle < len(names):
            reading = (columns.device_us[place], received_us, columns.value[place], columns.quality[place])
            builder.add(names[handle], *reading, columns.status.get(place, 0))
    return builder.take()


def following(sequence: int) -> int:
    """The number after this one: 1 follows the highest (OPC 10000-4, 5.14.1.2)."""
    return 1 if sequence >= _LAST_SEQUENCE else sequence + 1


def ahead(sequence: int, of: int) -> bool:
    """Whether a number is later than another, around the highest too."""
    return 0 < (sequence - of) % 2**32 < 2**31


def parameters(subscription: Subscription) -> ua.CreateSubscriptionParameters:
    """What the server is asked for."""
    asked = ua.CreateSubscriptionParameters()
    asked.RequestedPublishingInterval = subscription.plan.period_s * 1000
    asked.RequestedMaxKeepAliveCount, asked.RequestedLifetimeCount = subscription.lifetime_counts
    asked.MaxNotificationsPerPublish = 10_000
    asked.PublishingEnabled = True
    asked.Priority = 0
    return asked


def item_request(handle: int, node: ua.NodeId, group: GroupPlan) -> ua.MonitoredItemCreateRequest:
    """A node's value, every change of it, without a filter."""
    item = ua.MonitoredItemCreateRequest()
    item.ItemToMonitor.NodeId = node
    item.ItemToMonitor.AttributeId = AttributeIds.Value
    item.MonitoringMode = ua.MonitoringMode.Reporting
    item.RequestedParameters.ClientHandle = handle
    item.RequestedParameters.SamplingInterval = group.period_s * 1000
    item.RequestedParameters.QueueSize = group.queue_size
    item.RequestedParameters.DiscardOldest = True
    return item
