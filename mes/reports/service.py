"""Ask for a report, make it, keep it, try again, sign it. A file that is kept is never altered.

Who makes a report holds its row until the file is kept: a maker that dies lets go of it, and another begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TypeVar

from mes.people import service as people
from mes.people.model import Credentials, Meaning, Role
from mes.plant import service as plant
from mes.reports import queue
from mes.reports.model import MACHINE, MOST_TRIES, Kept, Made, NoFacts, Report, Status, Wish
from mes.reports.sql import SQL
from mes.transitions import StaleVersion
from telemetry.errors import NotFound, PlantError, Unavailable
from telemetry.work import Work

Found = TypeVar("Found")
MEANINGS = (Meaning.REVIEWED, Meaning.APPROVED)
ROLES = (Role.QA, Role.QP)


class ReportNotFound(NotFound):
    """There is no such report."""


class MakingGivenUp(Unavailable):
    """The program that made this report ended each time before it was done: its log says why."""


@dataclass(frozen=True, slots=True)
class _Last:
    number: str
    version: int


async def ask(work: Work, wish: Wish) -> Report:
    """Ask for a report: its number and version are given now, and a worker makes it after the commit."""
    await work.run(SQL["lock_series"], series=wish.series)
    last = await work.one(SQL["last_of_series"], _Last, **_facts(wish))
    number = last.number if last else await plant.next_number(work, "RPT")
    return await _ask(work, wish, number, last.version + 1 if last else 1, signed_copy_of=None)


async def _ask(work: Work, wish: Wish, number: str, version: int, *, signed_copy_of: int | None) -> Report:
    said = _facts(wish) | {"number": number, "version": version, "signed_copy_of": signed_copy_of}
    asked = _there(await work.one(SQL["ask"], Report, **said, actor=work.actor, now=work.now), 0)
    work.audit("report.ask", "report", asked.id, after=said)
    await queue.defer(work, asked.id)
    return asked


async def report(work: Work, report_id: int) -> Report:
    """One report. Raises ReportNotFound."""
    return _there(await work.one(SQL["report"], Report, id=report_id), report_id)


async def reports(
    work: Work,
    *,
    kind: str | None = None,
    subject: str | None = None,
    status: Status | None = None,
    below: int | None = None,
    limit: int = 50,
) -> list[Report]:
    """Reports, newest first, filtered. `below`: only ids below, for the next page."""
    filters = {"kind": kind, "subject": subject, "status": status, "below": below, "limit": limit}
    return await work.all(SQL["reports"], Report, **filters)


async def defer_unmade(work: Work) -> list[int]:
    """Give every report that waits, or whose maker has died, to the queue again; answers those that it lacked."""
    found = await work.all(SQL["unmade"], Report)
    return [each.id for each in found if await queue.defer(work, each.id)]


async def begin_making(work: Work, report_id: int) -> Report | None:
    """Say that it is being made; None: it is done, somebody makes it, or it was tried too often and has failed."""
    found = await work.one(SQL["take"], Report, id=report_id)
    if found is None:
        return None
    if found.tries >= MOST_TRIES:
        await fail(work, report_id, MakingGivenUp(tries=found.tries))
        return None
    return await work.one(SQL["begin_making"], Report, id=report_id, now=work.now)


async def hold(work: Work, report_id: int) -> Report | None:
    """Take it for this transaction, to make and keep it; None: somebody else has it, or it is done."""
    return await work.one(SQL["hold"], Report, id=report_id)


async def keep(work: Work, held: Report, made: Made) -> Kept:
    """Keep the file of a report that this transaction holds."""
    facts = asdict(made) | {"report_id": held.id, "copy_of": held.signed_copy_of, "made_by": held.asked_by}
    hashed = sha256(made.file).hexdigest()
    kept_id: int = await work.scalar(SQL["keep"], **facts, file_sha256=hashed, now=work.now)
    await _finish(work, held.id, Status.READY, None)
    told = {"kept": kept_id, "number": held.number, "version": held.version, "pages": made.pages}
    work.audit("report.keep", "report", held.id, after=told | {"file": hashed, "content": made.content_sha256})
    await work.emit("report.ready", report_id=held.id, number=held.number)
    return await kept(work, kept_id)


async def fail(work: Work, report_id: int, error: Exception) -> None:
    """Say that it could not be made, and why."""
    if await _finish(work, report_id, Status.FAILED, error):
        work.audit("report.fail", "report", report_id, after={"failure": _code(error), "told": str(error)})
        await work.emit("report.failed", report_id=report_id, failure=_code(error))


async def _finish(work: Work, report_id: int, status: Status, error: Exception | None) -> bool:
    told = {"failure": _code(error) if error else None, "told": str(error) if error else None}
    return await work.run(SQL["finish"], id=report_id, status=status, now=work.now, **told) > 0


async def retry(work: Work, report_id: int, *, changes: int) -> Report:
    """Try again to make a report that failed. Raises ReportNotFound, StaleVersion, Refused."""
    before = _there(await work.one(SQL["lock"], Report, id=report_id), report_id)
    if before.changes != changes:
        raise StaleVersion("report", report_id, yours=changes, current=before.changes)
    MACHINE.step("retry", report_id, before.status, NoFacts())
    after = _there(await work.one(SQL["retry"], Report, id=report_id), report_id)
    work.audit("report.retry", "report", report_id, before={"failure": before.failure}, after={"status": after.status})
    await queue.defer(work, report_id)
    return after


async def sign(work: Work, kept_id: int, *, credentials: Credentials, meaning: Meaning | str, reason: str) -> Report:
    """Sign a kept report: its hashes are what is signed. A copy that shows the signature is asked for, and answered.

    A signed copy is signed again by signing what it is a copy of. Raises ReportNotFound, and what `people.sign` raises.
    """
    original = await _original(work, await kept(work, kept_id))
    about = await report(work, original.report_id)
    content = {
        "number": about.number,
        "version": about.version,
        "content_sha256": original.content_sha256,
        "file_sha256": original.file_sha256,
    }
    await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="kept_report",
        record_id=original.id,
        record_version=about.version,
        content=content,
        roles=ROLES,
        meanings=MEANINGS,
    )
    return await _ask(work, about, about.number, about.version, signed_copy_of=original.id)


async def _original(work: Work, found: Kept) -> Kept:
    return await kept(work, found.copy_of) if found.copy_of else found


async def kept(work: Work, kept_id: int) -> Kept:
    """One kept file, without its bytes. Raises ReportNotFound."""
    found = await _kept(work, ids=[kept_id])
    return _there(found[0] if found else None, kept_id)


async def kept_of(work: Work, report_ids: Sequence[int]) -> dict[int, Kept]:
    """By report: what is kept of it."""
    return {each.report_id: each for each in await _kept(work, report_ids=list(report_ids))}


async def kept_as(work: Work, file: bytes) -> Kept | None:
    """The kept report that this file is, byte for byte; None: no report of this plant."""
    found = await _kept(work, file_sha256=sha256(file).hexdigest())
    return found[0] if found else None


async def file(work: Work, kept_id: int) -> bytes:
    """The PDF. Raises ReportNotFound."""
    return bytes(_there(await work.scalar(SQL["file"], id=kept_id), kept_id))


async def content(work: Work, kept_id: int) -> str:
    """The facts and figures in it, as canonical JSON. Raises ReportNotFound."""
    return str(_there(await work.scalar(SQL["content"], id=kept_id), kept_id))


async def page(work: Work, kept_id: int) -> str:
    """The document that the PDF was printed from. Raises ReportNotFound."""
    return str(_there(await work.scalar(SQL["page"], id=kept_id), kept_id))


async def _kept(
    work: Work, *, ids: list[int] | None = None, report_ids: list[int] | None = None, file_sha256: str | None = None
) -> list[Kept]:
    return await work.all(SQL["kept"], Kept, ids=ids, report_ids=report_ids, file_sha256=file_sha256)


def _facts(wish: Wish) -> dict[str, object]:
    return {name: getattr(wish, name) for name in ("kind", "subject", "period_start", "period_end", "language")}


def _code(error: Exception) -> str:
    return error.code if isinstance(error, PlantError) else type(error).__name__


def _there(found: Found | None, id_: int) -> Found:
    if found is None:
        raise ReportNotFound(id=id_)
    return found
