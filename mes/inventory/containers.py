"""Containers of a lot: filled from what stands, moved, split, merged within their lot; they keep what the lot is.

Expiry, status and holds are the lot's, so no container ever escapes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from mes.inventory import service, stock
from mes.inventory.ledger import Cause, Kind
from mes.inventory.standing import CONTAINERS, Container, Draw, repack
from mes.transitions import StaleVersion
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work


class ContainerNotFound(NotFound):
    """There is no such container."""


class ContainerNumberTaken(Conflict):
    """A container with this number is in the plant already."""


class ContainersOfTwoLots(Conflict):
    """Only containers of one lot, standing at one place, may be put together."""


class TooMuchForContainer(Conflict):
    """Less is left in the container than was asked for."""


class NothingToPutTogether(Invalid):
    """Name two different containers."""


async def containers(work: Work, lot_ids: Sequence[int], *, full_only: bool = True) -> list[Container]:
    """Containers of lots, oldest first; empty ones too where asked."""
    filters = {"lot_ids": list(lot_ids), "number": None, "container_id": None}
    return await work.all(CONTAINERS["containers"], Container, **filters, full_only=full_only)


async def container_named(work: Work, number: str) -> Container | None:
    """The container with this label, as a scan finds it, or None."""
    filters = {"lot_ids": None, "number": number, "container_id": None, "full_only": False}
    return await work.one(CONTAINERS["containers"], Container, **filters)


async def container(work: Work, container_id: int) -> Container:
    """One container. Raises ContainerNotFound."""
    filters = {"lot_ids": None, "number": None, "container_id": container_id, "full_only": False}
    found = await work.one(CONTAINERS["containers"], Container, **filters)
    if found is None:
        raise ContainerNotFound(container_id=container_id)
    return found


async def add(work: Work, number: str, lot_id: int, zone_id: int, *, parent_id: int | None = None) -> Container:
    """An empty container with a label, to be filled in the same work. Raises ContainerNumberTaken."""
    facts = {"number": number, "lot_id": lot_id, "zone_id": zone_id, "parent_id": parent_id}
    made: int | None = await work.scalar(CONTAINERS["add_container"], **facts, actor=work.actor, now=work.now)
    if made is None:
        raise ContainerNumberTaken(number=number)
    return await container(work, made)


async def pack(work: Work, lot_id: int, zone_id: int, *, number: str, quantity: Decimal) -> Container:
    """Put so much of what stands loose at a place into a new container.

    Raises LotNotFound, NotStandingThere, ContainerNotSaid, ContainerNumberTaken, QuantityNotPositive.
    """
    await stock.lock(work, [lot_id])
    source = await stock.standing_at(work, lot_id, zone_id)
    loose = source.quantity - sum((c.quantity for c in await _here(work, lot_id, zone_id)), Decimal(0))
    if stock.positive(quantity) > loose:
        raise stock.NotStandingThere(lot_id=lot_id, zone_id=zone_id, quantity=quantity, there=loose)
    made = await add(work, number, lot_id, zone_id)
    await repack(work, Draw(None, quantity), lot_id, zone_id, made.id, Cause(Kind.PACK, number))
    return await _told(work, "pack", made, quantity)


async def split(work: Work, container_id: int, *, number: str, quantity: Decimal) -> Container:
    """Put a part of a container into a new one of the same lot. Raises as `pack`, and TooMuchForContainer."""
    before = await locked(work, container_id)
    if stock.positive(quantity) >= before.quantity:
        raise TooMuchForContainer(container=before.number, quantity=quantity, there=before.quantity)
    made = await add(work, number, before.lot_id, before.zone_id, parent_id=before.id)
    await repack(work, Draw(before, quantity), before.lot_id, before.zone_id, made.id, Cause(Kind.PACK, number))
    return await _told(work, "split", made, quantity)


async def merge(work: Work, container_id: int, *, into_id: int) -> Container:
    """Empty a container into another of its lot at its place. Raises ContainersOfTwoLots, NothingToPutTogether."""
    if container_id == into_id:
        raise NothingToPutTogether(container_id=container_id)
    source, target = await locked(work, container_id), await container(work, into_id)
    if (source.lot_id, source.zone_id) != (target.lot_id, target.zone_id):
        raise ContainersOfTwoLots(containers=[source.number, target.number])
    quantity = stock.positive(source.quantity)
    cause = Cause(Kind.PACK, target.number)
    await repack(work, Draw(source, quantity), source.lot_id, source.zone_id, target.id, cause)
    return await _told(work, "merge", target, quantity)


async def move(
    work: Work, container_id: int, *, to_zone_id: int, version: int | None = None, reason: str = ""
) -> Container:
    """Move a container with all that is in it. Raises ContainerNotFound, StaleVersion, and as `stock.move_lot`."""
    before = await locked(work, container_id)
    if version is not None and version != before.version:
        raise StaleVersion("container", container_id, yours=version, current=before.version)
    await stock.move_lot(
        work,
        before.lot_id,
        to_zone_id=to_zone_id,
        from_zone_id=before.zone_id,
        quantity=before.quantity,
        reason=reason,
        container=before,
    )
    return await container(work, container_id)


async def locked(work: Work, container_id: int) -> Container:
    """A container whose lot is held until the end of this work. Raises ContainerNotFound."""
    await stock.lock(work, [(await container(work, container_id)).lot_id])
    return await container(work, container_id)


async def _here(work: Work, lot_id: int, zone_id: int) -> list[Container]:
    return [c for c in await containers(work, [lot_id]) if c.zone_id == zone_id]


async def _told(work: Work, act: str, target: Container, quantity: Decimal) -> Container:
    lot = await service.lot(work, target.lot_id)
    after = {"container": target.number, "quantity": quantity, "unit": lot.unit}
    work.audit(f"container.{act}", "lot", lot.id, after=after)
    return await container(work, target.id)
