"""Record a complaint, investigate it, answer it, close it. The lot that it is about can be put on hold at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mes.complaints.model import COMPLAINT, Complaint, Facts, Status
from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.model import Credentials, Meaning, Role
from mes.plant import service as plant
from mes.quality import deviations, handling
from mes.quality.model import Deviation, DeviationStatus, Severity
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
MEANINGS = (Meaning.APPROVED, Meaning.REVIEWED)
_COLUMNS = ("severity", "finding", "answer", "justified", "closed_at", "signature_id")
_OVER = frozenset({DeviationStatus.CLOSED, DeviationStatus.VOID})


class ComplaintNotFound(NotFound):
    """There is no such complaint."""


class ComplaintLotUnknown(Invalid):
    """No lot has this number: look at the label, or leave the lot empty and say in words what is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a person says who records one."""

    source: str
    description: str
    received_on: date
    lot_number: str = ""
    serial: str = ""
    adverse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says with a step; empty where the step doesn't ask for it."""

    severity: Severity | None = None
    finding: str = ""
    answer: str = ""
    justified: bool | None = None


async def record_complaint(work: Work, receipt: Receipt) -> Complaint:
    """Take a complaint in. Raises ComplaintLotUnknown, Refused where it says nothing."""
    given = {"source_given": bool(receipt.source.strip()), "description_given": bool(receipt.description.strip())}
    if failed := [name for name, holds in given.items() if not holds]:
        raise Refused("complaint", "new", "record", failed)
    lot = await inventory.lot_named(work, receipt.lot_number) if receipt.lot_number.strip() else None
    if lot is None and receipt.lot_number.strip():
        raise ComplaintLotUnknown(lot=receipt.lot_number)
    facts = {
        "number": await plant.next_number(work, "CMP"),
        "source": receipt.source.strip(),
        "description": receipt.description.strip(),
        "item": lot.item if lot else None,
        "lot_id": lot.id if lot else None,
        "serial": receipt.serial.strip() or None,
        "adverse": receipt.adverse,
        "received_on": receipt.received_on,
    }
    made = await work.one(SQL["record"], Complaint, **facts, actor=work.actor, now=work.now)
    if made is None:
        raise ComplaintNotFound(number=facts["number"])
    work.audit("complaint.record", "complaint", made.id, after=facts)
    await work.emit("complaint.recorded", complaint_id=made.id, number=made.number, adverse=made.adverse)
    return made


async def complaint(work: Work, complaint_id: int) -> Complaint:
    """One complaint. Raises ComplaintNotFound."""
    return await _one(work, "complaint", complaint_id)


async def complaints(
    work: Work,
    *,
    statuses: Iterable[Status] | None = None,
    lot_id: int | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Complaint]:
    """Complaints, newest first, filtered. `below`: only ids below, for the next page."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    return await work.all(SQL["complaints"], Complaint, statuses=chosen, lot_id=lot_id, below=below, limit=limit)


async def take_step(work: Work, complaint_id: int, step: str, *, version: int, said: Said) -> Complaint:
    """A step without a signature: investigate, answer. Raises ComplaintNotFound, StaleVersion, Refused."""
    before = await _locked(work, complaint_id, version)
    row = COMPLAINT.step(step, complaint_id, before.status, await _facts(work, before, said, work.actor))
    if row.signed:
        raise Refused("complaint", complaint_id, step, ["signed"])
    changed: dict[str, object] = {
        "severity": said.severity,
        "finding": said.finding.strip() or None,
        "answer": said.answer.strip() or None,
        "justified": said.justified,
    }
    return await _write(work, before, step, row.target, changed, "")


async def close_complaint(
    work: Work, complaint_id: int, *, version: int, credentials: Credentials, meaning: Meaning | str, reason: str
) -> Complaint:
    """QA signs that it is dealt with. Raises ComplaintNotFound, StaleVersion, Refused, and what `sign` raises."""
    before = await _locked(work, complaint_id, version)
    row = COMPLAINT.step("close", complaint_id, before.status, await _facts(work, before, Said(), credentials.username))
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="complaint",
        record_id=complaint_id,
        record_version=before.version,
        content=content(before),
        roles=(Role.QA,),
        meanings=MEANINGS,
    )
    changed: dict[str, object] = {"closed_at": work.now, "signature_id": signed.id}
    return await _write(work, before, "close", row.target, changed, reason)


def content(found: Complaint) -> dict[str, object]:
    """What a signature on a complaint is bound to."""
    names = ("number", "severity", "source", "description", "item", "lot_id", "serial", "adverse", "finding", "answer")
    return {name: getattr(found, name) for name in (*names, "justified", "received_on", "deviation_id")}


async def open_deviation(work: Work, complaint_id: int, *, version: int) -> Deviation:
    """The deviation that follows from a complaint; the lot goes on hold through it. Raises StaleVersion, Refused."""
    before = await _locked(work, complaint_id, version)
    guards = {
        "complaint_is_open": before.status is not Status.CLOSED,  # what was signed names the deviation, or none
        "has_no_deviation_yet": before.deviation_id is None,
    }
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("complaint", complaint_id, "open_deviation", failed)
    draft = deviations.Draft(
        title_en=f"Complaint {before.number}",
        title_zh=f"投诉 {before.number}",
        description=before.description,
        lot_ids=() if before.lot_id is None else (before.lot_id,),
    )
    made = await handling.open_deviation(work, draft)
    await _one(work, "link_deviation", complaint_id, deviation_id=made.id)
    work.audit("complaint.deviation", "complaint", complaint_id, after={"deviation": made.number})
    return made


async def _write(
    work: Work, before: Complaint, step: str, target: str, changed: dict[str, object], reason: str
) -> Complaint:
    after = await _one(work, "step", before.id, status=target, **(dict.fromkeys(_COLUMNS) | changed))
    now = {"status": target} | {name: value for name, value in changed.items() if value is not None}
    was = {"status": before.status}
    work.audit(f"complaint.{step}", "complaint", before.id, before=was, after=now, reason=reason)
    await work.emit("complaint.stepped", complaint_id=before.id, number=before.number, step=step, status=target)
    return after


async def _facts(work: Work, found: Complaint, said: Said, actor: str) -> Facts:
    over = True
    if found.deviation_id is not None:
        over = (await deviations.deviation(work, found.deviation_id)).status in _OVER
    return Facts(
        severity=said.severity or found.severity,
        finding=said.finding or found.finding,
        answer=said.answer or found.answer,
        justified=found.justified if said.justified is None else said.justified,
        adverse=found.adverse,
        has_deviation=found.deviation_id is not None,
        deviation_is_over=over,
        signer_recorded_it=actor == found.recorded_by,
    )


async def _locked(work: Work, complaint_id: int, version: int) -> Complaint:
    found = await _one(work, "lock", complaint_id)
    if found.version != version:
        raise StaleVersion("complaint", complaint_id, yours=version, current=found.version)
    return found


async def _one(work: Work, block: str, complaint_id: int, **facts: object) -> Complaint:
    found = await work.one(SQL[block], Complaint, id=complaint_id, **facts)
    if found is None:
        raise ComplaintNotFound(complaint_id=complaint_id)
    return found
