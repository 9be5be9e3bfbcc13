"""Alarms over HTTP: list by state, look at one, acknowledge."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from mes.alarms import service
from mes.alarms.model import Alarm, Kind, State
from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Role

router = APIRouter(prefix="/alarms", tags=["alarms"])

SHOP_FLOOR = tuple(role for role in Role if role is not Role.ADMIN)

LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Filter = Annotated[int | None, Query(ge=1, le=LARGEST)]


class Acknowledgement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    comment: str = ""


def as_json(alarm: Alarm) -> dict[str, Any]:
    """An alarm as programs see it: its columns and its state."""
    return {name: getattr(alarm, name) for name in Alarm.__slots__} | {"state": alarm.state}


@router.get("")
async def list_alarms(
    work: Transaction,
    _: Signed,
    state: State | Literal["active"] | None = None,
    kind: Kind | None = None,
    excursion_id: Filter = None,
    cursor: Filter = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """Alarms, newest first; `state`: active_unacked, active_acked, rtn_unacked, normal, or active for the first two."""
    asked = {"active": True} if state == "active" else {"state": state}
    found = await service.alarms(work, **asked, kind=kind, excursion_id=excursion_id, below=cursor, limit=limit)
    return {"items": [as_json(row) for row in found], "next": found[-1].id if len(found) == limit else None}


@router.get("/{alarm_id}")
async def show_alarm(alarm_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One alarm."""
    return as_json(await service.alarm(work, alarm_id))


@router.post("/{alarm_id}/acknowledge")
async def acknowledge_alarm(
    alarm_id: Id, body: Acknowledgement, work: Transaction, _: Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
) -> dict[str, Any]:
    """Say that one knows, with a comment."""
    return as_json(await service.acknowledge(work, alarm_id, version=body.version, comment=body.comment))
