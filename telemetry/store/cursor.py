"""Which of an edge's messages are safe: the ranges of sequences that the database holds, stored or set aside."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("store.sql"))
Range = tuple[int, int]


async def covered(work: Work, edge: str, epoch: int, lo: int, hi: int) -> list[Range]:
    """Covered ranges, both ends included, ascending, within lo..hi."""
    answer = await work.db.execute(SQL["covered"], {"edge": edge, "epoch": epoch, "lo": lo, "hi": hi})
    return [(first, last) for ((first, last),) in await answer.fetchall()]


def ranges(sequences: Iterable[int]) -> list[Range]:
    """Whole numbers as ascending ranges, both ends included."""
    found: list[Range] = []
    for number in sorted(set(sequences)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
