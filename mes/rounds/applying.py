"""Rounds as the plant folder and the database both tell them. A round of a shift keeps that shift's days and hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from mes.notifications.words import ShiftWords
from mes.rounds.words import RoundWords, WindowWords
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRow:
    """A plan of rounds."""

    entity: ClassVar[str] = "round_plan"
    code: str
    definition: str
    retired: bool = False

    @property
    def key(self) -> str:
        return self.code


def rows_of(rounds: Iterable[RoundWords], shifts: Iterable[ShiftWords]) -> Iterator[RoundRow]:
    """What the folder says."""
    by_code = {shift.code: shift for shift in shifts}
    for words in rounds:
        shift = by_code.get(words.shift or "")
        told = in_hours_of(words, shift) if shift else words
        yield RoundRow(code=words.code, definition=told.model_dump_json(exclude_defaults=True))


def in_hours_of(words: RoundWords, shift: ShiftWords) -> RoundWords:
    """A round with the days and hours of a shift in place of its name."""
    hours = (WindowWords(start=shift.start, end=shift.end),)
    return words.model_copy(update={"shift": None, "windows": hours, "days": shift.days})


async def stored(work: Work) -> list[RoundRow]:
    """All of them, retired ones too."""
    return await work.all(SQL["stored_round_plan"], RoundRow)


async def put(work: Work, row: RoundRow) -> None:
    """Let it be what the folder says. Whoever calls leaves the audit row."""
    await work.run(SQL["put_round_plan"], **asdict(row), now=work.now)


async def retire(work: Work, key: str) -> None:
    """It is no longer in the folder. Whoever calls leaves the audit row."""
    await work.run(SQL["retire_round_plan"], key=key)
