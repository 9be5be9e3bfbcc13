"""Materials go into a batch, one scan at a time: checked, taken from stock, and linked to the batch for ever.

Issues into one batch wait for each other, then for the lot: whoever comes second sees what the first has taken, and is
told why not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict, Unpack

from mes.batches import records as batches
from mes.batches.model import Batch
from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind, Severity
from mes.inventory import containers, stock
from mes.inventory import service as inventory
from mes.inventory.ledger import Cause
from mes.inventory.ledger import Kind as Moved
from mes.inventory.model import Lot
from mes.inventory.reservations import free, reservations
from mes.inventory.standing import Container
from mes.materials import accounts, dispensings, scales
from mes.materials.accounts import SQL, KeyOfAnotherScan
from mes.materials.check import OVERRIDDEN, Against, Scan, check_issue, hard
from mes.materials.dispensing import Dispensing, Status
from mes.materials.model import Issue, Line, pure_of
from mes.orders import orderbook
from mes.orders.model import Status as OrderStatus
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.quality import excursions
from mes.transitions import Refused
from telemetry.work import Work


class IssueRefused(Refused):
    """This lot may not go into this batch."""

    async def record(self, work: Work) -> None:
        """What was scanned stays on the batch's record, with every reason against it."""
        after = {name: self.facts[name] for name in ("lot", "quantity", "failed_guards")}
        work.audit("batch.issue.refused", "batch", self.entity_id, after=after)


@dataclass(frozen=True, slots=True)
class Override:
    """A line lead or quality assurance signs that it goes on all the same."""

    credentials: Credentials
    reason: str
    meaning: Meaning | str = Meaning.APPROVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One scan."""

    lot_number: str = ""
    container: str = ""  # number of its label; the lot is then the container's
    quantity: Decimal
    key: str  # the same scan again has the same key
    line: int | None = None  # None: the line of the step, or the first open one of the item
    step_id: int | None = None
    zone_id: int | None = None  # where it was scanned; None: where it stands
    label_agrees: bool = True  # what the label says beside the number is what the lot's record says
    override: Override | None = None


class Said(TypedDict, total=False):
    """What a scan may say beside its quantity: see `Asked`."""

    lot_number: str
    container: str
    line: int | None
    step_id: int | None
    zone_id: int | None
    label_agrees: bool
    override: Override | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An issue that was made, or was found made by the same scan."""

    issue: Issue
    lot: Lot  # as it is now
    warnings: tuple[Against, ...]
    again: bool  # the same scan came before


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """What a scan met in the plant."""

    batch: Batch
    lot: Lot | None
    container: Container | None
    dispensed: Dispensing | None
    line: Line | None


async def issue_material(work: Work, batch_id: int, *, quantity: Decimal, key: str, **asked: Unpack[Said]) -> Issued:
    """Put so much of a lot, or of a container of it, into a batch. The same `key` again takes nothing.

    Raises BatchNotFound, IssueRefused with every reason in order, KeyOfAnotherScan, QuantityNotPositive,
    ContainerNotSaid, and what `people.sign` raises where something is overridden.
    """
    return await scan_in(work, batch_id, Asked(quantity=stock.positive(quantity), key=key, **asked))


async def scan_in(work: Work, batch_id: int, asked: Asked) -> Issued:
    """One scan into a batch, as `issue_material` does it."""
    await batches.batch(work, batch_id)
    await accounts.lock_batch(work, batch_id)
    met = await _meet(work, batch_id, asked)
    if earlier := await accounts.issued_by_key(work, asked.key):
        return await _again(work, earlier, met, asked.quantity)
    against = check_issue(await _scan(work, met, asked), work.now, await plant.time_zone(work))
    override = asked.override
    overridden = OVERRIDDEN.intersection(against) if override else frozenset[Against]()
    if met.lot is None or hard(against, met.line, overridden=bool(override)):
        raise IssueRefused("batch", batch_id, "issue", against, lot=_shown(asked), quantity=str(asked.quantity))
    signature_id = await _sign(work, met, asked, override, overridden) if override and overridden else None
    made = await _issue(work, met, met.lot, asked, tuple(against), signature_id)
    await _tell(work, met, made.issue, against, asked)
    return made


async def _meet(work: Work, batch_id: int, asked: Asked) -> _Met:
    """Find what was scanned, and hold its lot."""
    batch = await batches.batch(work, batch_id)
    box = await containers.container_named(work, asked.container) if asked.container else None
    lot = await (inventory.lot(work, box.lot_id) if box else inventory.lot_named(work, asked.lot_number))
    if lot is None:
        return _Met(batch=batch, lot=None, container=None, dispensed=None, line=None)
    await stock.lock(work, [lot.id])
    lot = await inventory.lot(work, lot.id)
    box = await containers.container(work, box.id) if box else None
    dispensed = await dispensings.of_container(work, box.id) if box else None
    line = _line(await accounts.lines(work, batch_id), lot, asked, dispensed)
    return _Met(batch=batch, lot=lot, container=box, dispensed=dispensed, line=line)


def _line(lines: Sequence[Line], lot: Lot, asked: Asked, dispensed: Dispensing | None) -> Line | None:
    """The line said or weighed for; else the first of the item that is still open, else its last."""
    mine = [line for line in lines if line.item.id == lot.item_id]
    said = asked.line if dispensed is None else dispensed.line
    if said is not None:
        return next((line for line in mine if line.number == said), None)
    return next((line for line in mine if line.open), mine[-1] if mine else None)


async def _scan(work: Work, met: _Met, asked: Asked) -> Scan:
    order = await orderbook.order(work, met.batch.order_id)
    lot, box = met.lot, met.container
    others = await inventory.lots(work, item=lot.item) if lot else []
    places = await inventory.standings(work, [lot.id], now_only=True) if lot else []
    if box is not None:
        places = [place for place in places if place.zone_id == box.zone_id]
    there = [place for place in places if asked.zone_id in {None, place.zone_id}]
    abnormal = {each.zone_id for each in await excursions.active(work)}
    own = [
        r.quantity for r in await reservations(work, batch_id=met.batch.id) if lot and r.stands and r.lot_id == lot.id
    ]
    counts_as = asked.quantity
    if lot is not None and met.line is not None:
        counts_as = pure_of(asked.quantity, lot, assay_adjusted=met.line.assay_adjusted)
    return Scan(
        running=order.status is OrderStatus.RUNNING,
        lot=lot,
        line=met.line,
        quantity=asked.quantity,
        counts_as=counts_as,
        at_hand=box.quantity if box else max((place.quantity for place in there), default=Decimal(0)),
        free=free(lot, sum(own, Decimal(0))) if lot else Decimal(0),
        others=others,
        stands_there=bool(there),
        label_agrees=asked.label_agrees,
        dispensed=_is_for(met.dispensed, met.batch),
        excursion_there=any(place.zone_id in abnormal for place in there),
        scale_trusted=await _scale_trusted(work, met.dispensed),
        same_person=await _same_person(work, met.dispensed),
    )


async def _scale_trusted(work: Work, dispensed: Dispensing | None) -> bool:
    """Whether its weight still stands; one that was typed rests on no scale, and is an exception already."""
    if dispensed is None or dispensed.point_id is None or dispensed.weighed_at is None:
        return True
    return await scales.was_trusted(work, dispensed.point_id, dispensed.weighed_at)


async def _same_person(work: Work, dispensed: Dispensing | None) -> bool:
    """Whether who weighed it is also who verified it."""
    if dispensed is None or dispensed.signature_id is None:
        return False
    signed = await people.signature(work, dispensed.signature_id)
    return signed.person_id == dispensed.weigher_id


def _is_for(dispensed: Dispensing | None, batch: Batch) -> bool:
    ready = {Status.VERIFIED, Status.STAGED}
    return dispensed is not None and dispensed.batch_id == batch.id and dispensed.status in ready


async def _sign(work: Work, met: _Met, asked: Asked, override: Override, overridden: frozenset[Against]) -> int:
    signed = await people.sign(
        work,
        override.credentials,
        override.meaning,
        override.reason,
        record_type="batch",
        record_id=met.batch.id,
        record_version=met.batch.version,
        content={"issue": _shown(asked), "quantity": asked.quantity, "overrides": sorted(overridden)},
        roles=signers(Act.OVERRIDE),
        meanings=(Meaning.APPROVED,),
    )
    return signed.id


async def _issue(
    work: Work, met: _Met, lot: Lot, asked: Asked, warnings: tuple[Against, ...], signature_id: int | None
) -> Issued:
    said = {"batch_id": met.batch.id, "lot_id": lot.id, "quantity": asked.quantity, "unit": lot.unit}
    place = {"line": met.line.number if met.line else None, "container_id": met.container.id if met.container else None}
    reason = asked.override.reason if asked.override and signature_id else ""
    about = {"warnings": [*warnings], "override_reason": reason, "signature_id": signature_id, "step_id": asked.step_id}
    made: int | None = await work.scalar(
        SQL["issue"], **said, **place, **about, key=asked.key, actor=work.actor, now=work.now
    )
    if made is None:
        raise KeyOfAnotherScan(key=asked.key)
    zone_id = met.container.zone_id if met.container else asked.zone_id
    cause = Cause(Moved.ISSUE, met.batch.number)
    await stock.consume(work, lot.id, asked.quantity, zone_id=zone_id, container=met.container, cause=cause)
    if met.dispensed is not None:
        await dispensings.consumed(work, met.dispensed, asked.quantity)
    after = {"lot": lot.number, "quantity": asked.quantity, "unit": lot.unit, "warnings": [*warnings]}
    box = {"container": met.container.number} if met.container else {}
    work.audit("batch.issue_material", "batch", met.batch.id, after=after | place | box, reason=reason)
    await work.emit("material.issued", batch_id=met.batch.id, lot_id=lot.id, quantity=str(asked.quantity))
    left = await inventory.lot(work, lot.id)
    return Issued(issue=await accounts.issue(work, made), lot=left, warnings=warnings, again=False)


_TOLD = {
    Against.NOT_FEFO: (Kind.FEFO_OVERRIDE, Severity.MINOR),
    Against.OVER_TOLERANCE: (Kind.OVER_ISSUE, Severity.MAJOR),
}


async def _tell(work: Work, met: _Met, made: Issue, against: Sequence[Against], asked: Asked) -> None:
    """What went on all the same is an exception that the batch's review sees."""
    reason = asked.override.reason if asked.override else ""
    said = {"lot": _shown(asked), "quantity": made.quantity, "unit": made.unit, "line": made.line, "reason": reason}
    for code, (kind, severity) in _TOLD.items():
        if code in against:
            await exceptions.raise_exception(
                work,
                met.batch.id,
                kind,
                severity=severity,
                said=said,
                step_id=asked.step_id,
                key=f"{kind.value}:issue:{made.id}",
            )


async def _again(work: Work, earlier: Issue, met: _Met, quantity: Decimal) -> Issued:
    lot = met.lot
    same = lot is not None and (earlier.batch_id, earlier.lot_id) == (met.batch.id, lot.id)
    if lot is None or not same or earlier.quantity != quantity:
        raise KeyOfAnotherScan(key=earlier.idempotency_key)
    return Issued(issue=earlier, lot=await inventory.lot(work, lot.id), warnings=(), again=True)


def _shown(asked: Asked) -> str:
    return asked.container or asked.lot_number
