"""Training: what I must read, the matrix of people and documents, what was recorded, and what each role must know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import today
from dashboards.frame import Frame, frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.border import Signed, Transaction
from mes.documents import service as documents
from mes.people.duties import Act, signers
from mes.people.model import Role
from mes.training import service as training
from mes.training.model import VALID, Method, Need
from telemetry.work import Work

router = APIRouter(prefix="/training")
Field = Annotated[str, Form()]
_A_PAGE = 12
Row = dict[str, training.Cell]


@router.get("")
async def matrix(
    request: Request,
    work: Transaction,
    caller: Signed,
    everyone: bool = False,
    named: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
    below: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> HTMLResponse:
    """The matrix and the records, a page at a time.

    `everyone`: people as well who need no document that is in force. `named`: part of a person's name or of a
    document's code. `after`, `below`: the last user, and the last record, of the page before.
    """
    around = await frame(request, work, caller)
    cells, sought = await training.matrix(work), named.strip()
    rows = [row for row in _rows(cells, everyone) if _is_named(row, sought)]
    page_of = [row for row in rows if _key(row) > after][:_A_PAGE]
    records = await training.newest_records(work, named=sought, below=below, limit=_A_PAGE)
    mine = [c for c in cells if c.person.id == caller.person_id and c.state not in VALID]
    view = {
        "rows": page_of,
        "next_people": _key(page_of[-1]) if page_of and _key(page_of[-1]) != _key(rows[-1]) else None,
        "named": named,
        "after": after,
        "below": below,
        "documents": list((await documents.effective_documents(work, work.now)).values()),
        "everyone": everyone,
        "gaps": sum(cell.is_needed and cell.state not in VALID for cell in cells),
        "to_read": sorted(mine, key=lambda each: not each.is_needed),
        "records": records,
        "more_records": records[-1].id if len(records) == _A_PAGE else None,
        "people": sorted({c.person.id: c.person for c in cells}.values(), key=lambda each: each.printed_name),
    }
    return page(request, "training.html", around, **view, **await _asked(work, around))


async def _asked(work: Work, around: Frame) -> dict[str, object]:
    """What each role must know, and what the forms offer."""
    return {
        "needs": await training.needs(work),
        "may_train": around.has(*signers(Act.TRAIN)),
        "may_need": around.has(*signers(Act.APPROVE)),
        "methods": [each for each in Method if each is not Method.READ],
        "roles": Role,
        "today": await today(work),
        "read_meanings": training.READ,
        "train_meanings": training.ASSESSED,
    }


def _rows(cells: Sequence[training.Cell], everyone: bool) -> list[Row]:
    """A row a person, by user."""
    rows: dict[int, Row] = {}
    for cell in cells:
        rows.setdefault(cell.person.id, {})[cell.document.code] = cell
    counted = [row for row in rows.values() if everyone or any(c.is_needed or c.record for c in row.values())]
    return sorted(counted, key=_key)


def _key(row: Row) -> str:
    return next(iter(row.values())).person.username


def _is_named(row: Row, sought: str) -> bool:
    """Whether the text is in the person's names, or in a code that the person must know."""
    person = next(iter(row.values())).person
    codes = (code for code, cell in row.items() if cell.is_needed or cell.record)
    return any(sought.lower() in each.lower() for each in (person.username, person.printed_name, *codes))


@router.post("/read")
async def read(
    work: Transaction, _: Signed, signed: SignedForm, version_id: Annotated[list[int] | None, Form()] = None
) -> Response:
    """Read and understood: one password, a signature for each."""
    await training.read_and_understood(
        work, version_id or [], credentials=signed.credentials, meaning=signed.meaning, reason=signed.reason
    )
    return done("/training", "training.read")


@router.post("/records")
async def record(
    work: Transaction,
    _: Signed,
    signed: SignedForm,
    person_id: Annotated[int, Form()],
    version_id: Annotated[int, Form()],
    method: Annotated[Method, Form()],
    trained_on: Annotated[date, Form()],
    result: Field = "passed",
) -> Response:
    """A trainer signs how somebody's training ended."""
    said = training.Training(
        person_id=person_id,
        version_id=version_id,
        method=method,
        trained_on=trained_on,
        passed=result == "passed",
    )
    await training.record_training(
        work, said, credentials=signed.credentials, meaning=signed.meaning, reason=signed.reason
    )
    return done("/training", "training.recorded")


@router.post("/needs")
async def need(
    work: Transaction, caller: Signed, code: Field, role: Annotated[Role, Form()], reason: Field, valid_days: Field = ""
) -> Response:
    """A role must know a document."""
    days = int(valid_days) if valid_days.strip().isdecimal() and int(valid_days) > 0 else None
    await training.put_need(work, caller.roles, Need(code=code, role=role, valid_days=days), reason=reason)
    return done("/training", "training.needed")


@router.post("/needs/end")
async def end_need(
    work: Transaction, caller: Signed, code: Field, role: Annotated[Role, Form()], reason: Field
) -> Response:
    """A role need not know it any more."""
    await training.end_need(work, caller.roles, code, role, reason=reason)
    return done("/training", "training.need_ended")
