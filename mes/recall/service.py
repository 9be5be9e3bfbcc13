"""Open a recall and look at recalls; what its other modules share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mes.inventory import service as inventory
from mes.plant import service as plant
from mes.recall.clocks import rule_in_force
from mes.recall.model import Kind, Recall, RecallClass, Status, Step
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class RecallNotFound(NotFound):
    """There is no such recall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a person says who begins one."""

    kind: Kind
    recall_class: RecallClass
    reason: str
    lot_ids: tuple[int, ...]


async def open_recall(work: Work, opening: Opening) -> Recall:
    """Begin one; the clocks run from now. Raises LotNotFound, Refused without a reason or a lot."""
    given = {"reason_given": bool(opening.reason.strip()), "lots_given": bool(opening.lot_ids)}
    if failed := [name for name, holds in given.items() if not holds]:
        raise Refused("recall", "new", "open", failed)
    lots = [await inventory.lot(work, lot_id) for lot_id in dict.fromkeys(opening.lot_ids)]
    rule, figures = rule_in_force()
    hours = figures.classes[opening.recall_class]
    number = await plant.next_number(work, "MRC" if opening.kind is Kind.MOCK else "RCL")
    said = {"kind": opening.kind, "recall_class": opening.recall_class, "reason": opening.reason.strip()}
    clocks = {"rule": rule, "notify_h": hours.notify_h, "progress_d": hours.progress_d}
    made = await work.one(SQL["open"], Recall, number=number, **said, **clocks, actor=work.actor, now=work.now)
    if made is None:
        raise RecallNotFound(number=number)
    for lot in lots:
        await work.run(SQL["add_start"], recall_id=made.id, lot_id=lot.id)
    await add_step(work, made, "open")
    after = said | clocks | {"number": number, "lots": [lot.number for lot in lots]}
    work.audit("recall.open", "recall", made.id, after=after, reason=opening.reason.strip())
    await work.emit("recall.opened", recall_id=made.id, number=number, kind=opening.kind)
    return made


async def recall(work: Work, recall_id: int) -> Recall:
    """One recall. Raises RecallNotFound."""
    return await _one(work, "recall", recall_id)


async def recalls(
    work: Work,
    *,
    statuses: Iterable[Status] | None = None,
    lot_id: int | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Recall]:
    """Recalls, newest first; `lot_id`: those whose scope has this lot."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    return await work.all(SQL["recalls"], Recall, statuses=chosen, lot_id=lot_id, below=below, limit=limit)


async def steps(work: Work, recall_id: int) -> list[Step]:
    """Every step that was taken, oldest first."""
    return await work.all(SQL["steps"], Step, recall_id=recall_id)


async def locked(work: Work, recall_id: int, version: int | None = None) -> Recall:
    """The recall, until the end of this work nobody else's. Raises RecallNotFound, StaleVersion."""
    found = await _one(work, "lock", recall_id)
    if version is not None and found.version != version:
        raise StaleVersion("recall", recall_id, yours=version, current=found.version)
    return found


async def write_step(
    work: Work,
    before: Recall,
    step: str,
    target: str,
    *,
    note: str = "",
    signature_id: int | None = None,
    effectiveness: str | None = None,
    told: dict[str, object] | None = None,
) -> Recall:
    """Leave the recall in another state, with the step's row, its audit row and its event."""
    after = await _one(work, "step", before.id, status=target, effectiveness=effectiveness)
    await add_step(work, after, step, note=note, signature_id=signature_id)
    facts: dict[str, object] = {"status": target} | (told or {})
    if effectiveness:
        facts["effectiveness"] = effectiveness
    work.audit(f"recall.{step}", "recall", before.id, before={"status": before.status}, after=facts, reason=note)
    await work.emit("recall.stepped", recall_id=before.id, number=before.number, step=step, status=target)
    return after


async def add_step(work: Work, at: Recall, step: str, *, note: str = "", signature_id: int | None = None) -> None:
    """The row of a step. Leaves the audit to the caller."""
    facts = {"recall_id": at.id, "step": step, "status": at.status, "note": note, "signature_id": signature_id}
    await work.run(SQL["add_step"], **facts, actor=work.actor, now=work.now)


async def touch(work: Work, at: Recall) -> None:
    """It is another one than people have open."""
    await work.run(SQL["touch"], id=at.id)


async def _one(work: Work, block: str, recall_id: int, **facts: object) -> Recall:
    found = await work.one(SQL[block], Recall, id=recall_id, **facts)
    if found is None:
        raise RecallNotFound(recall_id=recall_id)
    return found
