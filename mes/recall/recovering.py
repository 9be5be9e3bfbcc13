"""What came back, was destroyed, used up, located, or can not be found: entries, never more than there was to find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from mes.inventory.stock import positive
from mes.recall import scoping
from mes.recall.accounts import Account, Entry, Fate, accounts, fates, standing
from mes.recall.model import RECALL, Facts, Recall, Status
from mes.recall.service import locked, write_step
from mes.transitions import Refused
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class RecallLineNotFound(NotFound):
    """This lot at this place is not part of the recall."""


class RecoveryNotFound(NotFound):
    """There is no such entry in this recall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a person enters."""

    lot_id: int
    shipment: str = ""  # '': in the plant
    fate: Fate
    quantity: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the authority was told."""

    id: int
    recall_id: int
    reference: str
    note: str
    recorded_by: str
    recorded_at: datetime


async def recoveries(work: Work, recall_id: int) -> list[Entry]:
    """All entries, oldest first, those taken back as well."""
    return await work.all(SQL["recoveries"], Entry, recall_id=recall_id)


async def account(work: Work, recall_id: int) -> list[Account]:
    """Every line with what became of it."""
    _, lines = await scoping.newest(work, recall_id)
    return accounts(lines, await recoveries(work, recall_id))


async def recover(work: Work, recall_id: int, found: Found) -> Entry:
    """Account for so much of a line. The first entry begins the recovery; of two for the last units one wins.

    Raises RecallNotFound, RecallLineNotFound, QuantityNotPositive, Refused with the guards that failed.
    """
    recall = await _recovering(work, recall_id)
    known = {each.line.key: each for each in await account(work, recall_id)}
    line = known.get((found.lot_id, found.shipment))
    if line is None:
        raise RecallLineNotFound(recall_id=recall_id, lot_id=found.lot_id, shipment=found.shipment)
    quantity = positive(found.quantity)
    asked = {
        "fate_is_possible": found.fate in fates(recall.kind, in_plant=line.line.in_plant),
        "within_what_is_left": quantity <= line.left,
        "loss_explained": found.fate is not Fate.UNACCOUNTED or bool(found.note.strip()),
    }
    if failed := [name for name, holds in asked.items() if not holds]:
        raise Refused("recall", recall_id, "recover_line", failed, left=line.left)
    return await _add(work, recall, found, line, takes_back=None)


async def take_back(work: Work, recall_id: int, entry_id: int, *, reason: str) -> Entry:
    """An entry was wrong: it stays, and counts no more. Raises RecallNotFound, RecoveryNotFound, Refused."""
    recall = await _recovering(work, recall_id)
    rows = await recoveries(work, recall_id)
    wrong = next((each for each in rows if each.id == entry_id), None)
    if wrong is None:
        raise RecoveryNotFound(recall_id=recall_id, entry_id=entry_id)
    asked = {"entry_counts": wrong in standing(rows), "reason_given": bool(reason.strip())}
    if failed := [name for name, holds in asked.items() if not holds]:
        raise Refused("recall", recall_id, "take_back", failed)
    again = Found(
        lot_id=wrong.lot_id, shipment=wrong.shipment, fate=wrong.fate, quantity=wrong.quantity, note=reason.strip()
    )
    return await _add(work, recall, again, None, takes_back=entry_id)


async def progress(work: Work, recall_id: int) -> list[Report]:
    """What the authority was told, oldest first."""
    return await work.all(SQL["progress"], Report, recall_id=recall_id)


async def report_progress(work: Work, recall_id: int, *, reference: str, note: str = "") -> Report:
    """The authority was told. Raises RecallNotFound, Refused."""
    recall = await locked(work, recall_id)
    asked = {
        "recall_is_real": not recall.is_mock,
        "recall_is_open": recall.status not in {Status.CLOSED, Status.CALLED_OFF},
        "reference_given": bool(reference.strip()),
    }
    if failed := [name for name, holds in asked.items() if not holds]:
        raise Refused("recall", recall_id, "report_progress", failed)
    said = {"reference": reference.strip(), "note": note.strip()}
    made = await work.one(SQL["add_progress"], Report, recall_id=recall_id, **said, actor=work.actor, now=work.now)
    if made is None:
        raise RecoveryNotFound(recall_id=recall_id)
    work.audit("recall.report_progress", "recall", recall_id, after=said)
    return made


async def _recovering(work: Work, recall_id: int) -> Recall:
    """The recall, locked, and in recovery: the first entry begins it."""
    recall = await locked(work, recall_id)
    if recall.status is Status.RECOVERING:
        return recall
    row = RECALL.step("recover", recall_id, recall.status, Facts())
    return await write_step(work, recall, "recover", row.target)


async def _add(work: Work, recall: Recall, found: Found, line: Account | None, *, takes_back: int | None) -> Entry:
    facts = {
        "lot_id": found.lot_id,
        "shipment": found.shipment,
        "fate": found.fate,
        "quantity": found.quantity,
        "note": found.note.strip(),
        "takes_back": takes_back,
    }
    made = await work.one(SQL["add_recovery"], Entry, recall_id=recall.id, **facts, actor=work.actor, now=work.now)
    if made is None:
        raise RecoveryNotFound(recall_id=recall.id)
    told = {name: value for name, value in facts.items() if value not in (None, "")}
    before = {"left": line.left} if line else None
    act = "recall.take_back" if takes_back else "recall.recover_line"
    work.audit(act, "recall", recall.id, before=before, after=told, reason=found.note.strip())
    return made


def moments(reports: Sequence[Report]) -> list[datetime]:
    """When the authority was told."""
    return [each.recorded_at for each in reports]
