"""Maintenance orders over HTTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.maintenance import service
from mes.maintenance.checks import CheckKind
from mes.maintenance.model import CREW, FailureMode, Order, Status
from mes.maintenance.proving import Signing
from mes.people.model import Credentials, Role
from mes.plant import service as plant
from telemetry.work import Work

router = APIRouter(prefix="/maintenance/orders", tags=["maintenance"])

SHOP_FLOOR = tuple(role for role in Role if role is not Role.ADMIN)
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Filter = Annotated[int | None, Query(ge=1, le=LARGEST)]
Step = Literal[
    "approve", "reject", "assign", "start", "hold", "resume", "done", "verify", "rework", "close", "skip", "cancel"
]  # fmt: skip
Minutes = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Crew = Annotated[Caller, Depends(allow(*CREW))]


class StepBody(BaseModel):
    """`version` always; the rest where the step asks for it. A verification is signed: password, meaning, reason."""

    model_config = ConfigDict(extra="forbid")

    version: int
    assigned_to: str = ""
    due_on: date | None = None
    findings: str = ""
    problem_code: str = ""
    cause_code: str = ""
    remedy_code: str = ""
    labour_min: Minutes | None = None
    no_parts: bool = False
    downtime_min: Minutes | None = None
    checks: dict[CheckKind, bool] = Field(default_factory=dict)
    check_result: str = ""
    note: str = ""
    username: Annotated[str | None, Field(max_length=100)] = None  # null: who is signed in
    password: Annotated[str, Field(max_length=1000, repr=False)] = ""
    meaning: Annotated[str, Field(max_length=100)] = ""
    reason: Annotated[str, Field(max_length=1000)] = ""

    def told(self) -> service.Told:
        """What is said with the step, without the signature."""
        return service.Told(**self.model_dump(exclude={"version", *_SIGNATURE}))


_SIGNATURE = ("username", "password", "meaning", "reason")


class RequestBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    equipment_id: Annotated[int, Field(ge=1, le=LARGEST)]
    failure_mode: FailureMode = FailureMode.OTHER
    priority: Literal["low", "medium", "high", "critical"] = "medium"
    title_en: str
    title_zh: str
    told: str = ""
    due_on: date | None = None


async def as_json(work: Work, order: Order) -> dict[str, Any]:
    """An order as programs see it: its columns, its machine, and the steps that it offers."""
    machine = await plant.machine(work, order.equipment_id)
    names = ("id", "path", "kind", "name_en", "name_zh", "status", "zone_id")
    about = {"equipment": {name: getattr(machine, name) for name in names}, "steps": service.steps_of(order)}
    numbers = ("downtime_min", "plan_use")
    spent = {name: None if getattr(order, name) is None else str(getattr(order, name)) for name in numbers}
    return {name: getattr(order, name) for name in Order.__slots__} | spent | about


@router.get("")
async def list_orders(
    work: Transaction,
    _: Signed,
    status: Annotated[list[Status] | None, Query()] = None,
    equipment_id: Filter = None,
    excursion_id: Filter = None,
    cursor: Filter = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """Orders, newest first."""
    found = await service.orders(
        work, statuses=status, equipment_id=equipment_id, excursion_id=excursion_id, below=cursor, limit=limit
    )
    items = [await as_json(work, row) for row in found]
    return {"items": items, "next": found[-1].id if len(found) == limit else None}


@router.post("", status_code=201)
async def request_order(
    body: RequestBody, work: Transaction, _: Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
) -> dict[str, Any]:
    """Ask for maintenance by hand."""
    return await as_json(work, await service.open_order(work, **body.model_dump()))


@router.get("/{order_id}")
async def show_order(order_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One order."""
    return await as_json(work, await service.order(work, order_id))


@router.post("/{order_id}/{step}")
async def take_step(order_id: Id, step: Step, body: StepBody, work: Transaction, caller: Crew) -> dict[str, Any]:
    """Take the order a step further; its verification, and the work where its plan asks so, carries a signature."""
    who = Credentials(body.username or caller.name, body.password, caller.terminal)
    signing = Signing(credentials=who, meaning=body.meaning, reason=body.reason) if body.meaning else None
    after = await service.take_step(work, order_id, step, version=body.version, told=body.told(), signing=signing)
    return await as_json(work, after)
