"""Events as they were given out, and facts that several kinds of them tell: amounts of lots, the rule that judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from psycopg.types.json import Json

from gateway.epcis.events import Amount, moment
from mes.inventory import service as inventory
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, RuleVersion, rule_at
from mes.quality.model import Episode
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("events.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An event as it was given out."""

    seq: int
    event_id: str
    subject: str
    revision: int
    is_final: bool
    is_error: bool
    event_time: datetime
    recorded_at: datetime
    body: Mapping[str, Any]


async def of_subject(work: Work, subject: str) -> list[Kept]:
    """All events of one thing, in the order in which they were given out."""
    return await work.all(SQL["of_subject"], Kept, subject=subject)


async def ids(work: Work, block: str) -> list[int]:
    """What a query of due things answers."""
    return [id_ for (id_,) in await (await work.db.execute(SQL[block])).fetchall()]


async def keep(
    work: Work,
    subject: str,
    at: datetime,
    event: Mapping[str, Any],
    *,
    revision: int = 1,
    is_final: bool = True,
    is_error: bool = False,
) -> None:
    """Keep an event for ever."""
    facts = {"subject": subject, "revision": revision, "is_final": is_final, "is_error": is_error}
    body = Json(dict(event) | {"recordTime": moment(work.now)})
    await work.run(SQL["keep"], event_id=event["eventID"], **facts, event_time=at, now=work.now, body=body)


def covers(start: datetime, end: datetime | None, at: datetime) -> bool:
    """Whether [start, end) holds a moment."""
    return start <= at and (end is None or at < end)


async def rule_of(work: Work, point: MeasuringPoint, own: Sequence[Episode], at: datetime) -> RuleVersion | None:
    """The version that an episode was judged by; else the one in force."""
    if own:
        return await plant.rule(work, own[0].rule_id)
    return None if point.policy is None else rule_at(await plant.rules_for(work, point.policy), at)


async def amounts_in(work: Work, zone_id: int, since: Mapping[int, datetime]) -> list[Amount]:
    """How much of each lot stood in a zone, or in a zone within it, at the lot's moment. `since`: that, by lot's id."""
    if not since:
        return []
    within = {zone.id for zone in await plant.zone_with_descendants(work, zone_id)}
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=list(since))}
    stays = [s for s in await inventory.standings(work, list(since)) if s.zone_id in within]
    found = []
    for lot_id, at in since.items():
        there = (s.quantity for s in stays if s.lot_id == lot_id and covers(s.from_time, s.to_time, at))
        found.append(Amount(lots[lot_id].item, lots[lot_id].number, sum(there, Decimal()), lots[lot_id].unit))
    return found
