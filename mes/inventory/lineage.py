"""Which lots were made of which, by splitting and merging: what happened to a lot happened to what is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from mes.inventory.model import Standing
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("lineage.sql"))


RETURNED = "returned"
"""It came back from a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parentage:
    """So much of a lot went into another one at that moment."""

    child_id: int
    parent_id: int
    kind: str  # split, merge, returned
    quantity: Decimal
    at: datetime


async def ancestry(work: Work, lot_ids: Iterable[int]) -> list[Parentage]:
    """What these lots were made of, and what that was made of; in order of time."""
    return await work.all(SQL["ancestry"], Parentage, lot_ids=list(lot_ids))


async def descent(work: Work, lot_ids: Iterable[int]) -> list[Parentage]:
    """What was made of these lots, and what was made of that; in order of time."""
    return await work.all(SQL["descent"], Parentage, lot_ids=list(lot_ids))


def passed_on(standings: Sequence[Standing], made: Iterable[Parentage]) -> list[Standing]:
    """The standings, and with them where lots stood as parts of others, up to the moment they were made of them.

    `made` in order of time, so that what a lot inherited is passed on as well.
    """
    found = list(standings)
    for each in made:
        found += [
            replace(s, lot_id=each.child_id, to_time=each.at if s.to_time is None else min(s.to_time, each.at))
            for s in found
            if s.lot_id == each.parent_id and s.from_time < each.at
        ]
    return found
