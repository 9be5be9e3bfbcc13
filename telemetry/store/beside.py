"""What messages say beside their readings: what an edge had to give up, and of single readings claim and status.

Written in the readings' own transaction, and only where there is any: nearly no message has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from telemetry import queries
from telemetry.batch import Gap
from telemetry.clock import from_us
from telemetry.store.arrival import Key
from telemetry.store.candidate import Candidate
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("beside.sql"))
MOST_ROWS = 500
"""Rows of one INSERT, as for readings where the engine has no COPY."""
LATEST_US = 253_402_300_799_000_000
"""The end of the year 9999: no time that is told lies beyond it."""


class Aside(NamedTuple):
    """What stands aside of a reading; point, time and batch name it."""

    point: int
    time_us: int
    batch: int
    claimed_us: int | None
    status: int | None


async def store_beside(work: Work, entered: Iterable[tuple[int, Candidate]]) -> None:
    """Store what these messages say beside their readings; each comes with the id of its ledger row."""
    asides: list[Aside] = []
    for batch_id, candidate in entered:
        asides += _asides(candidate, batch_id)
        for gap in candidate.arrival.message.gaps:
            await _store_gap(work, candidate.key, gap)
    for begin in range(0, len(asides), MOST_ROWS):
        columns = zip(*asides[begin : begin + MOST_ROWS], strict=True)
        await work.run(SQL["insert_aside"], **dict(zip(Aside._fields, map(list, columns), strict=True)))


def _asides(candidate: Candidate, batch_id: int) -> Iterator[Aside]:
    sound, ids = candidate.screened.sound, candidate.names.ids
    for place in sorted({*sound.claimed_us, *sound.status}):
        facts = (sound.claimed_us.get(place), sound.status.get(place))
        yield Aside(ids[sound.point[place]], sound.device_us[place], batch_id, *facts)


async def _store_gap(work: Work, key: Key, gap: Gap) -> None:
    await work.run(
        SQL["insert_gap"],
        now=work.now,
        edge=key.edge,
        epoch=key.epoch,
        sequence=key.sequence,
        lane=gap.lane,
        reason=gap.reason,
        n=gap.n or None,
        of_epoch=gap.epoch or key.epoch,
        first_sequence=gap.first_sequence or None,
        last_sequence=gap.last_sequence or None,
        first_time=_moment(gap.first_us),
        last_time=_moment(gap.last_us),
    )


def _moment(us: int) -> datetime | None:
    """A time that is told, None for 0: nobody knows it."""
    return from_us(us) if 0 < us <= LATEST_US else None
