"""Configs for edges, at the plant: one is pushed with its audit row; what its edge says became of it stands beside it.

The signature is the edge's to check: it alone knows whom it trusts. What is refused here would be refused there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from psycopg.types.json import Json

from mes.border import Signed, Transaction
from telemetry import queries
from telemetry.errors import Conflict, Invalid
from telemetry.signed_config import Envelope
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("edge_configs.sql"))
router = APIRouter(tags=["edges"])
MOST = 100
FATES = ("accepted", "refused", "applied", "rolled-back")


class VersionNotHigher(Conflict):
    """A config for this edge has this version or a higher one already; an edge follows none that is not higher."""


class ForAnother(Invalid):
    """This config was signed for another edge or another site."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A config that was sent on its way."""

    edge: str
    version: int
    issued_at: datetime
    digest: str
    pushed_at: datetime
    pushed_by: str
    published_at: datetime | None  # None: the gateway has still to tell the edge


@dataclass(frozen=True, slots=True)
class Told:
    """What an edge says became of a config. `at` by the edge's clock; version 0: it had none to be believed."""

    edge: str
    at: datetime
    version: int
    digest: str
    fate: str
    reasons: list[str]
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Saying:
    """An outcome as an edge tells it: with what makes it one of a kind."""

    edge: str
    born: str
    number: int
    at: datetime
    version: int
    digest: str
    fate: str
    reasons: list[str]


async def push(work: Work, envelope: Envelope, *, site: str, edge: str, reason: str = "") -> None:
    """Send a config on its way to an edge. Raises ForAnother, VersionNotHigher."""
    if (envelope.site, envelope.edge) != (site, edge):
        raise ForAnother(signed_for=f"{envelope.site}/{envelope.edge}", pushed_to=f"{site}/{edge}")
    highest = await work.scalar(SQL["highest"], edge=edge)
    if highest is not None and envelope.version <= highest:
        raise VersionNotHigher(edge=edge, version=envelope.version, highest=highest)
    issued_at = datetime.fromisoformat(envelope.issued_at)
    facts = {"version": envelope.version, "digest": envelope.digest, "issued_at": issued_at}
    await work.run(SQL["push"], edge=edge, **facts, envelope=envelope.to_json(), now=work.now, by=work.actor)
    work.audit("edge-config.push", "edge_config", f"{edge}/{envelope.version}", after=facts, reason=reason)


async def store_outcome(work: Work, said: Saying) -> bool:
    """Write down what an edge says, with its audit row; False: it had said so before."""
    facts = {"at": said.at, "version": said.version, "digest": said.digest, "fate": said.fate, "reasons": said.reasons}
    keys = {"edge": said.edge, "born": said.born, "number": said.number}
    row = facts | keys | {"reasons": Json(said.reasons), "now": work.now}
    if not await work.run(SQL["outcome"], **row):
        return False
    work.audit(f"edge-config.{said.fate}", "edge_config", f"{said.edge}/{said.version}", after=facts)
    return True


async def pushed(work: Work, edge: str | None = None) -> list[Pushed]:
    """Configs of an edge or of all, the newest of each first."""
    return await work.all(SQL["pushed"], Pushed, edge=edge, most=MOST)


async def outcomes(work: Work, edge: str | None = None) -> list[Told]:
    """What became of them, the newest first."""
    return await work.all(SQL["outcomes"], Told, edge=edge, most=MOST)


async def newest_outcomes(work: Work) -> dict[str, Told]:
    """By edge, the last that it said of any config."""
    return {row.edge: row for row in await work.all(SQL["newest_outcomes"], Told)}


@router.get("/edges/{edge}/config")
async def edge_config(edge: str, work: Transaction, _: Signed) -> dict[str, Any]:
    """Which configs were sent to an edge, and what it says became of them."""
    return {"pushed": await pushed(work, edge), "outcomes": await outcomes(work, edge)}
