"""The committed cursor: tells each edge which of its messages the database holds, unasked and when asked."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from nats.aio.client import Client
from nats.aio.msg import Msg
from psycopg_pool import PoolTimeout

from gateway.own_inbox import asker
from telemetry.clock import Clock, to_us
from telemetry.errors import Invalid
from telemetry.store.arrival import Arrival, Key, Refusal
from telemetry.store.cursor import Range, covered, ranges
from telemetry.work import Pool, begin

log = logging.getLogger(__name__)
WIDEST = 1_000_000
"""Sequences that one question may span; what is beyond is not covered by the answer, and asked for again."""
MOST_RANGES = 10_000
"""Ranges of one answer: it must fit into a message, however many holes there are."""

WAITING = 1000
"""Questions that wait while the database does not answer; edges ask again."""


class BadCursorQuestion(Invalid):
    """A question for the cursor is JSON with whole numbers `epoch`, `from` and `to`."""


@dataclass(frozen=True, slots=True)
class Question:
    epoch: int
    lo: int
    hi: int


def committed(told: Iterable[Arrival | Refusal]) -> dict[tuple[str, int], list[Range]]:
    """Ranges of sequences by edge and epoch. What was set aside is as safe as what was stored."""
    found: dict[tuple[str, int], set[int]] = {}
    for each in told:
        key = _key(each)
        if key is not None:
            found.setdefault((key.edge, key.epoch), set()).add(key.sequence)
    return {who: ranges(sequences) for who, sequences in found.items()}


async def publish(nc: Client, site: str, told: Iterable[Arrival | Refusal]) -> None:
    """Tell the edges what has been committed. One that doesn't hear it asks."""
    for (edge, epoch), found in committed(told).items():
        await nc.publish(f"cursor.{site}.{edge}", _answer(epoch, found))


def read_question(payload: bytes) -> Question:
    """What an edge asks. Raises BadCursorQuestion."""
    try:
        facts: Any = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise BadCursorQuestion from error
    if not isinstance(facts, Mapping):
        raise BadCursorQuestion
    epoch, lo, hi = (_whole(facts.get(name)) for name in ("epoch", "from", "to"))
    return Question(epoch, lo, min(hi, lo + WIDEST - 1))


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers the edges' questions from the database."""

    nc: Client
    pool: Pool
    clock: Clock
    site: str

    async def start(self) -> None:
        """Listen; of several gateways one answers each question."""
        subject = f"cursor-ask.{self.site}.*"
        await self.nc.subscribe(subject, queue="gateway", cb=self._answer, pending_msgs_limit=WAITING)

    async def _answer(self, asked: Msg) -> None:
        edge = asker(asked)
        if edge is None:
            return
        try:
            question = read_question(asked.data)
            async with begin(self.pool, "gateway", self.clock.now()) as work:
                found = await covered(work, edge, question.epoch, question.lo, question.hi)
        except BadCursorQuestion as error:
            log.warning("edge %s asked for its cursor in a way that can't be read", edge)
            await asked.respond(json.dumps({"error": error.code}).encode())
        except (psycopg.OperationalError, PoolTimeout):
            log.warning("edge %s gets no answer about its cursor: the database does not answer", edge, exc_info=True)
        else:
            now_us = to_us(self.clock.now())  # the edge compares its clock
            await asked.respond(_answer(question.epoch, found[:MOST_RANGES], now_us=now_us))


def _whole(number: object) -> int:
    if type(number) is not int or not 0 <= number < 2**62:
        raise BadCursorQuestion
    return number


def _answer(epoch: int, found: list[Range], **more: int) -> bytes:
    return json.dumps({"epoch": epoch, "committed": found, **more}, separators=(",", ":")).encode()


def _key(each: Arrival | Refusal) -> Key | None:
    if isinstance(each, Arrival):
        return each.key
    if each.edge is None or each.epoch is None or each.sequence is None:
        return None
    return Key(each.edge, each.epoch, each.sequence)
