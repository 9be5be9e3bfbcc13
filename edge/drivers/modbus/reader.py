"""One round of a poll: each request becomes readings, good ones or such that say why there is none.

Requests of several polls come one at a time: there is one connection to the device, and often one bus behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from enum import Enum, auto
from math import nan

from edge.driver import Link, Pulse
from edge.drivers.modbus.config import ModbusDevice, ModbusPoint
from edge.drivers.modbus.line import GATEWAY, ILLEGAL, HungUp, Line, NoAnswer, Nonsense, Refused, Unreachable
from edge.drivers.modbus.plan import ModbusPlan, Poll
from edge.drivers.modbus.planner import Request
from edge.drivers.modbus.probes import Probes
from edge.drivers.modbus.refusals import Agenda, Refusals
from telemetry.batch import MAX_READINGS, Batch, BatchBuilder
from telemetry.clock import Clock, to_us
from telemetry.quality import Quality

Hand = Callable[[Batch], Awaitable[None]]

_HAND_ON_S = 0.1
"""Readings of a long round are handed on after so long; they do not wait for its end."""


class Outcome(Enum):
    """What came of a request."""

    ANSWERED = auto()
    REFUSED = auto()  # all of it or a part; it is known which
    SILENT = auto()  # no answer
    UNCLEAR = auto()  # an answer that teaches nothing


class Reader:
    """What is known of a device while it is read: its connection, its silent units, what it refuses."""

    def __init__(self, device: ModbusDevice, clock: Clock, pulse: Pulse) -> None:
        self._clock = clock
        self._pulse = pulse
        self._line = Line(device)
        self._probes = Probes(self._line, Line(device) if device.probes_apart else None, device.degrade_after)
        self._refusals = Refusals(device.limits_of)
        self._points: dict[str, ModbusPoint] = {}
        self._units: set[int] = set()
        self._lost: set[str] = set()  # points whose loss has been told
        self._turn = asyncio.Lock()

    def take_up(self, plan: ModbusPlan) -> None:
        """From now on these points count."""
        self._points = {point.point: point for poll in plan.polls for point in poll.points}
        self._units = {point.unit for point in self._points.values()}
        self._probes.want(request for poll in plan.polls for request in poll.requests)
        self._lost &= self._points.keys()
        for point in self._pulse.point_reasons.keys() - self._points.keys():
            del self._pulse.point_reasons[point]

    async def stop(self) -> None:
        """Leave the device."""
        await self._probes.stop()
        self._line.drop()

    async def round(self, poll: Poll, hand: Hand) -> None:
        """Ask for everything that a poll reads."""
        agenda = self._refusals.agenda(poll, _now_s())
        builder = BatchBuilder()
        try:
            await self._ask_for_all(agenda, builder, hand)
        except Unreachable as error:
            self._pulse.stands(Link.LOST, str(error))
            self._tell_lost(self._points.values(), builder)
        if len(builder):
            await hand(builder.take())

    async def _ask_for_all(self, agenda: Agenda, into: BatchBuilder, hand: Hand) -> None:
        missed: set[int] = set()  # units that kept us waiting in this round; that is enough
        handed_s = _now_s()
        for request in agenda.asked:
            if request.unit not in missed and await self._read(request, into) == Outcome.SILENT:
                missed.add(request.unit)
            if len(into) >= MAX_READINGS or (len(into) and _now_s() - handed_s > _HAND_ON_S):
                await hand(into.take())
                handed_s = _now_s()
        for request, refusal in agenda.left_out:
            if request.unit not in self._probes.silent:
                # the connection was lost meanwhile, and is back: what was refused is again no more than that
                forgotten = [point for point in request.points if point.point in self._lost]
                self._tell(forgotten, Quality.BAD_CONFIGURATION, refusal.reason, into, refusal.code)

    async def _read(self, request: Request, into: BatchBuilder) -> Outcome:
        """Read one request into the builder. Raises Unreachable."""
        async with self._turn:
            if request.unit in self._probes.silent:
                self._tell_lost(request.points, into)
                return Outcome.SILENT
            try:
                data = await self._line.read(request)
            except (NoAnswer, HungUp) as error:
                self._miss(request, error, into)
                return Outcome.SILENT
            except Nonsense as error:
                self._hear_of(request.unit)
                self._tell(request.points, Quality.BAD_DEVICE_FAILURE, str(error), into)
                return Outcome.UNCLEAR
            except Refused as error:
                refusal = error
            else:
                self._pulse.round_trip_s = self._line.round_trip_s
                self._take(request, data, into)
                return Outcome.ANSWERED
        return await self._after_refusal(request, refusal, into)

    def _take(self, request: Request, data: bytes, into: BatchBuilder) -> None:
        now = self._clock.now()
        received_us = to_us(now)
        for point, (value, quality) in zip(request.points, request.decoder.values(data), strict=True):
            if self._is_read(point):
                into.add(point.point, received_us, received_us, value, quality)
        self._pulse.last_good = now
        self._refusals.answered(request)
        self._hear_of(request.unit)
        if self._lost or self._pulse.point_reasons:
            for point in request.points:
                self._lost.discard(point.point)
                self._pulse.point_reasons.pop(point.point, None)

    def _is_read(self, point: ModbusPoint) -> bool:
        """Whether the plan, which may have changed since the request went out, still has this point there."""
        planned = self._points.get(point.point)
        return planned is point or planned == point

    def _hear_of(self, unit: int) -> None:
        """The unit answered, whatever it said."""
        self._pulse.requests_done += 1
        self._probes.answered(unit)
        self._pulse.stands(Link.DEGRADED if self._probes.silent else Link.CONNECTED, self._silence())

    def _silence(self) -> str:
        silent = sorted(self._probes.silent)
        return f"no answer from unit {', '.join(map(str, silent))}" if silent else ""

    async def _after_refusal(self, request: Request, refusal: Refused, into: BatchBuilder) -> Outcome:
        code, reason = refusal.exception, str(refusal)
        if code in GATEWAY:
            self._pulse.requests_done += 1
            self._probes.give_up(request)
            self._tell_silent(request.unit, reason, into, code)
            return Outcome.SILENT
        self._hear_of(request.unit)
        if code not in ILLEGAL:
            self._tell(request.points, Quality.BAD_DEVICE_FAILURE, reason, into, code)
            return Outcome.UNCLEAR
        halves = request.halves()
        if halves is None:
            self._refusals.refuse(request, code, reason, _now_s())
            self._tell(request.points, Quality.BAD_CONFIGURATION, reason, into, code)
            return Outcome.REFUSED
        outcomes = [await self._read(half, into) for half in halves]
        if set(outcomes) == {Outcome.ANSWERED}:
            self._refusals.split_at(halves[1])
        return Outcome.REFUSED

    def _miss(self, request: Request, error: NoAnswer | HungUp, into: BatchBuilder) -> None:
        if self._probes.missed(request):
            self._tell_silent(request.unit, str(error), into)
        else:
            points = filter(self._is_read, request.points)
            self._pulse.point_reasons.update((point.point, str(error)) for point in points)

    def _tell_silent(self, unit: int, reason: str, into: BatchBuilder, code: int = 0) -> None:
        """A unit is silent from now on: all its points are told, of other polls too."""
        points = [point for point in self._points.values() if point.unit == unit]
        self._tell_lost(points, into, code)
        self._pulse.point_reasons.update((point.point, reason) for point in points)
        all_silent = self._units <= set(self._probes.silent)
        self._pulse.stands(Link.LOST if all_silent else Link.DEGRADED, self._silence())

    def _tell_lost(self, points: Iterable[ModbusPoint], into: BatchBuilder, code: int = 0) -> None:
        """Each point goes bad once when its device or its unit is lost."""
        now_us = to_us(self._clock.now())
        for point in points:
            if point.point not in self._lost:
                self._lost.add(point.point)
                into.add(point.point, now_us, now_us, nan, Quality.BAD_NO_COMMUNICATION, code)

    def _tell(
        self, points: Iterable[ModbusPoint], quality: Quality, reason: str, into: BatchBuilder, code: int = 0
    ) -> None:
        """A reading without a value for each point, and why; `code` is the exception, 0 where there was none."""
        now_us = to_us(self._clock.now())
        for point in filter(self._is_read, points):
            into.add(point.point, now_us, now_us, nan, quality, code)
            self._lost.discard(point.point)
            self._pulse.point_reasons[point.point] = reason


def _now_s() -> float:
    return asyncio.get_running_loop().time()
