"""What QA decided about lots and when, as the trail has it: a lot itself knows only what it is now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.inventory.model import QualityStatus
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("verdicts.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One decision about a lot."""

    lot_id: int
    at: datetime
    before: QualityStatus
    after: QualityStatus

    def __post_init__(self) -> None:
        object.__setattr__(self, "before", QualityStatus(self.before))
        object.__setattr__(self, "after", QualityStatus(self.after))


async def verdicts(work: Work, lot_ids: Iterable[int]) -> list[Verdict]:
    """Decisions about these lots, oldest first."""
    wanted = [str(id_) for id_ in sorted(set(lot_ids))]
    return await work.all(SQL["of_lots"], Verdict, lot_ids=wanted) if wanted else []


def status_at(own: Iterable[Verdict], at: datetime, now: QualityStatus) -> QualityStatus:
    """What a lot was at a moment. `own`: verdicts on it, oldest first; `now`: what it is, if nobody ever decided."""
    status: QualityStatus | None = None
    for each in own:
        if each.at > at:
            return each.before if status is None else status
        status = each.after
    return now if status is None else status
