"""Which of many possible numbers are lots of this plant: what reading a code without separators asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("known.sql"))


@dataclass(frozen=True, slots=True)
class _Number:
    number: str


async def known_numbers(work: Work, numbers: Iterable[str]) -> set[str]:
    """Those of the numbers that a lot has."""
    return {row.number for row in await work.all(SQL["numbers"], _Number, numbers=sorted(numbers))}
