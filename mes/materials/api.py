"""Materials of a batch over HTTP: what its lines ask for, scans into it, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from mes.border import Caller, Signed, Transaction, allow
from mes.inventory.api import Body, Id, Quantity
from mes.materials import scanning, service
from mes.materials.told import issue_json, issued_json, line_json, return_json
from mes.people.model import Credentials, Meaning, Role
from telemetry.errors import Invalid
from telemetry.work import Work

router = APIRouter(tags=["materials"])

Crew = Annotated[Caller, Depends(allow(Role.OPERATOR, Role.LEAD))]
Keeper = Annotated[Caller, Depends(allow(Role.OPERATOR, Role.LEAD, Role.WAREHOUSE))]
BatchId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Key = Annotated[str, Field(min_length=8, max_length=200, description="the same scan again has the same key")]


class ScanNotSaid(Invalid):
    """Say what was scanned by one of `code`, `lot` and `container`."""


@dataclass(frozen=True, slots=True)
class Named:
    """What was scanned, by its numbers."""

    lot: str
    container: str  # empty: the lot itself
    label_agrees: bool


class ScanBody(Body):
    """What was scanned, told in one of three ways."""

    code: str = Field("", max_length=400, description="as the scanner sent it: a label of ours, GS1, or a number")
    lot: str = Field("", max_length=100, description="number of the lot")
    container: str = Field("", max_length=100, description="number of the container")

    async def scanned(self, work: Work) -> Named:
        """The lot and container meant. Raises ScanNotSaid, and what `scanning.material` raises."""
        if sum(map(bool, (self.code, self.lot, self.container))) != 1:
            raise ScanNotSaid
        if not self.code:
            return Named(self.lot, self.container, True)
        found = await scanning.material(work, self.code)
        box = found.container.number if found.container else ""
        return Named(found.lot.number, box, found.label_agrees)


class IssueBody(ScanBody):
    """A line lead or quality assurance may sign past FEFO and over-issue: then with a password and a reason."""

    quantity: Quantity = Field(description="of the lot, in its item's unit")
    line: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(None, description="unless said, the item's open one")
    step_id: Id | None = None
    zone_id: Id | None = Field(None, description="where it was scanned")
    idempotency_key: Key
    username: str | None = None
    password: str = Field("", repr=False)
    meaning: Meaning = Meaning.APPROVED
    reason: str = ""


class ReturnBody(Body):
    issue_id: Id
    quantity: Quantity
    zone_id: Id = Field(description="where it stands from now on")
    reason: str
    idempotency_key: Key


@router.get("/batches/{batch_id}/materials")
async def list_lines(batch_id: BatchId, work: Transaction, _: Signed) -> dict[str, Any]:
    """What the batch's lines ask for and what is in it, with the limits of each line's tolerance."""
    return {"items": [line_json(line) for line in await service.lines(work, batch_id)]}


@router.get("/batches/{batch_id}/issues")
async def list_issues(batch_id: BatchId, work: Transaction, _: Signed) -> dict[str, Any]:
    """What went into a batch, in order, with what of it came back."""
    await service.lines(work, batch_id)
    return {"items": [issue_json(each) for each in await service.issues(work, batch_id)]}


@router.post("/batches/{batch_id}/issues", status_code=201)
async def issue_material(batch_id: BatchId, body: IssueBody, work: Transaction, who: Crew) -> dict[str, Any]:
    """Put so much of a scanned lot or container into the batch; 409 tells every reason against it."""
    override = None
    if body.password:
        credentials = Credentials(body.username or who.name, body.password, who.terminal)
        override = service.Override(credentials, body.reason, body.meaning)
    scan = await body.scanned(work)
    made = await service.issue_material(
        work,
        batch_id,
        quantity=body.quantity,
        key=body.idempotency_key,
        lot_number=scan.lot,
        container=scan.container,
        label_agrees=scan.label_agrees,
        line=body.line,
        step_id=body.step_id,
        zone_id=body.zone_id,
        override=override,
    )
    return issued_json(made)


@router.get("/batches/{batch_id}/returns")
async def list_returns(batch_id: BatchId, work: Transaction, _: Signed) -> dict[str, Any]:
    """What came back out of a batch, in order."""
    await service.lines(work, batch_id)
    return {"items": [return_json(each) for each in await service.returns(work, batch_id)]}


@router.post("/batches/{batch_id}/returns", status_code=201)
async def return_material(batch_id: BatchId, body: ReturnBody, work: Transaction, _: Keeper) -> dict[str, Any]:
    """Put what was not used back into its lot: stock again, whatever the lot's status is by now."""
    issue = await service.issue(work, body.issue_id)
    if issue.batch_id != batch_id:
        raise service.IssueNotFound(issue_id=body.issue_id, batch_id=batch_id)
    made = await service.return_material(
        work,
        body.issue_id,
        quantity=body.quantity,
        zone_id=body.zone_id,
        reason=body.reason,
        key=body.idempotency_key,
    )
    return return_json(made)
