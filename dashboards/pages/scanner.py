"""The scanner's test page: what came in byte by byte, what it says, what it means here, what to set the scanner to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from mes.barcodes import service, settings
from mes.barcodes.api import SETTERS
from mes.barcodes.model import CodeUnreadable, Scan
from mes.barcodes.service import LONGEST_CODE, Found, NothingHasThisCode
from mes.batches.records import batch_that_made
from mes.border import Caller, Signed, Transaction, allow
from telemetry.errors import PlantError
from telemetry.work import Work

router = APIRouter(prefix="/scanner")
_NAMES = {"\x1d": "GS", "\x1e": "RS", "\x04": "EOT", "\r": "CR", "\n": "LF", "\t": "TAB", "\x02": "STX", "\x03": "ETX"}


@router.get("")
async def scanner(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """The page before anything is scanned."""
    return await _page(request, work, caller, None)


@router.post("")
async def scanned(
    request: Request, work: Transaction, caller: Signed, text: Annotated[str, Form(max_length=LONGEST_CODE)] = ""
) -> HTMLResponse:
    """The same page with what came in. Nothing is changed, so it is shown at once."""
    return await _page(request, work, caller, text)


@router.post("/setting")
async def set_separators(
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*SETTERS))],
    separators: Annotated[str, Form(max_length=16)],
    reason: Annotated[str, Form(min_length=1, max_length=1000)],
) -> Response:
    """Other characters end an element from now on."""
    await settings.set_separators(work, separators.strip(), reason=reason)
    return done("/scanner", "scanner.set")


async def _page(request: Request, work: Work, caller: Caller, text: str | None) -> HTMLResponse:
    around = await frame(request, work, caller)
    scan, found, refused = await _looked_at(work, text)
    view = {
        "text": text,
        "characters": [named(character) for character in text or ""],
        "scan": scan,
        "found": found,
        "refused": refused,
        "batch": await batch_that_made(work, found.lot.id) if found and found.lot else None,
        "separators": [named(each) for each in await settings.separators(work)],
        "may_set": around.has(*SETTERS),
    }
    return page(request, "scanner.html", around, **view)


async def _looked_at(work: Work, text: str | None) -> tuple[Scan | None, Found | None, PlantError | None]:
    """What the text says, and means; or why not."""
    if text is None:
        return None, None, None
    scan: Scan | None = None
    try:
        scan = await service.read(work, text)
        return scan, await service.resolve(work, text), None
    except (CodeUnreadable, NothingHasThisCode) as refused:
        return scan, None, refused


def named(character: str) -> tuple[str, str]:
    """A character as it is shown, and its number."""
    shown = _NAMES.get(character) or ("␣" if character == " " else character if character.isprintable() else "�")
    return shown, f"{ord(character):02X}"
