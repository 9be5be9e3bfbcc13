"""`isotherm report`: make a report and write its PDF, list what is kept, tell whether a file is a kept report."""

from __future__ import annotations

import asyncio
import getpass
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from dashboards.reports import making
from dashboards.reports.registry import Span
from isotherm.connection import connected, database_url
from isotherm.progress import console
from mes.plant import service as plant
from mes.reports import service
from mes.reports.calendar import month_of
from mes.reports.model import Kept, Report, Status, Wish
from telemetry.clock import SystemClock
from telemetry.errors import Invalid, Unavailable
from telemetry.work import Pool, Work, begin

app = typer.Typer(help="Reports as PDF: made, kept, and proved to be what was kept.", no_args_is_help=True)
Var = Annotated[Path, typer.Option(help="Folder of a plant on this machine, unless ISOTHERM_DATABASE_URL is set.")]
Answer = TypeVar("Answer")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_LOOK_EVERY_S = 0.2


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


class PeriodUnclear(Invalid):
    """Say which time the report is about: --month 2026-10, or --from and --to with dates of the plant's calendar."""


class ReportFailed(Unavailable):
    """The report could not be made."""


class NotAKeptReport(Invalid):
    """This file is no report that the plant has kept, or it has been changed since."""


@app.command()
def make(
    kind: Annotated[str, typer.Argument(help="Which kind: room, excursion, alarms, trail ...")],
    out: Annotated[Path, typer.Option(help="Where the PDF goes.")],
    subject: Annotated[
        str, typer.Option("--subject", "--zone", "--excursion", help="About what: a zone's code, a record's number.")
    ] = "",
    month: Annotated[str, typer.Option(help="A month of the plant's calendar, as 2026-10.")] = "",
    from_: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    to: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day after the last.")] = None,
    language: Annotated[Language, typer.Option(help="Of the document.")] = Language.ZH,
    var: Var = Path("var"),
) -> None:
    """Make a report now, keep it, and write its PDF to a file."""
    span = making.kind_named(kind).span

    async def made(pool: Pool) -> tuple[Kept, bytes]:
        async with _work(pool) as work:
            start, end = await _period(work, span, month, from_, to)
            wish = Wish(kind=kind, subject=subject, period_start=start, period_end=end, language=language)
            asked = await service.ask(work, wish)
        kept = await making.make(pool, SystemClock(), asked.id) or await _made_elsewhere(pool, asked)
        async with _work(pool) as work:
            return kept, await service.file(work, kept.id)

    kept, file = _in_plant(var, made)
    out.write_bytes(file)
    console.print(f"{out}: {kept.pages} pages, SHA-256 {kept.file_sha256}", markup=False, soft_wrap=True)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 50, var: Var = Path("var")
) -> None:
    """List reports, newest first."""

    async def found(pool: Pool) -> tuple[list[Report], dict[int, Kept]]:
        async with _work(pool) as work:
            rows = await service.reports(work, limit=limit)
            return rows, await service.kept_of(work, [row.id for row in rows])

    rows, kept = _in_plant(var, found)
    for row in rows:
        file = kept[row.id].file_sha256 if row.id in kept else row.failure or ""
        signed = " signed copy" if row.signed_copy_of else ""
        line = f"{row.number} v{row.version}{signed}  {row.kind} {row.subject}  {row.language}  {row.status}  {file}"
        console.print(line, markup=False, soft_wrap=True)
    if not rows:
        console.print("No report was asked for yet.")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A PDF that is said to be a report.")], var: Var = Path("var")
) -> None:
    """Tell which kept report a file is, byte for byte."""
    content = file.read_bytes()

    async def found(pool: Pool) -> tuple[Kept, Report]:
        async with _work(pool) as work:
            kept = await service.kept_as(work, content)
            if kept is None:
                raise NotAKeptReport(file=str(file))
            return kept, await service.report(work, kept.report_id)

    kept, report = _in_plant(var, found)
    made = f"made {kept.made_at.isoformat(timespec='seconds')} by {kept.made_by}"
    signed = ", signed copy" if kept.copy_of else ""
    console.print(f"{report.number} version {report.version}{signed}: {made}", markup=False, soft_wrap=True)


async def _made_elsewhere(pool: Pool, asked: Report) -> Kept:
    """A worker was quicker: wait for what becomes of it."""
    while True:
        async with _work(pool) as work:
            report = await service.report(work, asked.id)
            if report.status is Status.FAILED:
                raise ReportFailed(failure=report.failure, told=report.failure_told)
            if report.status is Status.READY:
                return (await service.kept_of(work, [report.id]))[report.id]
        await asyncio.sleep(_LOOK_EVERY_S)


async def _period(
    work: Work, span: Span, month: str, from_: datetime | None, to: datetime | None
) -> tuple[datetime | None, datetime | None]:
    if span is Span.NONE:
        return None, None
    zone = await plant.time_zone(work)
    if found := _MONTH.fullmatch(month):
        year, number = int(found[1]), int(found[2])
        if 1 <= number <= 12:
            return month_of(datetime(year, number, 1, tzinfo=zone), zone)
    if month or from_ is None or to is None or from_ >= to:
        raise PeriodUnclear
    return from_.replace(tzinfo=zone), to.replace(tzinfo=zone)


def _work(pool: Pool) -> AbstractAsyncContextManager[Work]:
    return begin(pool, f"cli:{getpass.getuser()}", SystemClock().now())


def _in_plant(var: Path, act: Callable[[Pool], Awaitable[Answer]]) -> Answer:
    async def done() -> Answer:
        async with connected(database_url(var), largest=4) as pool:
            return await act(pool)

    return asyncio.run(done())
