"""Alarms over HTTP: list by state, look at one, acknowledge, comment, shelve, take out of service."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.alarms import service, suppression
from mes.alarms.model import Alarm, Cause, Kind, State, Suppression
from mes.alarms.silencing import KEEPERS, SHELVERS, Shelf
from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.moments import Moment
from mes.people.model import Role

router = APIRouter(prefix="/alarms", tags=["alarms"])

SHOP_FLOOR = tuple(role for role in Role if role is not Role.ADMIN)

LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Filter = Annotated[int | None, Query(ge=1, le=LARGEST)]


Text = Annotated[str, Field(max_length=2000)]


class Acknowledgement(BaseModel):
    """A comment, a cause or both."""

    model_config = ConfigDict(extra="forbid")

    version: int
    comment: Text = ""
    cause: Cause | None = None


class Comment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    comment: Text
    cause: Cause | None = None


class ShelfBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    reason: Text
    until: Moment


class OutOfService(BaseModel):
    """`until` null: until it is returned."""

    model_config = ConfigDict(extra="forbid")

    version: int
    reason: Text
    until: Moment | None = None


class End(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Text


def as_json(alarm: Alarm) -> dict[str, Any]:
    """An alarm as programs see it: its columns and its state."""
    facts = {name: getattr(alarm, name) for name in Alarm.__slots__}
    return facts | {"state": alarm.state, "isa_state": alarm.isa_state}


def demand_keeper(caller: Caller, shelf: Shelf) -> None:
    """Who returns an alarm to service is one of those who may take it out. Raises RoleMissing."""
    if shelf.mode is Suppression.OUT_OF_SERVICE and not caller.roles & set(KEEPERS):
        raise RoleMissing(needs=" | ".join(KEEPERS), caller=caller.name)


@router.get("")
async def list_alarms(
    work: Transaction,
    _: Signed,
    state: State | Literal["active"] | None = None,
    kind: Kind | None = None,
    zone_id: Filter = None,
    suppressed: bool | None = None,
    excursion_id: Filter = None,
    cursor: Filter = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """Alarms, newest first; `state`: active_unacked, active_acked, rtn_unacked, normal, or active for the first two."""
    asked = {"active": True} if state == "active" else {"state": state}
    filters = {"kind": kind, "zone_id": zone_id, "suppressed": suppressed, "excursion_id": excursion_id}
    found = await service.alarms(work, **asked, **filters, below=cursor, limit=limit)  # type: ignore[arg-type]
    return {"items": [as_json(row) for row in found], "next": found[-1].id if len(found) == limit else None}


@router.get("/shelves")
async def list_shelves(work: Transaction, _: Signed, in_force: bool = True) -> dict[str, Any]:
    """What is shelved or out of service; with `in_force=false` all that ever was, newest first."""
    return {"items": await suppression.shelves(work, in_force=in_force), "next": None}


@router.post("/shelves/{shelf_id}/end")
async def end_shelf(
    shelf_id: Id, body: End, work: Transaction, caller: Annotated[Caller, Depends(allow(*SHELVERS))]
) -> Shelf:
    """Unshelve, or return to service."""
    demand_keeper(caller, await suppression.shelf_in_force(work, shelf_id))
    return await suppression.bring_back(work, shelf_id, reason=body.reason)


@router.get("/{alarm_id}")
async def show_alarm(alarm_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One alarm."""
    return as_json(await service.alarm(work, alarm_id))


@router.get("/{alarm_id}/journal")
async def show_journal(alarm_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """What became of it and what people said, oldest first."""
    found = await service.alarm(work, alarm_id)
    return {"items": (await service.journal(work, [found.id])).get(found.id, []), "next": None}


@router.post("/{alarm_id}/acknowledge")
async def acknowledge_alarm(
    alarm_id: Id, body: Acknowledgement, work: Transaction, _: Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
) -> dict[str, Any]:
    """Say that one knows, with a comment or a cause."""
    told = {"version": body.version, "comment": body.comment, "cause": body.cause}
    return as_json(await service.acknowledge(work, alarm_id, **told))  # type: ignore[arg-type]


@router.post("/{alarm_id}/comment")
async def comment_on_alarm(
    alarm_id: Id, body: Comment, work: Transaction, _: Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
) -> dict[str, Any]:
    """Add to what was said."""
    return as_json(await service.comment_on(work, alarm_id, comment=body.comment, cause=body.cause))


@router.post("/{alarm_id}/shelve")
async def shelve_alarm(
    alarm_id: Id, body: ShelfBody, work: Transaction, _: Annotated[Caller, Depends(allow(*SHELVERS))]
) -> Shelf:
    """Keep it from calling for a while."""
    found = await service.at_version(work, alarm_id, body.version)
    return await suppression.shelve(work, found, reason=body.reason, until=body.until)


@router.post("/{alarm_id}/out-of-service")
async def take_out_of_service(
    alarm_id: Id, body: OutOfService, work: Transaction, _: Annotated[Caller, Depends(allow(*KEEPERS))]
) -> Shelf:
    """Keep all alarms of its kind and source from calling."""
    found = await service.at_version(work, alarm_id, body.version)
    return await suppression.take_out_of_service(work, found.kind, found.source, reason=body.reason, until=body.until)
