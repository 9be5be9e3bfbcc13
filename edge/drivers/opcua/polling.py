"""Reads the nodes of a group every period, in calls that the server takes, and knows each value by its place.

For groups that are polled by config, and for those whose subscription the server refuses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import NoReturn

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.uaerrors import BadTooManyOperations

from edge.driver import Pulse, Sink
from edge.drivers.opcua.config import OpcuaPoint
from edge.drivers.opcua.datavalues import Columns
from edge.drivers.opcua.message import read_read
from edge.drivers.opcua.plan import GroupPlan
from edge.drivers.opcua.session import Session
from edge.drivers.opcua.subscription import batch_of
from edge.schedule import every
from telemetry.clock import Clock, to_us
from telemetry.errors import Unavailable
from telemetry.quality import Quality, is_good

log = logging.getLogger(__name__)


class AnotherNumberOfValues(Unavailable):
    """The server has answered a read with more or fewer values than were asked for."""


class Poller:
    """Of one group."""

    def __init__(self, plan: GroupPlan, session: Session, clock: Clock, pulse: Pulse, sink: Sink) -> None:
        self.plan = plan
        self.chunk = plan.chunk
        self._nodes: list[tuple[OpcuaPoint, ua.NodeId]] = []
        self._session = session
        self._clock = clock
        self._pulse = pulse
        self._sink = sink
        self._source_us: dict[str, int] = {}  # the time that stood with a point's last value

    def point_at(self, nodes: Sequence[tuple[OpcuaPoint, ua.NodeId]]) -> None:
        """Read these from the next round on."""
        self._nodes = list(nodes)

    async def poll_for_ever(self) -> NoReturn:
        """Raises one of FAILURES."""
        await asyncio.sleep(self.plan.phase_s)
        async for _ in every(self.plan.period_s):
            await self._round(self._nodes)
        raise AssertionError("a schedule has no end")

    async def _round(self, nodes: Sequence[tuple[OpcuaPoint, ua.NodeId]]) -> None:
        at = 0
        while at < len(nodes):
            part = nodes[at : at + self.chunk]
            try:
                await self._read(part)
            except BadTooManyOperations:
                if len(part) == 1:
                    raise
                self.chunk = max(1, len(part) // 2)
                log.warning("%s: the server takes no %d nodes a read, but says so only now", self.plan.group, len(part))
                continue
            at += len(part)

    async def _read(self, nodes: Sequence[tuple[OpcuaPoint, ua.NodeId]]) -> None:
        values = await read_nodes(self._session, nodes, to_us(self._clock.now()))
        now = self._clock.now()
        names = [point.point for point, _ in nodes]
        self._date(values, names, to_us(now))
        self._note(values, names)
        if any(map(is_good, values.quality)):
            self._pulse.last_good = now
        self._pulse.requests_done += 1
        await self._sink(batch_of(values, names, to_us(now)))

    def _date(self, values: Columns, names: Sequence[str], now_us: int) -> None:
        """A value with the time of the one before has not changed: it is told as of now, for so it was read."""
        for place, name in enumerate(names):
            source_us = values.device_us[place]
            if self._source_us.get(name) == source_us:
                values.device_us[place] = max(now_us, source_us + 1)
            self._source_us[name] = source_us

    def _note(self, values: Columns, names: Sequence[str]) -> None:
        for place, name in enumerate(names):
            if values.quality[place] == Quality.BAD_CONFIGURATION:
                status = ua.StatusCode(ua.UInt32(values.status.get(place, 0)))
                self._pulse.point_reasons[name] = status.name
            elif self._pulse.point_reasons:
                self._pulse.point_reasons.pop(name, None)


async def read_nodes(session: Session, nodes: Sequence[tuple[OpcuaPoint, ua.NodeId]], asked_us: int) -> Columns:
    """The present values, by their place. `asked_us` counts for one without a time. Raises AnotherNumberOfValues."""
    request = ua.ReadRequest()
    request.Parameters.MaxAge = 0.0
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    request.Parameters.NodesToRead = [ua.ReadValueId(node, AttributeIds.Value) for _, node in nodes]
    values = read_read(await session.ask(request), asked_us)
    if len(values) != len(nodes):
        raise AnotherNumberOfValues(asked=len(nodes), given=len(values))
    return values
