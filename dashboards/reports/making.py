"""How a report is made: its facts in one snapshot of the database, a document of them, the PDF, and the file is kept.

Three transactions: one says that it is being made, one holds the report and keeps the file, and within its life one
that only reads sees the plant at a single moment. Whoever is killed in between has kept nothing, and holds nothing.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass

import psycopg
from psycopg_pool import PoolTimeout

from dashboards.reports.kinds import KINDS
from dashboards.reports.printing import Printed, print_html, to_html
from dashboards.reports.registry import Asked, Kind, Subject
from dashboards.reports.sheet import Sheet, digest_of, written
from mes.people import service as people
from mes.people.model import digest
from mes.plant import service as plant
from mes.reports import service
from mes.reports.model import Kept, Made, Report
from mes.reports.sql import SQL
from telemetry.clock import Clock
from telemetry.errors import NotFound, PlantError
from telemetry.work import Pool, Work, begin

log = logging.getLogger("isotherm.reports")
ACTOR = "worker"
AWAY = (psycopg.OperationalError, PoolTimeout)
"""The database is not there: nothing is known to be wrong with the report."""
_SIGNATURES = re.compile(r"(<!--signatures-->).*(<!--/signatures-->)", re.DOTALL)


class KindUnknown(NotFound):
    """There is no such kind of report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document before it is printed."""

    page: str
    subject: Subject
    template_version: int
    content: str


def kind_named(code: str) -> Kind:
    """Raises KindUnknown."""
    found = KINDS.get(code)
    if found is None:
        raise KindUnknown(kind=code, allowed=" | ".join(KINDS))
    return found


async def make(pool: Pool, clock: Clock, report_id: int) -> Kept | None:
    """Make a report and keep it; None: it is made already, somebody else makes it, or it could not be made.

    What is wrong with it stands in its row. Raises what says that the database is away: it is made later then.
    """
    async with begin(pool, ACTOR, clock.now()) as work:
        if await service.begin_making(work, report_id) is None:
            return None
    try:
        return await _hold_and_make(pool, clock, report_id)
    except AWAY:
        raise
    except Exception as error:
        if not isinstance(error, PlantError):
            log.exception("report %s can't be made", report_id)
        async with begin(pool, ACTOR, clock.now()) as work:
            await service.fail(work, report_id, error)
        return None


async def _hold_and_make(pool: Pool, clock: Clock, report_id: int) -> Kept | None:
    async with begin(pool, ACTOR, clock.now()) as holding:
        held = await service.hold(holding, report_id)
        if held is None:
            return None
        async with begin(pool, ACTOR, clock.now()) as reading:
            await reading.run(SQL["snapshot"])
            document = await (_signed_copy(reading, held) if held.signed_copy_of else _drawn_up(reading, held))
        printed = await asyncio.to_thread(print_html, document.page)
        return await service.keep(holding, held, _made(document, printed))


def _made(document: Document, printed: Printed) -> Made:
    return Made(
        name_en=document.subject.name_en,
        name_zh=document.subject.name_zh,
        template_version=document.template_version,
        content=document.content,
        content_sha256=digest(document.content),
        page=document.page,
        pages=printed.pages,
        file=printed.pdf,
    )


async def _drawn_up(work: Work, held: Report) -> Document:
    kind = kind_named(held.kind)
    content = await kind.gather(work, Asked(subject=held.subject, start=held.period_start, end=held.period_end))
    subject = await _subject(work, kind, held.subject)
    sheet = await _sheet(work, kind, held, subject, digest_of(content))
    zone = await plant.time_zone(work)
    page = await asyncio.to_thread(
        to_html, kind.template, held.language, {"sheet": sheet, "view": content, "zone": zone}
    )
    return Document(page=page, subject=subject, template_version=kind.template_version, content=written(content))


async def _sheet(work: Work, kind: Kind, held: Report, subject: Subject, content_sha256: str) -> Sheet:
    site = await plant.site(work)
    return Sheet(
        title=kind.title,
        subject_en=subject.name_en,
        subject_zh=subject.name_zh,
        number=held.number,
        version=held.version,
        plant_en=site.name_en if site else "",
        plant_zh=site.name_zh if site else "",
        period=(held.period_start, held.period_end) if held.period_start and held.period_end else None,
        made_by=held.asked_by,
        made_at=work.now,
        data_sha256=content_sha256,
        template_version=kind.template_version,
    )


async def _subject(work: Work, kind: Kind, key: str) -> Subject:
    """What it is about, by name; what is retired since goes by its key."""
    known = {each.key: each for each in await kind.subjects(work)}
    return known.get(key, Subject(key=key, name_en=key, name_zh=key))


async def _signed_copy(work: Work, held: Report) -> Document:
    """The document as it was kept, with the signatures that it has by now; nothing else in it is written anew."""
    original = await service.kept(work, held.signed_copy_of or 0)
    signatures = await people.signatures_of(work, "kept_report", original.id)
    block = to_html(
        "reports/_signatures.html",
        held.language,
        {"sheet": {"signatures": signatures}, "zone": await plant.time_zone(work)},
    )
    page = await service.page(work, original.id)
    return Document(
        page=_SIGNATURES.sub(lambda found: found.group(1) + block + found.group(2), page),
        subject=Subject(key=held.subject, name_en=original.name_en, name_zh=original.name_zh),
        template_version=original.template_version,
        content=await service.content(work, original.id),
    )
