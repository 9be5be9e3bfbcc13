"""Units that do not answer: out of the rounds, and asked from time to time whether they live again.

They are asked on a connection of their own where the device takes a second one, so that the others need not wait; it
is given back when all units answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterable

from edge.backoff import Backoff
from edge.drivers.modbus.config import ModbusPoint
from edge.drivers.modbus.line import GATEWAY, Line, NoAnswer, Nonsense, Refused, Unreachable
from edge.drivers.modbus.planner import Request
from edge.tasks import end, wait_until_set

log = logging.getLogger(__name__)

FIRST_S, LONGEST_S = 1.0, 30.0
MUTE_S = 300.0
"""A request that alone is met with silence is left out for so long."""


class Probes:
    """Which units are silent, and one task for each of them that finds out when they are not."""

    def __init__(self, line: Line, apart: Line | None, degrade_after: int) -> None:
        self._line = line  # that of the rounds
        self._apart = apart
        self._degrade_after = degrade_after
        self._missed: Counter[int] = Counter()  # time-outs in a row
        self._probing: dict[int, asyncio.Task[None]] = {}
        self._wanted: dict[int, list[Request]] = {}  # by unit
        self._planned: dict[str, ModbusPoint] = {}
        self._mute_until: dict[str, float] = {}  # by request; loop time
        self._stirred = asyncio.Event()  # one came back: perhaps the others did, too

    @property
    def silent(self) -> Collection[int]:
        """The units that are not asked in the rounds."""
        return self._probing.keys()

    def want(self, requests: Iterable[Request]) -> None:
        """The plan's requests; nothing else is probed. Units that an older plan made silent are asked at once."""
        self._wanted = {}
        self._mute_until.clear()
        for request in requests:
            self._wanted.setdefault(request.unit, []).append(request)
        self._planned = {point.point: point for each in self._wanted.values() for r in each for point in r.points}
        self._stir()

    def answered(self, unit: int) -> None:
        """It lives."""
        if self._missed:
            self._missed.pop(unit, None)

    def missed(self, request: Request) -> bool:
        """An answer did not come; whether the unit is silent from now on."""
        self._missed[request.unit] += 1
        if self._missed[request.unit] < self._degrade_after:
            return False
        self.give_up(request)
        return True

    def give_up(self, request: Request) -> None:
        """The unit is silent; this request is its first probe."""
        if request.unit not in self._probing:
            self._probing[request.unit] = asyncio.create_task(self._probe(request))

    async def _probe(self, missed: Request) -> None:
        backoff, tries = Backoff(FIRST_S, LONGEST_S), 0
        try:
            while missed.unit in self._wanted:
                await wait_until_set(self._stirred, backoff.next_s())
                turns = self._turns(missed)
                if turns and await self._lives(turns[tries % len(turns)]):
                    await self._judge(missed, turns[tries % len(turns)])
                    return
                tries += 1
        finally:
            self._missed.pop(missed.unit, None)
            self._probing.pop(missed.unit, None)
            if self._apart is not None and not self._probing:
                self._apart.drop()

    def _turns(self, missed: Request) -> list[Request]:
        """What the unit is asked in turn: some devices meet an address that they don't have with silence."""
        wanted = self._wanted.get(missed.unit, [])
        return [missed, *(each for each in wanted if each != missed)] if self._is_wanted(missed) else wanted

    def _is_wanted(self, request: Request) -> bool:
        return all(self._planned.get(point.point) == point for point in request.points)

    async def _judge(self, missed: Request, answered: Request) -> None:
        """The unit lives: was it silent as a whole, or has it no word for this one request?"""
        if missed is answered or not self._is_wanted(missed) or await self._lives(missed):
            self._stir()
            return
        log.warning("%s is met with silence, though the unit answers others; asked again in %g s", missed, MUTE_S)
        self._mute_until[str(missed)] = asyncio.get_running_loop().time() + MUTE_S

    def is_mute(self, request: Request) -> bool:
        """Whether the unit has met just this request with silence not long ago."""
        until = self._mute_until.get(str(request)) if self._mute_until else None
        return until is not None and until > asyncio.get_running_loop().time()

    def _stir(self) -> None:
        self._stirred.set()
        self._stirred = asyncio.Event()

    async def _lives(self, request: Request) -> bool:
        if self._apart is not None:
            try:
                return await self._answers(self._apart, request)
            except Unreachable as error:
                log.debug("%s is probed on the connection of the rounds: %s", request, error)
        try:
            return await self._answers(self._line, request)
        except Unreachable as error:
            log.debug("%s can't be probed: %s", request, error)
            return False

    async def _answers(self, line: Line, request: Request) -> bool:
        """Whether the unit says anything. Raises Unreachable."""
        try:
            await line.read(request)
        except Nonsense as error:
            log.debug("%s answers, though nothing that makes sense: %s", request, error)
            return True
        except Refused as error:
            return error.exception not in GATEWAY  # who refuses lives
        except NoAnswer as error:
            log.debug("%s stays silent: %s", request, error)
            return False
        return True

    async def stop(self) -> None:
        """End all probing."""
        await end(list(self._probing.values()))
        if self._apart is not None:
            self._apart.drop()
