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
from edge.drivers.modbus.line import GATEWAY, Line, NoAnswer, Nonsense, Refused, Unreachable
from edge.drivers.modbus.planner import Request
from edge.tasks import end, wait_until_set

log = logging.getLogger(__name__)

FIRST_S, LONGEST_S = 1.0, 30.0


class Probes:
    """Which units are silent, and one task for each of them that finds out when they are not."""

    def __init__(self, line: Line, apart: Line | None, degrade_after: int) -> None:
        self._line = line  # that of the rounds
        self._apart = apart
        self._degrade_after = degrade_after
        self._missed: Counter[int] = Counter()  # time-outs in a row
        self._probing: dict[int, asyncio.Task[None]] = {}
        self._wanted: dict[int, list[Request]] = {}  # by unit
        self._stirred = asyncio.Event()  # one came back: perhaps the others did, too

    @property
    def silent(self) -> Collection[int]:
        """The units that are not asked in the rounds."""
        return self._probing.keys()

    def want(self, requests: Iterable[Request]) -> None:
        """The plan's requests; nothing else is probed. Units that an older plan made silent are asked at once."""
        self._wanted = {}
        for request in requests:
            self._wanted.setdefault(request.unit, []).append(request)
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
                asked = self._asked(missed, tries)
                if asked is not None and await self._lives(asked):
                    if (
                        asked is missed
                    ):  # else it may be the address that is met with silence: that says nothing of others
                        self._stir()
                    return
                tries += 1
        finally:
            self._missed.pop(missed.unit, None)
            self._probing.pop(missed.unit, None)
            if self._apart is not None and not self._probing:
                self._apart.drop()

    def _asked(self, missed: Request, tries: int) -> Request | None:
        """The plan's requests of the unit in turn: some devices meet an address that they don't have with silence."""
        wanted = self._wanted.get(missed.unit, [])
        if all(any(point in each.points for each in wanted) for point in missed.points):
            wanted = [missed, *(each for each in wanted if each != missed)]
        return wanted[tries % len(wanted)] if wanted else None

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
