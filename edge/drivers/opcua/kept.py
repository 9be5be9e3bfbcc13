"""What is kept of a session and its subscriptions, so that the edge goes on with them after it was killed or stopped.

The authentication token opens the session to whoever has it. Which message came last is only known of an edge that
stopped in order: a kill comes unannounced, and nothing is written for a message.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, nodeid_to_binary
from asyncua.ua.uaerrors import UaError
from pydantic import ValidationError

from edge.drivers.opcua.certificates import fingerprint, load
from edge.drivers.opcua.config import Access, OpcuaDevice, OpcuaPoint
from edge.drivers.opcua.plan import GroupPlan
from edge.drivers.opcua.session import Session, Ticket
from edge.drivers.opcua.subscription import Item, Subscription
from edge.memory import Memory
from telemetry.errors import Unavailable
from telemetry.strict import Strict

log = logging.getLogger(__name__)

_BROKEN = (ValidationError, ValueError, IndexError, UaError)


class KeptSubscription(Strict):
    """One subscription. `names` by handle; `items` as handle, id at the server, node."""

    group: str
    period_s: float
    queue_size: int
    chunk: int
    id: int
    kept: int  # values that the server really keeps of each node
    keep_alive_s: float
    names: tuple[str, ...]
    items: tuple[tuple[int, int, str], ...]
    last: int | None = None  # number of the last message that is on disk; None: the edge ran on


class Kept(Strict):
    """A file's content."""

    access: str
    token: str
    nonce: str
    started: str
    asked_ms: int
    subscriptions: tuple[KeptSubscription, ...]


class Keeper:
    """Of one device: writes when something else is to be kept, and reads it at the start."""

    def __init__(self, device: OpcuaDevice, session: Session) -> None:
        self.memory = Memory()
        self._device, self._session = device, session
        self._written: Kept | None = None

    def recall(self) -> list[Subscription]:
        """Let the session go on with the one that is kept; its subscriptions."""
        found = self.memory.recall()
        if found is None:
            return []
        try:
            kept = Kept.model_validate(found)
            ticket = Ticket(_token(kept.token), bytes.fromhex(kept.nonce) or None, kept.started, kept.asked_ms)
            subscriptions = [_restored(each) for each in kept.subscriptions]
        except _BROKEN as error:
            log.warning("%s: what was kept of the session can't be read: %s", self._device.name, error)
            self.memory.forget()
            return []
        if kept.access != _access(self._device):
            log.warning("%s: the session of before was another access's; a new one begins", self._device.name)
            self.memory.forget()
            return []
        self._session.remember(ticket)
        return subscriptions

    def keep(self, subscriptions: Iterable[Subscription], *, ends: bool = False) -> None:
        """Remember these, and the session. `ends`: the edge stops in order, and takes no further message."""
        ticket = self._session.ticket
        if ticket is None:
            return  # nothing was reached yet: what is kept still counts
        known = tuple(_kept(each, ends) for each in subscriptions if not each.unsettled)
        nonce = (ticket.nonce or b"").hex()
        token = nodeid_to_binary(ticket.token).hex()
        kept = Kept(
            access=_access(self._device),
            token=token,
            nonce=nonce,
            started=ticket.started,
            asked_ms=ticket.asked_ms,
            subscriptions=known,
        )
        if kept != self._written:
            self.memory.keep(kept.model_dump(mode="json"))
            self._written = kept

    def forget(self) -> None:
        """The session is closed."""
        self._written = None
        self.memory.forget()


def _kept(subscription: Subscription, ends: bool) -> KeptSubscription:
    plan = subscription.plan
    return KeptSubscription(
        group=plan.group,
        period_s=plan.period_s,
        queue_size=plan.queue_size,
        chunk=plan.chunk,
        id=subscription.id,
        kept=subscription.queue_size,
        keep_alive_s=subscription.keep_alive_s,
        names=tuple(subscription.names),
        items=tuple((item.handle, item.server_id, item.point.node) for item in subscription.items.values()),
        last=subscription.last if ends and not subscription.uncertain else None,
    )


def _restored(kept: KeptSubscription) -> Subscription:
    items = {}
    for handle, server_id, node in kept.items:
        point = OpcuaPoint(point=kept.names[handle], node=node, group=kept.group)
        items[point.point] = Item(handle, server_id, point)
    points = tuple(item.point for item in items.values())
    plan = GroupPlan(kept.group, kept.period_s, kept.queue_size, points, kept.chunk)
    subscription = Subscription(plan, kept.id, list(kept.names), items, last=kept.last or 0, queue_size=kept.kept)
    subscription.keep_alive_s = kept.keep_alive_s
    subscription.uncertain = kept.last is None
    for handle in set(range(len(kept.names))) - {item.handle for item in items.values()}:
        subscription.latest.forget(handle)  # of items that are gone: what is still under way of them does not go on
    return subscription


def _token(text: str) -> ua.NodeId:
    token: ua.NodeId = nodeid_from_binary(Buffer(bytes.fromhex(text)))
    if token.is_null():
        raise ValueError("there is no token")
    return token


def _access(device: Access) -> str:
    """A session belongs to one way to one server: with another, it can't be gone on with."""
    told = [device.url, device.security, device.policy, device.user]
    for file in (device.certificate, device.server_certificate):
        try:
            told.append(None if file is None or device.security == "none" else fingerprint(load(file)))
        except Unavailable:  # told when the connection is made
            told.append("unreadable")
    return hashlib.sha256(repr(told).encode()).hexdigest()
