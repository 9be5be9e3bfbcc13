"""A press: asks for a report, lets the worker's own code make it, and reads what the PDF says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from dashboards.reports.kinds import KINDS
from dashboards.reports.making import make
from dashboards.reports.registry import Asked
from mes.reports import service
from mes.reports.model import Kept, Report, Wish
from tests.plugins.cold_room import ColdStore


def text_of(pdf: bytes) -> str:
    """All that a reader finds in a PDF, without the breaks of its lines."""
    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def pictures(pdf: bytes, folder: Path) -> list[list[tuple[int, int, int]]]:
    """Each page as the colours of its dots, as pdftoppm draws it."""
    (folder / "report.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "60", str(folder / "report.pdf"), str(folder / "page")]
    subprocess.run(command, check=True, capture_output=True)
    return [_dots(path.read_bytes()) for path in sorted(folder.glob("page*.ppm"))]


def _dots(ppm: bytes) -> list[tuple[int, int, int]]:
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", ppm)
    assert head, ppm[:20]
    body = ppm[head.end() :]
    return list(zip(body[0::3], body[1::3], body[2::3], strict=True))


@dataclass(frozen=True, slots=True)
class Press:
    store: ColdStore

    async def ask(
        self,
        kind: str,
        subject: str,
        start: datetime | None = None,
        end: datetime | None = None,
        language: str = "en",
    ) -> Report:
        wish = Wish(kind=kind, subject=subject, period_start=start, period_end=end, language=language)
        async with self.store.work() as work:
            return await service.ask(work, wish)

    async def gather(self, kind: str, subject: str, start: datetime, end: datetime) -> object:
        """What a report would say, without a document."""
        async with self.store.work() as work:
            return await KINDS[kind].gather(work, Asked(subject=subject, start=start, end=end))

    async def make(self, report: Report) -> Kept:
        """Fails with the reason where it could not be made."""
        kept = await make(self.store.pool, self.store.clock, report.id)
        assert kept is not None, (await self.state(report)).failure_told
        return kept

    async def state(self, report: Report) -> Report:
        async with self.store.work() as work:
            return await service.report(work, report.id)

    async def pdf(self, kept: Kept) -> bytes:
        async with self.store.work() as work:
            return await service.file(work, kept.id)

    async def read(self, kept: Kept) -> str:
        return text_of(await self.pdf(kept))


@pytest.fixture
def press(cold_store: ColdStore) -> Press:
    return Press(cold_store)
