"""Watched machines as the plant folder and the database both tell them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from mes.health.words import HealthWords
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRow:
    """How a machine's health is watched. A model in force keeps the words that it was learned with."""

    entity: ClassVar[str] = "machine_health"
    equipment: str  # site/area/equipment
    definition: str
    retired: bool = False

    @property
    def key(self) -> str:
        return self.equipment


def rows_of(site: str, watched: Iterable[HealthWords]) -> Iterator[HealthRow]:
    """What the folder says."""
    for each in watched:
        yield HealthRow(equipment=f"{site}/{each.equipment}", definition=each.model_dump_json(exclude_defaults=True))


async def stored(work: Work) -> list[HealthRow]:
    """All of them, retired ones too."""
    return await work.all(SQL["stored_machine_health"], HealthRow)


async def put(work: Work, row: HealthRow) -> None:
    """Let it be what the folder says. Whoever calls leaves the audit row."""
    await work.run(SQL["put_machine_health"], **asdict(row), now=work.now)


async def retire(work: Work, key: str) -> None:
    """It is no longer in the folder: nobody watches it. Whoever calls leaves the audit row."""
    await work.run(SQL["retire_machine_health"], key=key)
