"""Stock over HTTP: containers of a lot, its ledger, and counts."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from mes.border import Signed, Transaction
from mes.inventory import containers, counting, ledger, service
from mes.inventory.api import Body, Handler, Id, LotId, Quantity
from mes.inventory.counting import Count
from mes.inventory.ledger import Movement
from mes.inventory.standing import Container
from mes.people.model import Credentials, Meaning

router = APIRouter(tags=["stock"])

ContainerId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Number = Annotated[str, Field(min_length=1, max_length=100)]


class PackBody(Body):
    number: Number
    zone_id: Id = Field(description="where the lot stands loose")
    quantity: Quantity


class MoveContainerBody(Body):
    to_zone_id: Id
    version: int | None = Field(None, description="as it was shown; unless said, whatever it is now")
    reason: str = ""


class PartBody(Body):
    number: Number
    quantity: Quantity


class MergeContainerBody(Body):
    into_id: Id


class CountBody(Body):
    """A count that differs from the book says what the book showed, why it differs, and who answers for it."""

    lot_id: Id
    zone_id: Id
    container_id: Id | None = Field(None, description="unless said, what stands loose")
    counted: Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]
    booked: Annotated[Decimal, Field(max_digits=20, decimal_places=6)] | None = None
    username: str | None = None
    password: str = Field("", repr=False)
    meaning: Meaning = Meaning.PERFORMED
    reason: str = ""


@router.get("/lots/{lot_id}/containers")
async def list_containers(lot_id: LotId, work: Transaction, _: Signed, empty: bool = False) -> dict[str, Any]:
    """A lot's containers, oldest first; with `empty` those too in which nothing is left."""
    lot = await service.lot(work, lot_id)
    found = await containers.containers(work, [lot.id], full_only=not empty)
    return {"items": [container_json(each) for each in found], "unit": lot.unit}


@router.post("/lots/{lot_id}/containers", status_code=201)
async def pack_container(lot_id: LotId, body: PackBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Put so much of what stands loose into a new container."""
    made = await containers.pack(work, lot_id, body.zone_id, number=body.number, quantity=body.quantity)
    return container_json(made)


@router.get("/lots/{lot_id}/movements")
async def list_movements(lot_id: LotId, work: Transaction, _: Signed) -> dict[str, Any]:
    """The ledger of a lot, oldest first, and whether its sum is what stands."""
    lot = await service.lot(work, lot_id)
    rows = await ledger.movements(work, lot_id)
    total = sum((row.quantity for row in rows), Decimal(0))
    sums = {"sum": str(total), "stock": str(lot.quantity), "agrees": total == lot.quantity, "unit": lot.unit}
    return {"items": [movement_json(row) for row in rows]} | sums


@router.get("/containers/{container_id}")
async def show_container(container_id: ContainerId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One container; an empty one too."""
    return container_json(await containers.container(work, container_id))


@router.post("/containers/{container_id}/moves", status_code=201)
async def move_container(
    container_id: ContainerId, body: MoveContainerBody, work: Transaction, _: Handler
) -> dict[str, Any]:
    """Move a container with all that is in it."""
    return container_json(await containers.move(work, container_id, **body.model_dump()))


@router.post("/containers/{container_id}/split", status_code=201)
async def split_container(container_id: ContainerId, body: PartBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Put a part of it into a new container of the same lot; answers the new one."""
    return container_json(await containers.split(work, container_id, number=body.number, quantity=body.quantity))


@router.post("/containers/{container_id}/merge", status_code=201)
async def merge_container(
    container_id: ContainerId, body: MergeContainerBody, work: Transaction, _: Handler
) -> dict[str, Any]:
    """Empty it into another container of its lot at its place; answers the other one."""
    return container_json(await containers.merge(work, container_id, into_id=body.into_id))


@router.get("/counts")
async def list_counts(
    work: Transaction,
    _: Signed,
    lot_id: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Counts, newest first."""
    return {"items": [count_json(each) for each in await counting.counts(work, lot_id=lot_id, limit=limit)]}


@router.post("/counts", status_code=201)
async def count_stock(body: CountBody, work: Transaction, who: Handler) -> dict[str, Any]:
    """Keep a count. 409 `CountDiffers` shows what the book says: count again, then sign the difference."""
    await service.lot(work, body.lot_id)
    box = await containers.container(work, body.container_id) if body.container_id else None
    explained = None
    if body.booked is not None:
        credentials = Credentials(body.username or who.name, body.password, who.terminal)
        explained = counting.Explained(credentials, body.reason, body.booked, body.meaning)
    found = await counting.count(work, body.lot_id, body.zone_id, body.counted, container=box, explained=explained)
    return count_json(found)


def container_json(box: Container) -> dict[str, Any]:
    """A container as programs see it."""
    return asdict(box) | {"quantity": str(box.quantity)}


def movement_json(row: Movement) -> dict[str, Any]:
    """A row of the ledger as programs see it."""
    return asdict(row) | {"quantity": str(row.quantity)}


def count_json(row: Count) -> dict[str, Any]:
    """A count as programs see it."""
    quantities = {"booked": str(row.booked), "counted": str(row.counted), "variance": str(row.variance)}
    return asdict(row) | quantities
