"""Reports: what is kept, what is being made, and the form that asks for one; download and signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import Frame, frame
from dashboards.message import done
from dashboards.render import page
from dashboards.reports.kinds import KINDS
from dashboards.reports.making import kind_named
from dashboards.reports.registry import Kind, Span, Subject
from dashboards.signing import SignedForm
from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.people import service as people
from mes.people.model import Role, Verified
from mes.plant import service as plant
from mes.reports import calendar, service
from mes.reports.model import Kept, Report, Status, Wish
from telemetry.errors import Invalid
from telemetry.work import Work

router = APIRouter(prefix="/reports")
PLANNERS = (Role.QA, Role.ENGINEER)
_A_PAGE = 50
_MONTHS_OFFERED = 13
Language = Literal["zh", "en"]


class PeriodUnreadable(Invalid):
    """The period is a month, or a first day and a last day that is not before it."""


class SubjectUnknown(Invalid):
    """Choose what the report is about from those that are offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A report as the list shows it."""

    report: Report
    kind: Kind | None  # None: a kind that this program no longer knows
    subject: Subject
    kept: Kept | None
    signatures: Sequence[Verified]  # on what the file is, or is a copy of


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A kind in the form, with what it can be about."""

    kind: Kind
    subjects: Sequence[Subject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A schedule: what is reported by itself, and when next."""

    kind: Kind
    next_at: datetime
    languages: Sequence[str]
    changes: int


@router.get("")
async def reports(
    request: Request,
    work: Transaction,
    caller: Signed,
    kind: str = "",
    status: str = "",
    subject: str = "",
    below: int | None = None,
) -> HTMLResponse:
    """The list, filtered, and the form."""
    around = await frame(request, work, caller)
    shown = Status(status) if status in set(Status) else None
    filters = {"kind": kind if kind in KINDS else None, "status": shown, "subject": subject or None}
    found = await service.reports(work, **filters, below=below, limit=_A_PAGE)  # type: ignore[arg-type]
    view = {
        "rows": await _rows(work, found),
        "kinds": KINDS,
        "statuses": tuple(Status),
        "shown": {"kind": kind, "status": status, "subject": subject},
        "busy": any(report.is_unmade for report in found),
        "choices": [Choice(kind=k, subjects=await k.subjects(work)) for k in KINDS.values() if _may_ask(around, k)],
        "months": _months(work.now, around.zone),
        "may_plan": around.has(*PLANNERS),
        "planned": await _planned(work, around.zone),
        "more": found[-1].id if len(found) == _A_PAGE else None,
    }
    return page(request, "reports.html", around, **view)


@router.post("")
async def ask(
    work: Transaction,
    caller: Signed,
    kind: Annotated[str, Form()],
    language: Annotated[Language, Form()],
    subject: Annotated[str, Form()] = "",
    month: Annotated[str, Form()] = "",
    first: Annotated[str, Form()] = "",
    last: Annotated[str, Form()] = "",
) -> Response:
    """Ask for one. `subject` is what the kind's form offers."""
    wanted = kind_named(kind)
    _allow(caller, wanted)
    if subject not in {each.key for each in await wanted.subjects(work)}:
        raise SubjectUnknown(subject=subject)
    start, end = _period(wanted.span, month, first, last, await plant.time_zone(work))
    wish = Wish(kind=kind, subject=subject, period_start=start, period_end=end, language=language)
    await service.ask(work, wish)
    return done("/reports", "report.asked")


@router.get("/kept/{kept_id}")
async def kept(request: Request, work: Transaction, caller: Signed, kept_id: int) -> HTMLResponse:
    """One kept file: its hashes, its signatures, and the form to sign it."""
    around = await frame(request, work, caller)
    found = await service.kept(work, kept_id)
    [row] = await _rows(work, [await service.report(work, found.report_id)])
    may_sign = around.has(*service.ROLES) and found.copy_of is None
    return page(request, "report.html", around, row=row, kept=found, may_sign=may_sign, meanings=service.MEANINGS)


@router.get("/kept/{kept_id}/file")
async def file(work: Transaction, _: Signed, kept_id: int) -> Response:
    """The PDF, byte for byte as it was kept."""
    found = await service.kept(work, kept_id)
    report = await service.report(work, found.report_id)
    name = f"{report.number}-v{report.version}{'-signed' if found.copy_of else ''}.pdf"
    headers = {
        "Content-Disposition": f"attachment; filename={quote(name)}",
        "Digest": f"sha-256={found.file_sha256}",
        "Cache-Control": "private, immutable",
    }
    return Response(await service.file(work, kept_id), media_type="application/pdf", headers=headers)


@router.get("/kept/{kept_id}/content")
async def content(work: Transaction, _: Signed, kept_id: int) -> Response:
    """Every figure and fact in it as JSON: the text that the printed digest is over."""
    return Response(await service.content(work, kept_id), media_type="application/json")


@router.post("/kept/{kept_id}/sign")
async def sign(kept_id: int, work: Transaction, _: Signed, signed: SignedForm) -> Response:
    """Sign it; a copy that shows the signature is made."""
    await service.sign(work, kept_id, credentials=signed.credentials, meaning=signed.meaning, reason=signed.reason)
    return done("/reports", "report.signed")


@router.post("/schedules/{kind}")
async def set_languages(
    kind: str,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*PLANNERS))],
    changes: Annotated[int, Form()],
    languages: Annotated[Literal["zh", "en", "both"], Form()],
) -> Response:
    """In which languages a kind is reported from the next month on."""
    chosen = calendar.LANGUAGES if languages == "both" else (languages,)
    await calendar.set_languages(work, kind, chosen, changes=changes)
    return done("/reports", "report_schedule.changed")


@router.post("/{report_id}/retry")
async def retry(report_id: int, work: Transaction, caller: Signed, changes: Annotated[int, Form()]) -> Response:
    """Try again what failed."""
    _allow(caller, kind_named((await service.report(work, report_id)).kind))
    await service.retry(work, report_id, changes=changes)
    return done("/reports", "report.retried")


async def _rows(work: Work, found: Sequence[Report]) -> list[Row]:
    files = await service.kept_of(work, [report.id for report in found])
    named = {code: {s.key: s for s in await kind.subjects(work)} for code, kind in KINDS.items()}
    return [await _row(work, report, files.get(report.id), named.get(report.kind, {})) for report in found]


async def _row(work: Work, report: Report, kept: Kept | None, named: dict[str, Subject]) -> Row:
    unnamed = Subject(key=report.subject, name_en=report.subject, name_zh=report.subject)
    subject = named.get(report.subject, unnamed)
    if kept:
        subject = Subject(key=report.subject, name_en=kept.name_en, name_zh=kept.name_zh)
    signed = (kept.copy_of or kept.id) if kept else None
    return Row(
        report=report,
        kind=KINDS.get(report.kind),
        subject=subject,
        kept=kept,
        signatures=await _signatures(work, report, signed) if signed else (),
    )


async def _signatures(work: Work, report: Report, signed: int) -> list[Verified]:
    """Each held against the file that is kept."""
    original = await service.kept(work, signed)
    content = {name: getattr(original, name) for name in ("content_sha256", "file_sha256")}
    about = {"number": report.number, "version": report.version}
    return await people.verified_signatures_of(work, "kept_report", signed, content | about)


def _allow(caller: Caller, kind: Kind) -> None:
    if not caller.roles & kind.roles:
        raise RoleMissing(needs=" | ".join(sorted(kind.roles)), caller=caller.name)


def _may_ask(around: Frame, kind: Kind) -> bool:
    return around.has(*kind.roles)


async def _planned(work: Work, zone: ZoneInfo) -> list[Planned]:
    known = {each.kind: each for each in await calendar.schedules(work)}
    next_at = calendar.month_of(work.now - calendar.AFTER, zone)[1] + calendar.AFTER
    told = [(kind, known[code]) for code, kind in KINDS.items() if kind.monthly and code in known]
    return [Planned(kind=kind, next_at=next_at, languages=of.languages, changes=of.changes) for kind, of in told]


def _months(now: datetime, zone: ZoneInfo) -> list[str]:
    """The months that are offered, the present one last in time and first in the list."""
    found, at = [], now
    for _ in range(_MONTHS_OFFERED):
        start, _end = calendar.month_of(at, zone)
        found.append(f"{start:%Y-%m}")
        at = start.astimezone(UTC) - timedelta(days=1)
    return found


def _period(span: Span, month: str, first: str, last: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Beginning and end, half open, in the plant's calendar. Raises PeriodUnreadable."""
    if span is Span.NONE:
        return None, None
    try:
        if month:
            return calendar.month_of(datetime.strptime(month, "%Y-%m").replace(tzinfo=zone), zone)
        start, end = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise PeriodUnreadable(month=month, first=first, last=last) from error
    if start >= end:
        raise PeriodUnreadable(first=first, last=last)
    return _midnight(start, zone), _midnight(end, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
