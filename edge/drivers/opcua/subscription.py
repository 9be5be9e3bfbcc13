"""A subscription that hands each publish on as one batch and lets asyncua acknowledge it only afterwards.

asyncua 2.1 sends the acknowledgement of a message with the next PublishRequest, after `publish_callback` has returned
(`ua_session._publish_loop`); an exception there is logged and the message acknowledged all the same. So this hook
awaits the sink, and after a failure it never returns: the connection is given up instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from asyncua import ua
from asyncua.client.ua_session import UaSession
from asyncua.common.subscription import Subscription
from asyncua.ua.attribute_ids import AttributeIds

from edge.drivers.opcua.plan import GroupPlan
from telemetry.errors import Unavailable

KEEP_ALIVE_S = 10.0
Take = Callable[[Sequence[ua.MonitoredItemNotification], datetime | None], Awaitable[None]]
"""Gets the changes of one publish, none for a keep-alive, and when the server published."""


class ServerFellSilent(Unavailable):
    """The server has stopped publishing."""


class SubscriptionEnded(Unavailable):
    """The server has ended the subscription."""


class BatchSubscription(Subscription):
    """Awaits `take` for each publish, keep-alives too; tells `trouble` what went wrong, once."""

    def __init__(
        self,
        session: UaSession,
        group: GroupPlan,
        take: Take,
        trouble: asyncio.Future[None],
    ) -> None:
        super().__init__(session, _parameters(group))
        self._take = take
        self._trouble = trouble
        self._heard_at = asyncio.get_running_loop().time()
        self._taking = False

    async def publish_callback(self, publish_result: ua.PublishResult) -> None:
        self._taking = True
        try:
            message = publish_result.NotificationMessage
            changes: list[ua.MonitoredItemNotification] = []
            for notification in message.NotificationData or ():
                if isinstance(notification, ua.DataChangeNotification):
                    changes.extend(notification.MonitoredItems)
                elif isinstance(notification, ua.StatusChangeNotification):
                    raise SubscriptionEnded(status=notification.Status.name)  # noqa: TRY301
            await self._take(changes, message.PublishTime)
        except Exception as error:  # noqa: BLE001 - handed to the driver, which gives up the connection
            self._give_up(error)
            await asyncio.get_running_loop().create_future()  # until cancelled: returning would acknowledge
        finally:
            self._taking = False
            self._heard_at = asyncio.get_running_loop().time()

    def _give_up(self, error: Exception) -> None:
        if not self._trouble.done():
            self._trouble.set_exception(error)

    def check_heard(self, now: float) -> None:
        """Raise ServerFellSilent when not even a keep-alive came; time in which we made it wait does not count."""
        silent_s = now - self._heard_at
        longest_s = max(KEEP_ALIVE_S, self.parameters.RequestedPublishingInterval / 1000) * 3
        if not self._taking and silent_s > longest_s:
            raise ServerFellSilent(silent_s=round(silent_s))

    async def add(self, group: GroupPlan, nodes: Sequence[tuple[int, ua.NodeId]]) -> list[ua.StatusCode]:
        """Create monitored items for (handle, node) pairs; returns a status each, in their order."""
        ask = ua.CreateMonitoredItemsParameters()
        ask.SubscriptionId = self.subscription_id
        ask.TimestampsToReturn = ua.TimestampsToReturn.Both
        ask.ItemsToCreate = [_item(handle, node, group) for handle, node in nodes]
        return [result.StatusCode for result in await self.server.create_monitored_items(ask)]


def _parameters(group: GroupPlan) -> ua.CreateSubscriptionParameters:
    parameters = ua.CreateSubscriptionParameters()
    keep_alives = max(1, round(KEEP_ALIVE_S / group.period_s))
    parameters.RequestedPublishingInterval = group.period_s * 1000
    parameters.RequestedMaxKeepAliveCount = keep_alives
    # the subscription outlives a sink that waits, and a cut: three times the keep-alive is the least allowed
    parameters.RequestedLifetimeCount = max(keep_alives * 3, group.queue_size * 2)
    parameters.MaxNotificationsPerPublish = 10_000
    parameters.PublishingEnabled = True
    parameters.Priority = 0
    return parameters


def _item(handle: int, node: ua.NodeId, group: GroupPlan) -> ua.MonitoredItemCreateRequest:
    item = ua.MonitoredItemCreateRequest()
    item.ItemToMonitor.NodeId = node
    item.ItemToMonitor.AttributeId = AttributeIds.Value
    item.MonitoringMode = ua.MonitoringMode.Reporting
    item.RequestedParameters.ClientHandle = handle
    item.RequestedParameters.SamplingInterval = group.period_s * 1000
    item.RequestedParameters.QueueSize = group.queue_size
    item.RequestedParameters.DiscardOldest = True
    return item
