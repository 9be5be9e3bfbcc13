"""Where the trail ended, written down once a day while the plant runs, and handed out to be kept elsewhere.

A bare chain can't tell that its last rows were cut off; these can, and a copy outside the database can even where
somebody who rules the database has cut off the checkpoints as well. Exported they are lines of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from mes.audit.model import Checkpoint
from mes.audit.service import checkpoint
from mes.plant import service as plant
from telemetry import queries
from telemetry.chain import canonical, stamp
from telemetry.errors import Invalid
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class CheckpointsUnreadable(Invalid):
    """This is no file of checkpoints: each line is JSON with seq and head, as the export writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """The trail's end as it was found on a day."""

    day: date  # in the plant's calendar
    at: datetime
    seq: int
    head: str
    count: int  # rows there were

    @property
    def end(self) -> Checkpoint:
        """As the proof takes it."""
        return Checkpoint(self.seq, self.head)

    def line(self) -> str:
        """As it is exported."""
        told = {"day": self.day.isoformat(), "at": stamp(self.at), "seq": self.seq, "head": self.head}
        return canonical(told | {"count": self.count})


async def keep_daily(work: Work) -> Daily | None:
    """Write down the trail's end, once a day; None: that was done today already, or there is no row yet.

    It leaves no row in the trail: that would be one more after the end that it tells.
    """
    today = work.now.astimezone(await plant.time_zone(work)).date()
    made = await work.one(SQL["keep_checkpoint"], Daily, day=today, now=work.now)
    if made is not None:
        await work.emit("audit.checkpoint", day=made.day, seq=made.seq, head=made.head, count=made.count)
    return made


async def present(work: Work) -> Daily:
    """The trail's end of this moment, not kept: to be handed out."""
    end = await checkpoint(work)
    today = work.now.astimezone(await plant.time_zone(work)).date()
    return Daily(day=today, at=work.now, seq=end.seq, head=end.head, count=end.seq)


async def kept(work: Work) -> list[Daily]:
    """All of them, oldest first."""
    return await work.all(SQL["checkpoints"], Daily)


def read_lines(text: str) -> list[Checkpoint]:
    """Read exported checkpoints: lines of JSON, or lines `seq:head`. Raises CheckpointsUnreadable."""
    return list(_each((number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()))


def _each(lines: Iterable[tuple[int, str]]) -> Iterable[Checkpoint]:
    for number, line in lines:
        try:
            told = json.loads(line) if line.startswith("{") else None
            yield Checkpoint.parse(f"{int(told['seq'])}:{told['head']}" if told else line)
        except (ValueError, KeyError, TypeError, Invalid) as error:
            raise CheckpointsUnreadable(line=number) from error
