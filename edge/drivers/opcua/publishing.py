"""Asks a server for publishes and hands each on as one batch; acknowledges it when the batch is on disk.

Several requests are under way at once, so that a slow lane of one group does not hold up the others. Each subscription
takes its messages in the order of their numbers. One that is missing is asked for again (Republish); one that the
server has no more is a gap, which is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import NoReturn

from asyncua import ua
from asyncua.ua.uaerrors import BadSubscriptionIdInvalid, BadTimeout, BadTooManyPublishRequests, UaStatusCodeError

from edge.driver import Pulse, Sink
from edge.drivers.opcua.datavalues import Columns, Undecodable
from edge.drivers.opcua.message import Message, Published, read_publish, read_republish
from edge.drivers.opcua.session import Session
from edge.drivers.opcua.subscription import Subscription, SubscriptionEnded, ahead, following
from edge.once import Once
from edge.tasks import to_the_end
from telemetry.batch import Batch
from telemetry.clock import Clock, from_us, to_us
from telemetry.quality import is_good

log = logging.getLogger(__name__)

_ASKED_AGAIN = 1000
"""Messages that are asked for again at once; a server keeps far fewer."""
_STEP_BACK_S = 1.0
Find = Callable[[int], Subscription | None]
"""The subscription of a number."""
Drop = Callable[[int], Awaitable[None]]
"""Deletes a subscription that nobody knows, by its number."""
Renew = Callable[[Subscription], Awaitable[None]]
"""Makes a subscription anew, so that the present values of all its items come."""


class Publisher:
    """Of one session."""

    def __init__(
        self, session: Session, sink: Sink, clock: Clock, pulse: Pulse, find: Find, renew: Renew, drop: Drop
    ) -> None:
        self._session = session
        self._sink = sink
        self._clock = clock
        self._pulse = pulse
        self._find = find
        self._renew = renew
        self._drop = drop
        self._second_sink = sink  # for messages that come again
        self._taken_up: set[int] = set()  # subscriptions that go on since the start, and have not published yet
        self._done: list[ua.SubscriptionAcknowledgement] = []  # on disk, and not acknowledged yet

    async def ask_for_ever(self, now: Callable[[], float]) -> NoReturn:
        """One request after the other; run several of these. Raises one of FAILURES."""
        while True:
            try:
                published = await self._ask()
            except BadTooManyPublishRequests as refusal:
                log.info("the server has as many publish requests as it takes: %s", refusal)
                await asyncio.sleep(_STEP_BACK_S)  # asking at once would push out another request, and that one this
                continue
            except BadTimeout as refusal:
                log.info("publish request given back: %s", refusal)
                continue
            except Undecodable as damage:
                log.error("a message can't be read: %s", damage)  # noqa: TRY400 - the gap in the numbers tells the rest
                continue
            subscription = self._find(published.subscription)
            if subscription is None:
                log.info("a message of a subscription that is gone: %s", published.subscription)
                await self._drop(published.subscription)
                continue
            async with subscription.turn:
                if self._find(published.subscription) is subscription:
                    await self._take(subscription, published)
                else:  # made anew while this message waited for its turn
                    await self._hand_on(subscription, published.message, to_us(self._clock.now()), self._sink)
                subscription.heard_at = now()

    def begin_anew(self) -> None:
        """A new session knows nothing of what was to be acknowledged."""
        self._done = []
        self._taken_up.clear()
        self._second_sink = self._sink

    def take_up(self, subscriptions: Iterable[int], taken_before: list[Batch]) -> None:
        """These go on since the start of the edge: what they send again may be on disk already."""
        self._taken_up = set(subscriptions)
        self._second_sink = Once(self._sink, taken_before).sink

    async def _ask(self) -> Published:
        request = ua.PublishRequest()
        done, self._done = self._done, []
        request.Parameters.SubscriptionAcknowledgements = done
        try:
            data = await self._session.ask(request, waits=True)
        except BaseException:
            self._done += done  # to acknowledge twice does no harm
            raise
        return read_publish(data, to_us(self._clock.now()))

    async def _take(self, subscription: Subscription, published: Published) -> None:
        message = published.message
        if message.ended:
            raise SubscriptionEnded(group=subscription.plan.group, status=message.ended)
        if subscription.id in self._taken_up:
            self._find_place(subscription, published)
        if subscription.is_known(message):
            self._acknowledge(subscription, message)
            return
        missing = list(islice(subscription.missing(message), _ASKED_AGAIN))
        filled = not missing or await self._fill(subscription, missing)
        self._went_on(subscription)
        if not filled:
            await self._tell_gap(subscription, message)
            await self._store(subscription, message, True, self._sink)
            await self._renew(subscription)
            return
        await self._store(subscription, message, published.more, self._sink)
        subscription.resumed = subscription.resumed and not message.has_data

    def _find_place(self, subscription: Subscription, published: Published) -> None:
        """The first message after a start. What the server still has was not acknowledged; it may be on disk."""
        number = published.message.sequence
        before = sorted((n for n in published.available if ahead(number, n)), key=lambda n: (n - number) % 2**32)
        if subscription.uncertain:
            subscription.last = (before[0] if before else number) - 1
            subscription.uncertain = False
            if subscription.last and published.message.has_data and not published.available:
                log.error(
                    "%s: the server sends nothing again; what the killed edge had in hand may be lost",
                    subscription.plan.group,
                )
                self._pulse.gaps += 1
        self._done += [
            ua.SubscriptionAcknowledgement(subscription.id, n) for n in before if not ahead(n, subscription.last)
        ]

    def _went_on(self, subscription: Subscription) -> None:
        """What came again of it is through; after the last one nothing is compared any more."""
        if subscription.id in self._taken_up:
            self._taken_up.discard(subscription.id)
            if not self._taken_up:
                self._second_sink = self._sink

    async def catch_up(self, subscription: Subscription) -> None:
        """After a loss: take what the server had sent into the dead connection."""
        async with subscription.turn:
            subscription.resumed = True
            if subscription.uncertain:
                return  # the next message says what there is
            number = following(subscription.last)
            while await self._fill(subscription, [number]):
                number = following(subscription.last)

    async def _fill(self, subscription: Subscription, numbers: list[int]) -> bool:
        """Whether all of these messages were still to be had."""
        for number in numbers:
            message = await self._again(subscription, number)
            if message is None:
                return False
            log.info("%s: message %d came at the second asking", subscription.plan.group, number)
            await self._store(subscription, message, True, self._second_sink)
        return True

    async def _again(self, subscription: Subscription, number: int) -> Message | None:
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = subscription.id
        request.Parameters.RetransmitSequenceNumber = number
        try:
            message = read_republish(await self._session.ask(request), to_us(self._clock.now()))
        except BadSubscriptionIdInvalid as end:
            raise SubscriptionEnded(group=subscription.plan.group, status=end) from end
        except (UaStatusCodeError, Undecodable) as refusal:
            log.info("%s: message %d is not to be had again: %s", subscription.plan.group, number, refusal)
            return None
        is_it = message.sequence == number and message.has_data  # asyncua's server sends an empty one when it has none
        return message if is_it else None

    async def _store(self, subscription: Subscription, message: Message, more: bool, sink: Sink) -> None:
        now_us = to_us(self._clock.now())
        # A connection that is lost meanwhile must not leave open whether this message is on disk.
        await to_the_end(self._keep(subscription, message, now_us, sink))
        if not more:
            again = subscription.latest.still(message.published_us, now_us)
            if len(again):
                await self._sink(subscription.batch(again, now_us))
        subscription.heard_us = now_us

    async def _keep(self, subscription: Subscription, message: Message, now_us: int, sink: Sink) -> None:
        await self._hand_on(subscription, message, now_us, sink)
        self._pulse.requests_done += 1
        if message.has_data:
            subscription.last = message.sequence
            self._acknowledge(subscription, message)

    async def _hand_on(self, subscription: Subscription, message: Message, now_us: int, sink: Sink) -> None:
        changes = message.changes
        if not len(changes):
            return
        if any(map(is_good, changes.quality)):
            self._pulse.last_good = from_us(now_us)
        await self._tell_overflow(subscription, changes, now_us)
        subscription.latest.confirm(changes, message.published_us)
        await sink(subscription.batch(changes, now_us))
        subscription.latest.take(changes, now_us)

    def _acknowledge(self, subscription: Subscription, message: Message) -> None:
        self._done.append(ua.SubscriptionAcknowledgement(subscription.id, message.sequence))

    async def _tell_overflow(self, subscription: Subscription, changes: Columns, now_us: int) -> None:
        overflowed = subscription.overflowed(changes)
        if overflowed:
            names = [subscription.names[changes.handle[place]] for place in overflowed]
            log.error("the server's queue was full, values of %d points are lost: %s", len(names), names[:3])
            self._pulse.gaps += 1
            await self._sink(subscription.batch(subscription.latest.gaps(changes, overflowed), now_us))

    async def _tell_gap(self, subscription: Subscription, message: Message) -> None:
        group, last = subscription.plan.group, subscription.last
        log.error("%s: the messages from %d to before %d are lost", group, following(last), message.sequence)
        self._pulse.gaps += 1
        await self._sink(subscription.batch(subscription.lost(0), to_us(self._clock.now())))
