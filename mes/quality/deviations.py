"""Deviations: drafted by the watch, then reported, classified, investigated and closed by people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.plant import service as plant
from mes.plant.model import Zone
from mes.quality.model import Deviation, DeviationStatus, Excursion
from mes.quality.states import DEVIATION, DeviationFacts
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("deviations.sql"))
_TEXTS = (
    "description",
    "root_cause",
    "other_batches",
    "immediate_action",
    "investigation",
    "extra_tests",
    "no_capa_why",
)
_COLUMNS = (*_TEXTS, "severity", "departments", "due_on", "reported_by", "reported_at", "classified_by")


class DeviationNotFound(NotFound):
    """There is no such deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person says who drafts a deviation."""

    title_en: str
    title_zh: str
    description: str = ""
    occurred_at: datetime | None = None  # None: now
    lot_ids: tuple[int, ...] = ()  # that it is about: on hold from now on


async def draft_for(work: Work, excursion: Excursion, zone: Zone) -> Deviation:
    """The deviation that an excursion asks for. The watch drafts it, and is its reporter until a person reports."""
    facts = {
        "number": await plant.next_number(work, "DEV"),
        "title_en": f"{zone.name_en} out of its limits ({excursion.number})",
        "title_zh": f"{zone.name_zh}超出限值（{excursion.number}）",
        "description": "",
        "reported_by": work.actor,
        "excursion_id": excursion.id,
        "occurred_at": excursion.started_at,
    }
    return await insert(work, facts)


async def insert(work: Work, facts: dict[str, object]) -> Deviation:
    """A new deviation in draft."""
    drafted = await work.one(SQL["draft"], Deviation, **facts, now=work.now, actor=work.actor)
    if drafted is None:
        raise DeviationNotFound(number=facts["number"])
    work.audit("deviation.draft", "deviation", drafted.id, after=facts | {"status": drafted.status})
    told = {"number": drafted.number, "excursion_id": drafted.excursion_id}
    await work.emit("deviation.drafted", deviation_id=drafted.id, **told)
    return drafted


async def of_excursion(work: Work, excursion_id: int) -> Deviation | None:
    """The deviation of an excursion, locked for this work."""
    return await work.one(SQL["of_excursion"], Deviation, excursion_id=excursion_id)


async def of_excursions(work: Work, excursion_ids: Sequence[int]) -> dict[int, Deviation]:
    """By excursion."""
    found = await work.all(SQL["of_excursions"], Deviation, excursion_ids=list(excursion_ids))
    return {row.excursion_id: row for row in found if row.excursion_id is not None}


async def deviation(work: Work, deviation_id: int) -> Deviation:
    """One deviation. Raises DeviationNotFound."""
    found = await work.one(SQL["deviation"], Deviation, id=deviation_id)
    if found is None:
        raise DeviationNotFound(deviation_id=deviation_id)
    return found


async def deviations(
    work: Work, *, statuses: Iterable[DeviationStatus] | None = None, below: int | None = None, limit: int = 200
) -> list[Deviation]:
    """Deviations, newest first, filtered. `below`: only ids below, for the next page."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    return await work.all(SQL["deviations"], Deviation, statuses=chosen, below=below, limit=limit)


async def these(work: Work, ids: Iterable[int]) -> list[Deviation]:
    """Deviations by their ids, newest first."""
    wanted = sorted(set(ids))
    return await work.all(SQL["these"], Deviation, ids=wanted) if wanted else []


async def reopen_for(work: Work, excursion: Excursion, reason: str) -> None:
    """The facts of its excursion changed after it was closed or voided: it goes back to where it was reported."""
    found = await of_excursion(work, excursion.id)
    if found is not None and found.status in {DeviationStatus.CLOSED, DeviationStatus.VOID}:
        row = DEVIATION.step("reopen", found.id, found.status, DeviationFacts(note=reason))
        await write_step(work, found, "reopen", row.target, reason=reason)


async def write_step(
    work: Work, before: Deviation, step: str, target: str, *, reason: str, **changes: object
) -> Deviation:
    """Write a step that the state machine has allowed: columns that `changes` names, audit row, event."""
    asked = {name: changes.get(name) for name in (*_COLUMNS, "closed_at", "signature_id")}
    after = await work.one(SQL["step"], Deviation, id=before.id, status=target, **asked)
    if after is None:
        raise DeviationNotFound(deviation_id=before.id)
    was = {"status": before.status, "severity": before.severity, "signature_id": before.signature_id}
    now = {"status": target} | {name: value for name, value in asked.items() if value is not None}
    work.audit(f"deviation.{step}", "deviation", before.id, before=was, after=now, reason=reason)
    await work.emit("deviation.step", deviation_id=before.id, number=before.number, step=step, status=target)
    return after
