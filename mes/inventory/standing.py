"""How stock comes to a place and leaves it: the interval there, the containers there and the ledger change together.

Nothing else writes any of the three. The lot is locked by whoever calls this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from mes.inventory import ledger, service
from mes.inventory.ledger import Cause
from mes.inventory.model import Standing
from mes.inventory.service import SQL
from telemetry import queries
from telemetry.errors import Conflict
from telemetry.work import Work

CONTAINERS = queries.load(Path(__file__).with_name("containers.sql"))


class MoveOutOfOrder(Conflict):
    """The lot has moved at that time or after it, or the time has not come yet."""


class ContainerNotSaid(Conflict):
    """This lot stands there in several containers: scan the container that is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """So much of one lot in one drum, bag or pallet with a label of its own."""

    id: int
    number: str  # LPN or SSCC
    lot_id: int
    zone_id: int
    quantity: Decimal  # 0: empty
    parent_id: int | None  # that it was split from
    made_by: str
    made_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Draw:
    """So much out of a container; None: of what stands loose."""

    container: Container | None
    quantity: Decimal

    @property
    def empties(self) -> bool:
        """Whether nothing stays in the container, so that it may go along."""
        return self.container is not None and self.container.quantity == self.quantity


def draws(stands: Decimal, containers: Sequence[Container], quantity: Decimal) -> list[Draw]:
    """Where a quantity comes from that is taken of a lot at one place, when no container was said.

    All of it: everything there. Otherwise what stands loose, and then the only container. Raises ContainerNotSaid.
    """
    loose = stands - sum((each.quantity for each in containers), Decimal(0))
    if quantity == stands:
        found = [Draw(None, loose), *(Draw(each, each.quantity) for each in containers)]
    elif quantity <= loose:
        found = [Draw(None, quantity)]
    elif len(containers) == 1:
        found = [Draw(None, loose), Draw(containers[0], quantity - loose)]
    else:
        raise ContainerNotSaid(containers=[each.number for each in containers])
    return [draw for draw in found if draw.quantity]


async def containers_at(work: Work, lot_id: int, zone_id: int) -> list[Container]:
    """Containers of a lot at a place that are not empty, oldest first."""
    filters = {"lot_ids": [lot_id], "number": None, "container_id": None, "full_only": True}
    return [c for c in await work.all(CONTAINERS["containers"], Container, **filters) if c.zone_id == zone_id]


async def drawn(work: Work, source: Standing, quantity: Decimal, container: Container | None) -> list[Draw]:
    """What is taken: of the container said, or as `draws` tells."""
    if container is not None:
        return [Draw(container, quantity)]
    return draws(source.quantity, await containers_at(work, source.lot_id, source.zone_id), quantity)


async def take(work: Work, source: Standing, taken: Sequence[Draw], at: datetime, cause: Cause) -> None:
    """So much less stands there from `at` on. Raises MoveOutOfOrder."""
    quantity = sum((draw.quantity for draw in taken), Decimal(0))
    left = source.quantity - quantity
    if at < source.from_time or (at == source.from_time and not left):
        raise MoveOutOfOrder(lot_id=source.lot_id, at=at, there_since=source.from_time)
    await _restand(work, source, left, at)
    for draw in taken:
        await _change(work, source.lot_id, source.zone_id, -draw.quantity, _id(draw.container), at, cause)


async def put(
    work: Work,
    lot_id: int,
    zone_id: int,
    quantity: Decimal,
    at: datetime,
    cause: Cause,
    container_id: int | None = None,
    *,
    known: Sequence[Standing] | None = None,
) -> None:
    """So much more stands there from `at` on, loose or in a container. `known`: where the lot stands, if known."""
    places = await service.standings(work, [lot_id], now_only=True) if known is None else known
    there = next((standing for standing in places if standing.zone_id == zone_id), None)
    if there:
        await _restand(work, there, there.quantity + quantity, at)
    else:
        await _stand(work, lot_id, zone_id, quantity, at)
    await _change(work, lot_id, zone_id, quantity, container_id, at, cause)


async def repack(work: Work, draw: Draw, lot_id: int, zone_id: int, into: int | None, cause: Cause) -> None:
    """What stands at a place changes its container there; the place keeps what it has."""
    await _change(work, lot_id, zone_id, -draw.quantity, _id(draw.container), work.now, cause)
    await _change(work, lot_id, zone_id, draw.quantity, into, work.now, cause)


async def _change(
    work: Work, lot_id: int, zone_id: int, by: Decimal, container_id: int | None, at: datetime, cause: Cause
) -> None:
    if container_id is not None:
        await work.run(CONTAINERS["fill_container"], container_id=container_id, by=by, zone_id=zone_id)
    await ledger.book(work, lot_id=lot_id, zone_id=zone_id, quantity=by, cause=cause, at=at, container_id=container_id)


async def _restand(work: Work, standing: Standing, quantity: Decimal, at: datetime) -> None:
    """From `at` on another quantity stands there."""
    if at == standing.from_time:
        await work.run(SQL["correct_standing"], standing_id=standing.id, quantity=quantity)
        return
    await work.run(SQL["leave"], standing_id=standing.id, at=at)
    if quantity:
        await _stand(work, standing.lot_id, standing.zone_id, quantity, at)


async def _stand(work: Work, lot_id: int, zone_id: int, quantity: Decimal, at: datetime) -> None:
    await work.run(SQL["stand"], lot_id=lot_id, zone_id=zone_id, quantity=quantity, at=at, actor=work.actor)


def _id(container: Container | None) -> int | None:
    return container.id if container else None
