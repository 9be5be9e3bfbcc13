"""Counts: what was counted against what the ledger says; a variance is booked with a reason and a signature only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mes.inventory import containers, service, stock
from mes.inventory.ledger import Cause, Kind
from mes.inventory.service import SQL
from mes.inventory.standing import Container, containers_at
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from telemetry.errors import Conflict, Invalid
from telemetry.work import Work


class CountDiffers(Conflict):
    """The count differs from the book: count again, then give the reason and sign."""


class BookChanged(Conflict):
    """Stock moved while this was counted: count again."""


class ContainerElsewhere(Conflict):
    """This container stands in another place, or holds another lot: move it first, or scan the one that is meant."""


class CountNegative(Invalid):
    """A count is a number, zero or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    id: int
    number: str  # CNT-2026-0001
    lot_id: int
    zone_id: int
    container_id: int | None  # None: all that stands loose
    booked: Decimal
    counted: Decimal
    reason: str
    counted_by: str
    counted_at: datetime
    signature_id: int | None

    @property
    def variance(self) -> Decimal:
        """What was found more (+) or less (-)."""
        return self.counted - self.booked


@dataclass(frozen=True, slots=True)
class Explained:
    """Who answers for a variance, and what the book said when it was looked at."""

    credentials: Credentials
    reason: str
    booked: Decimal
    meaning: Meaning | str = Meaning.PERFORMED


async def count(
    work: Work,
    lot_id: int,
    zone_id: int,
    counted: Decimal,
    *,
    container: Container | None = None,
    explained: Explained | None = None,
) -> Count:
    """Keep a count of a container, or of what stands loose of a lot at a place; stock is then what was counted.

    Raises LotNotFound, ZoneNotFound, CountNegative, ContainerElsewhere, CountDiffers, BookChanged, and what
    `people.sign` raises.
    """
    if not counted.is_finite() or counted < 0:
        raise CountNegative(counted=counted)
    await stock.lock(work, [lot_id])
    await plant.zone(work, zone_id)
    if container is not None:
        container = await containers.container(work, container.id)  # as it is now that its lot is held
        if container.lot_id != lot_id or (container.quantity and container.zone_id != zone_id):
            raise ContainerElsewhere(container=container.number, zone_id=container.zone_id)
    booked = await _booked(work, lot_id, zone_id, container)
    if counted != booked and explained is None:
        raise CountDiffers(booked=booked, counted=counted)
    number = await plant.next_number(work, "CNT")
    place = {"lot_id": lot_id, "zone_id": zone_id, "container_id": container.id if container else None}
    facts = place | {"number": number, "booked": booked, "counted": counted}
    signature = None if explained is None or counted == booked else await _sign(work, explained, facts)
    reason = explained.reason if explained and signature else ""
    kept = facts | {"reason": reason, "signature_id": signature}
    made = await work.one(SQL["add_count"], Count, **kept, actor=work.actor, now=work.now)
    if made is None:
        raise AssertionError("an insert answers with its row")
    if counted != booked:
        await _correct(work, made, container)
    work.audit("stock.count", "lot", lot_id, before={"quantity": booked}, after=kept, reason=reason)
    return made


async def counts(work: Work, *, lot_id: int | None = None, limit: int = 100) -> list[Count]:
    """Counts, newest first."""
    return await work.all(SQL["counts"], Count, lot_id=lot_id, limit=limit)


async def _booked(work: Work, lot_id: int, zone_id: int, container: Container | None) -> Decimal:
    here = await containers_at(work, lot_id, zone_id)
    if container is not None:
        return next((each.quantity for each in here if each.id == container.id), Decimal(0))
    places = await service.standings(work, [lot_id], now_only=True)
    stands = next((each.quantity for each in places if each.zone_id == zone_id), Decimal(0))
    return stands - sum((each.quantity for each in here), Decimal(0))


async def _sign(work: Work, explained: Explained, facts: dict[str, object]) -> int:
    if explained.booked != facts["booked"]:
        raise BookChanged(was=explained.booked, booked=facts["booked"])
    signed = await people.sign(
        work,
        explained.credentials,
        explained.meaning,
        explained.reason,
        record_type="count",
        record_id=facts["number"],
        record_version=1,
        content=facts,
        roles=signers(Act.ADJUST_STOCK),
        meanings=(Meaning.PERFORMED, Meaning.APPROVED),
    )
    return signed.id


async def _correct(work: Work, made: Count, container: Container | None) -> None:
    cause, zone_id = Cause(Kind.COUNT, made.number), made.zone_id
    if made.variance > 0:
        inside = container.id if container else None
        await stock.give_back(work, made.lot_id, made.variance, zone_id=zone_id, container_id=inside, cause=cause)
    else:
        await stock.consume(work, made.lot_id, -made.variance, zone_id=zone_id, container=container, cause=cause)
