"""Ladders, shifts and people as the database has them, and how a plant folder's come in there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from mes.notifications.deciding import Plan
from mes.notifications.model import Colleague, Ladder, Roster
from mes.notifications.words import LadderWords, ShiftWords
from mes.people import service as people
from mes.plant import service as plant
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class LadderNotFound(NotFound):
    """The plant has no such ladder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderRow:
    """A ladder as the plant folder and the database both tell it."""

    entity: ClassVar[str] = "ladder"
    code: str
    definition: str
    retired: bool = False

    @property
    def key(self) -> str:
        return self.code

    @classmethod
    def of(cls, words: LadderWords) -> LadderRow:
        """The row of what a folder says."""
        return cls(code=words.code, definition=words.model_dump_json(exclude_defaults=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """A shift as the plant folder and the database both tell it."""

    entity: ClassVar[str] = "shift"
    code: str
    definition: str
    retired: bool = False

    @property
    def key(self) -> str:
        return self.code

    @classmethod
    def of(cls, words: ShiftWords) -> ShiftRow:
        """The row of what a folder says."""
        return cls(code=words.code, definition=words.model_dump_json(exclude_defaults=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    code: str
    definition: str
    since: datetime
    retired: bool


async def stored(work: Work) -> list[LadderRow | ShiftRow]:
    """All ladders and shifts, retired ones too."""
    found: list[LadderRow | ShiftRow] = []
    for kind in (LadderRow, ShiftRow):
        kept = await work.all(SQL["rosters"], _Kept, entity=kind.entity)
        found.extend(kind(code=row.code, definition=row.definition, retired=row.retired) for row in kept)
    return found


async def put(work: Work, row: LadderRow | ShiftRow) -> None:
    """Let a ladder or shift be what the folder says. Whoever calls leaves the audit row."""
    await work.run(SQL[f"put_{row.entity}"], code=row.code, definition=row.definition, now=work.now)


async def retire(work: Work, entity: str, code: str) -> None:
    """It is no longer in the folder: nobody is called by it any more. Whoever calls leaves the audit row."""
    await work.run(SQL[f"retire_{entity}"], code=code, now=work.now)


async def plan_now(work: Work) -> Plan:
    """Who is told by which ladder at this moment."""
    return Plan(ladders=tuple(await ladders(work)), roster=await roster(work))


async def ladders(work: Work) -> list[Ladder]:
    """The ladders of the plant, by code."""
    kept = await work.all(SQL["rosters"], _Kept, entity="ladder")
    return [LadderWords.model_validate_json(row.definition).ladder(row.since) for row in kept if not row.retired]


async def ladder(work: Work, code: str) -> Ladder:
    """One of them. Raises LadderNotFound."""
    found = next((each for each in await ladders(work) if each.code == code), None)
    if found is None:
        raise LadderNotFound(ladder=code)
    return found


async def roster(work: Work) -> Roster:
    """Who works here and when. Who has left is not called."""
    kept = await work.all(SQL["rosters"], _Kept, entity="shift")
    shifts = [ShiftWords.model_validate_json(row.definition).shift for row in kept if not row.retired]
    colleagues = [
        Colleague(
            id=each.id,
            username=each.username,
            printed_name=each.printed_name,
            language=each.language,
            roles=frozenset(each.roles),
        )
        for each in await people.people(work)
        if each.active
    ]
    return Roster(colleagues=tuple(colleagues), shifts=tuple(shifts), zone=await plant.time_zone(work))
