"""Asks the gateway what the database has, and what time it is there."""

from __future__ import annotations

import asyncio
import json
import logging

import nats.errors
from nats.aio.client import Client

from edge.uplink.coverage import BadCursor, Coverage, Range, parse
from edge.uplink.gateway_clock import GatewayClock
from edge.uplink.stats import UplinkStats

log = logging.getLogger(__name__)

_ANSWER_WITHIN_S = 5.0


class Asking:
    """An edge's questions on one connection, all of one epoch."""

    def __init__(self, client: Client, who: str, epoch: int, clock: GatewayClock, stats: UplinkStats) -> None:
        self._client, self._subject, self._epoch = client, f"cursor-ask.{who}", epoch
        self._clock, self._stats = clock, stats

    async def ask(self, span: Range) -> Coverage | None:
        """What the database has of these sequences; None when nobody answers."""
        question = json.dumps({"epoch": self._epoch, "from": span[0], "to": span[1]}).encode()
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        try:
            answer = await self._client.request(self._subject, question, timeout=_ANSWER_WITHIN_S)
        except (nats.errors.NoRespondersError, nats.errors.TimeoutError) as error:
            log.info("nobody says what the database has: %s", error)
            return None
        answered_s = loop.time()
        coverage = self.understood(answer.data)
        if coverage is not None and coverage.now_us is not None:
            self._clock.heard(asked_s, answered_s, coverage.now_us)
        return coverage

    def understood(self, data: bytes) -> Coverage | None:
        """What a cursor says; None where it is none, or one of another epoch."""
        try:
            coverage = parse(data)
        except BadCursor as error:
            self._stats.bad_cursors += 1
            log.error("%s", error)  # noqa: TRY400 - its words say it all
            return None
        return coverage if coverage.epoch == self._epoch else None
