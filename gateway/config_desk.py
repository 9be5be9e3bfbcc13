"""The way between the table of edges' configs and the edges: tells them of new ones, answers those that were away, and
writes down what they say became of each.

An edge is answered after the commit, so that what it forgets is in the database.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from nats.aio.client import Client
from nats.aio.msg import Msg
from psycopg_pool import PoolTimeout

from gateway.edge_configs import FATES, SQL, Saying, store_outcome
from gateway.own_inbox import asker
from telemetry.clock import Clock
from telemetry.errors import Invalid
from telemetry.work import Pool, begin

log = logging.getLogger(__name__)
_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
_MOST_REASONS, _LONGEST = 50, 500
_BIGINT, _INT = 2**63, 2**31


class BadOutcome(Invalid):
    """What an edge says about a config can't be read."""


@dataclass(frozen=True, slots=True)
class _Envelope:
    edge: str
    version: int
    envelope: str


@dataclass(frozen=True, slots=True)
class ConfigDesk:
    """One of the gateway's counters; of several gateways one answers each question."""

    nc: Client
    pool: Pool
    clock: Clock
    site: str

    async def start(self) -> None:
        """Listen to edges."""
        await self.nc.subscribe(f"config-ask.{self.site}.*", queue="gateway", cb=self._asked)
        await self.nc.subscribe(f"config-status.{self.site}.*", queue="gateway", cb=self._told)

    async def step(self) -> None:
        """Tell edges of configs that were pushed. One that does not hear it asks."""
        async with begin(self.pool, "gateway", self.clock.now()) as work:
            for each in await work.all(SQL["unpublished"], _Envelope):
                await self.nc.publish(f"config.{self.site}.{each.edge}", each.envelope.encode())
                await work.run(SQL["published"], edge=each.edge, version=each.version, now=work.now)

    async def _asked(self, message: Msg) -> None:
        edge = asker(message)
        if edge is None:
            return
        try:
            async with begin(self.pool, "gateway", self.clock.now()) as work:
                found = await work.scalar(SQL["newest"], edge=edge, seen=_seen(message.data))
        except BadOutcome as error:
            log.warning("edge %s asks for its config in a way that can't be read: %s", edge, error)
            return
        except _AWAY:
            log.warning("edge %s gets no answer about its config", edge, exc_info=True)
            return
        await message.respond((found or "").encode())

    async def _told(self, message: Msg) -> None:
        edge = asker(message)
        if edge is None:
            return
        try:
            said = read_outcome(edge, message.data)
            async with begin(self.pool, f"edge:{edge}", self.clock.now()) as work:
                await store_outcome(work, said)
        except BadOutcome as error:
            log.warning("edge %s: %s", edge, error)
            await message.respond(b"unreadable")
        except _AWAY:
            log.warning("what edge %s says about its config can't be stored now", edge, exc_info=True)
        except psycopg.Error:
            log.exception("what edge %s says about its config can't be stored", edge)
            await message.respond(b"unreadable")
        else:
            await message.respond(b"stored")


def read_outcome(edge: str, data: bytes) -> Saying:
    """What an edge says about a config. Raises BadOutcome."""
    facts = _facts(data)
    try:
        at = datetime.fromisoformat(_text(facts, "at"))
    except ValueError as error:
        raise BadOutcome(wrong="at") from error
    if at.utcoffset() is None or facts.get("fate") not in FATES:
        raise BadOutcome(wrong="at or fate")
    reasons = facts.get("reasons")
    if not isinstance(reasons, list) or not all(isinstance(reason, str) for reason in reasons):
        raise BadOutcome(wrong="reasons")
    return Saying(
        edge=edge,
        born=_text(facts, "born"),
        number=_whole(facts, "number", _INT),
        at=at,
        version=_whole(facts, "version", _BIGINT),
        digest=_text(facts, "digest"),
        fate=facts["fate"],
        reasons=[_clean(reason) for reason in reasons[:_MOST_REASONS]],
    )


def _seen(data: bytes) -> int:
    return _whole(_facts(data), "seen", _BIGINT)


def _facts(data: bytes) -> Mapping[str, Any]:
    try:
        facts: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadOutcome(reason="no JSON") from error
    if not isinstance(facts, Mapping):
        raise BadOutcome(reason="no object")
    return facts


def _whole(facts: Mapping[str, Any], name: str, below: int) -> int:
    number = facts.get(name)
    if type(number) is not int or not 0 <= number < below:
        raise BadOutcome(wrong=name)
    return number


def _text(facts: Mapping[str, Any], name: str) -> str:
    text = facts.get(name)
    if not isinstance(text, str):
        raise BadOutcome(wrong=name)
    return _clean(text)


def _clean(text: str) -> str:
    """As the database can keep it: without zero bytes and halves of characters, and not endless."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")[:_LONGEST]
