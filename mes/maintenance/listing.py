"""The crew's work list: what is overdue first, then by priority; mine or the team's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mes.maintenance.model import OVER, Order, Status
from mes.maintenance.records import SQL
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which orders; None is no filter."""

    open_only: bool = True
    assigned_to: str | None = None
    kind: str | None = None
    equipment_id: int | None = None


async def work_list(work: Work, chosen: Choice, *, today: date, skip: int = 0, limit: int = 50) -> list[Order]:
    """Orders in the order in which they want to be done. `today` in the plant's calendar."""
    statuses = [str(each) for each in Status if each not in OVER] if chosen.open_only else None
    filters = {"statuses": statuses, "assigned_to": chosen.assigned_to, "kind": chosen.kind}
    return await work.all(
        SQL["work_list"], Order, **filters, equipment_id=chosen.equipment_id, today=today, skip=skip, limit=limit
    )
