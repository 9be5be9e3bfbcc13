"""The ledger of stock: rows that only grow, and whose sum is what stands, by lot, by place and by container."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mes.inventory.service import SQL
from telemetry.work import Work


class Kind(StrEnum):
    OPENING = "opening"  # stood here before there was a ledger
    RECEIPT = "receipt"
    MOVE = "move"
    PACK = "pack"  # into a container, or from one into another
    SPLIT = "split"  # into another lot
    MERGE = "merge"
    ISSUE = "issue"  # into a batch
    RETURN = "return"  # out of a batch
    WEIGHING = "weighing"  # into a container for a batch
    COUNT = "count"  # a variance that was signed
    YIELD = "yield"  # a batch made it
    DESTRUCTION = "destruction"
    SHIPMENT = "shipment"  # out of the plant, to a customer
    GOODS_RETURN = "goods_return"  # a customer sent it back: a lot of its own


@dataclass(frozen=True, slots=True)
class Cause:
    """Why stock changes, and the record that says so."""

    kind: Kind
    reference: str = ""  # number of a batch, a count, a container


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """So much more (+) or less (-) of a lot stands at a place since then."""

    id: int
    lot_id: int
    zone_id: int
    container_id: int | None  # None: loose
    quantity: Decimal
    kind: Kind
    reference: str
    at: datetime
    recorded_at: datetime
    moved_by: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))


@dataclass(frozen=True, slots=True)
class Difference:
    """Stock that is not the sum of its ledger: a mistake of the program, or a hand in the database."""

    lot: str
    what: str  # lot, zone <id>, container <number>
    stands: Decimal
    booked: Decimal


async def book(
    work: Work,
    *,
    lot_id: int,
    zone_id: int,
    quantity: Decimal,
    cause: Cause,
    at: datetime,
    container_id: int | None = None,
) -> None:
    """Add a row. Only what changes a standing calls this, in the same work."""
    place = {"lot_id": lot_id, "zone_id": zone_id, "container_id": container_id}
    said = {"quantity": quantity, "kind": cause.kind, "reference": cause.reference, "at": at}
    await work.run(SQL["movement"], **place, **said, now=work.now, actor=work.actor)


async def movements(work: Work, lot_id: int) -> list[Movement]:
    """All rows of a lot, in the order in which they were written."""
    return await work.all(SQL["movements"], Movement, lot_id=lot_id)


async def differences(work: Work) -> list[Difference]:
    """Where stock and ledger differ; nothing as long as all is right."""
    return await work.all(SQL["differences"], Difference)
