"""Polls a Modbus device by its plan and hands on the readings; a dead unit or a refused register holds nobody up.

The readings carry the time of receipt: Modbus knows no time of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from edge.backoff import Backoff
from edge.driver import DriverHealth, Link, Mistake, Pulse, Sink, without_value
from edge.drivers.modbus import line as codes
from edge.drivers.modbus.config import ModbusDevice, ModbusPoint, mistakes
from edge.drivers.modbus.decode import value_of
from edge.drivers.modbus.line import Line, NoAnswer, Refused, Unreachable
from edge.drivers.modbus.planner import ModbusPlan, Poll, Request, plan
from edge.schedule import every
from edge.strict import Group
from edge.tasks import end, together
from telemetry.batch import BatchBuilder
from telemetry.clock import Clock, to_us
from telemetry.quality import Quality

log = logging.getLogger(__name__)

_ASK_REFUSED_AGAIN_S = 600.0


class ModbusDriver:
    """Reads one Modbus TCP device."""

    def __init__(self, device: ModbusDevice, clock: Clock, observing: bool) -> None:
        self._device = device
        self._clock = clock
        self._line = self._new_line()
        self._pulse = Pulse()
        self._dead: dict[int, asyncio.Task[None]] = {}  # units that do not answer, and who probes them
        self._silent: set[str] = set()  # points whose loss has been told
        self._connect_again_at = 0.0
        self._connecting = Backoff(1, 10)

    def check(self) -> list[Mistake]:
        return mistakes(self._device)

    def plan(self, points: Sequence[ModbusPoint], groups: Mapping[str, Group]) -> ModbusPlan:
        return plan(points, groups, self._device.limits)

    def health(self) -> DriverHealth:
        return self._pulse.snapshot()

    async def run(self, plan: ModbusPlan, sink: Sink) -> None:
        try:
            await together(*(self._poll_for_ever(plan, poll, sink) for poll in plan.polls))
        finally:
            await end(list(self._dead.values()))
            self._line.drop()

    async def _poll_for_ever(self, plan: ModbusPlan, poll: Poll, sink: Sink) -> None:
        requests = list(poll.requests)
        refused: dict[str, float] = {}
        async for _ in every(poll.period_s):
            builder = BatchBuilder()
            again: list[Request] = []
            for request in requests:
                again.extend(await self._read(plan, request, builder, refused))
            requests = again
            if len(builder):
                await sink(builder.take())

    async def _read(
        self, plan: ModbusPlan, request: Request, into: BatchBuilder, refused: dict[str, float]
    ) -> Sequence[Request]:
        """Read one request into the builder; returns the requests that take its place in the next round."""
        if request.unit in self._dead or self._is_refused(request, refused):
            return (request,)
        loop = asyncio.get_running_loop()
        if loop.time() < self._connect_again_at:
            return (request,)
        asked_at = loop.time()
        try:
            raw = await self._line.read(request)
        except Unreachable as error:
            self._connect_again_at = loop.time() + self._connecting.next_s()
            self._pulse.stands(Link.LOST, str(error))
            self._tell_lost(plan.addresses, into)
        except NoAnswer as error:
            self._bury(plan, request, str(error), into)
        except Refused as error:
            return self._after_refusal(plan, request, error, into, refused)
        else:
            self._pulse.round_trip_s = loop.time() - asked_at
            self._take(request, raw, into)
        return (request,)

    def _take(self, request: Request, raw: Sequence[int] | Sequence[bool], into: BatchBuilder) -> None:
        now = self._clock.now()
        received_us = to_us(now)
        for point in request.points:
            start = point.address - request.address
            value, quality = value_of(point, raw[start : start + point.width])
            into.add(point.point, received_us, received_us, value, quality)
            self._silent.discard(point.point)
            self._pulse.point_reasons.pop(point.point, None)
        self._connecting.reset()
        self._pulse.last_good = now
        self._pulse.stands(Link.DEGRADED if self._dead else Link.CONNECTED, self._dead_units())

    def _dead_units(self) -> str:
        return f"no answer from unit {', '.join(map(str, sorted(self._dead)))}" if self._dead else ""

    def _tell_lost(self, points: Mapping[str, str] | Sequence[str], into: BatchBuilder) -> None:
        """Each point goes bad once, when its device is lost."""
        fresh = [point for point in points if point not in self._silent]
        self._silent.update(fresh)
        into.extend(without_value(fresh, to_us(self._clock.now()), Quality.BAD_NO_COMMUNICATION))

    def _bury(self, plan: ModbusPlan, request: Request, reason: str, into: BatchBuilder) -> None:
        """A unit does not answer: tell it once, stop asking in the round, probe it on a line of its own."""
        unit = request.unit
        points = [p.point for poll in plan.polls for r in poll.requests if r.unit == unit for p in r.points]
        self._tell_lost(points, into)
        self._pulse.point_reasons.update(dict.fromkeys(points, reason))
        if unit not in self._dead:
            self._dead[unit] = asyncio.create_task(self._probe(request))
        all_dead = {r.unit for poll in plan.polls for r in poll.requests} <= self._dead.keys()
        self._pulse.stands(Link.LOST if all_dead else Link.DEGRADED, self._dead_units())

    async def _probe(self, request: Request) -> None:
        backoff = Backoff(1, 30)
        line = self._new_line()
        try:
            while True:
                await asyncio.sleep(backoff.next_s())
                try:
                    await line.read(request)
                except Refused as error:
                    if error.exception not in codes.GATEWAY_CODES:
                        return  # it refuses, so it lives
                    log.debug("unit %s stays silent: %s", request.unit, error)
                except (NoAnswer, Unreachable) as error:
                    log.debug("unit %s stays silent: %s", request.unit, error)
                else:
                    return
        finally:
            line.drop()
            self._dead.pop(request.unit, None)

    def _after_refusal(
        self, plan: ModbusPlan, request: Request, error: Refused, into: BatchBuilder, refused: dict[str, float]
    ) -> Sequence[Request]:
        if error.exception in codes.GATEWAY_CODES:
            self._bury(plan, request, str(error), into)
            return (request,)
        invalid = error.exception in {codes.ILLEGAL_FUNCTION, codes.ILLEGAL_ADDRESS, codes.ILLEGAL_VALUE}
        if invalid and len(request.points) > 1:
            return request.halves(self._device.limits)
        quality = Quality.BAD_CONFIGURATION if invalid else Quality.BAD_DEVICE_FAILURE
        names = [point.point for point in request.points]
        into.extend(without_value(names, to_us(self._clock.now()), quality))
        self._pulse.point_reasons.update(dict.fromkeys(names, str(error)))
        if invalid:
            refused[names[0]] = asyncio.get_running_loop().time() + _ASK_REFUSED_AGAIN_S
        return (request,)

    def _is_refused(self, request: Request, refused: dict[str, float]) -> bool:
        until = refused.get(request.points[0].point, 0.0) if len(request.points) == 1 else 0.0
        return asyncio.get_running_loop().time() < until

    def _new_line(self) -> Line:
        return Line(self._device.host, self._device.port, self._device.timeout_s)
