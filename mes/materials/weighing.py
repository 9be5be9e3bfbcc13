"""Weigh and dispense: a line of a batch is filled, container by container, from the lot that is reserved for it.

The order of the checks: the batch's own copy of the formula, the item, reserved lot = scanned lot, its status and last
day, the scale's calibration and daily check, tare, net within tolerance, a second person, the label (GMP 2010, articles
115 to 117). A weight that is typed instead of read is an exception of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mes.batches import records as batches
from mes.batches.snapshot import record_in
from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind, Severity
from mes.inventory import containers, reservations, stock
from mes.inventory import service as inventory
from mes.inventory.ledger import Cause
from mes.inventory.ledger import Kind as Moved
from mes.inventory.model import Lot
from mes.inventory.standing import Container, Draw, repack
from mes.inventory.usable import why_unusable
from mes.items import service as items
from mes.materials import accounts, dispensings, scales
from mes.materials.accounts import SQL
from mes.materials.dispensing import Dispensing, Facts, Status, within
from mes.materials.model import Line, weighed_as
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.transitions import Refused, StaleVersion
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work


class LineNotFound(NotFound):
    """The order has no such line."""


class LineNotWeighed(Invalid):
    """This line is not weighed: it is issued as it is."""


class TypedWithoutReason(Invalid):
    """Say why the weight is typed instead of read from the scale."""


class ScaleWithoutPlace(Conflict):
    """Nobody has said where this scale stands: give it a zone in the plant folder, or say the place."""


class WeighingRefused(Refused):
    """This may not be weighed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Weights by hand, where no scale can be read."""

    tare: Decimal
    gross: Decimal
    unit: str
    reason: str


async def plan(work: Work, batch_id: int, line_number: int, lot_id: int, quantity: Decimal | None = None) -> Dispensing:
    """Reserve a lot for a line, or for a part of it (in the item's unit, before its assay), to be weighed.

    Raises BatchNotFound, RecordAltered, LineNotFound, LineNotWeighed, WeighingRefused, and as `reserve` does.
    """
    await accounts.lock_batch(work, batch_id)
    line = await _line(work, batch_id, line_number)
    if not line.dispense:
        raise LineNotWeighed(line=line_number)
    lot = await inventory.lot(work, lot_id)
    if lot.item_id != line.item.id:
        raise WeighingRefused("batch", batch_id, "plan_dispensing", ["wrong_item"], lot=lot.number)
    share = stock.positive(line.open if quantity is None else quantity)
    target = weighed_as(share, lot, assay_adjusted=line.assay_adjusted)
    tolerance = {"low": target * (1 - line.under_pct / 100), "high": target * (1 + line.over_pct / 100)}
    kept = await reservations.reserve(work, batch_id, line_number, lot_id, target)
    number = await plant.next_number(work, "DSP")
    facts = {"number": number, "batch_id": batch_id, "line": line_number, "lot_id": lot_id, "target": target}
    made: int = await work.scalar(SQL["plan_dispensing"], **facts, **tolerance, reservation_id=kept.id)
    work.audit("dispensing.plan", "dispensing", made, after=facts | tolerance | {"lot": lot.number})
    return await dispensings.dispensing(work, made)


async def tare(
    work: Work,
    dispensing_id: int,
    *,
    lot_number: str,
    container: str = "",
    point_id: int,
    zone_id: int | None = None,
    version: int,
) -> Dispensing:
    """Scan the lot and take the empty container's weight from the scale. `zone_id`: where; the scale's own unless said.

    Raises StaleVersion, WeighingRefused with the reasons in order, ScaleSilent, ScaleUnsteady, NotAScale,
    ScaleWithoutPlace.
    """
    before, lot, source = await _ready(work, dispensing_id, lot_number, container, version)
    point = await scales.scale(work, point_id)
    where = point.zone_id if zone_id is None else zone_id
    if where is None:
        raise ScaleWithoutPlace(point=point.name)
    if against := await scales.why_not(work, point_id):
        raise WeighingRefused("dispensing", dispensing_id, "tare", against, scale=point.name)
    shown = await scales.steady_weight(work, point)
    return await dispensings.step(
        work,
        before,
        "tare",
        await _facts(work, before),
        tare=await items.convert_of(work, lot.item, shown.value, shown.unit, lot.unit),
        point_id=point_id,
        zone_id=(await plant.zone(work, where)).id,
        source_id=source.id if source else None,
        evidence={"tare": shown.told()},
    )


async def weigh(work: Work, dispensing_id: int, *, version: int) -> Dispensing:
    """Take the filled container's weight from the same scale; net within tolerance, or nothing changes.

    Raises StaleVersion, Refused, ScaleSilent, ScaleUnsteady, and what takes stock raises.
    """
    before = await _current(work, dispensing_id, version)
    lot = await _usable(work, before, "weigh")
    if before.point_id is None or before.tare is None:
        raise WeighingRefused("dispensing", dispensing_id, "weigh", ["tare_is_taken"])
    shown = await scales.steady_weight(work, await scales.scale(work, before.point_id))
    gross = await items.convert_of(work, lot.item, shown.value, shown.unit, lot.unit)
    return await _fill(work, before, lot, before.tare, gross, dict(before.evidence) | {"gross": shown.told()})


async def type_weight(
    work: Work, dispensing_id: int, typed: Typed, *, lot_number: str, container: str = "", zone_id: int, version: int
) -> Dispensing:
    """Weights by hand: possible, and an exception of the batch. Raises as `tare` and `weigh`, TypedWithoutReason."""
    if not typed.reason.strip():
        raise TypedWithoutReason
    before, lot, source = await _ready(work, dispensing_id, lot_number, container, version)
    empty, full = [
        await items.convert_of(work, lot.item, each, typed.unit, lot.unit) for each in (typed.tare, typed.gross)
    ]
    told: dict[str, object] = {"typed": True, "reason": typed.reason.strip()}
    place = {"zone_id": (await plant.zone(work, zone_id)).id, "source_id": source.id if source else None}
    tared = await dispensings.step(
        work, before, "tare", await _facts(work, before), tare=empty, point_id=None, evidence=told, **place
    )
    weighed = await _fill(work, tared, lot, empty, full, told)
    said = {
        "dispensing": before.number,
        "lot": lot.number,
        "net": weighed.net,
        "unit": lot.unit,
        "reason": typed.reason,
    }
    await exceptions.raise_exception(
        work,
        before.batch_id,
        Kind.MANUAL_OVERRIDE,
        severity=Severity.MAJOR,
        said=said | {"reason": typed.reason},
        key=f"typed_weight:{before.id}",
    )
    return weighed


async def verify(
    work: Work, dispensing_id: int, credentials: Credentials, *, meaning: Meaning | str, reason: str, version: int
) -> Dispensing:
    """Another person checks item, lot and weight, and signs. Raises StaleVersion, Refused, SameSigner."""
    before = await _current(work, dispensing_id, version)
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="dispensing",
        record_id=dispensing_id,
        record_version=version,
        content=before.content,
        roles=signers(Act.VERIFY),
        meanings=(Meaning.VERIFIED,),
        not_by=[before.weigher_id],
    )
    facts = Facts(signed=True, second_person=signed.person_id != before.weigher_id)
    return await dispensings.step(work, before, "verify", facts, signature_id=signed.id)


async def stage(work: Work, dispensing_id: int, *, zone_id: int, version: int) -> Dispensing:
    """Bring it to where the batch's other containers stand (GMP 2010, article 117). Raises StaleVersion, Refused."""
    before = await _current(work, dispensing_id, version)
    others = await dispensings.dispensings(work, batch_id=before.batch_id, statuses=[Status.STAGED])
    places = [(await _box(work, other)).zone_id for other in others if other.id != before.id]
    facts = Facts(together=all(place == zone_id for place in places))
    after = await dispensings.step(work, before, "stage", facts)
    box = await _box(work, before)
    if box.zone_id != zone_id:
        await containers.move(work, box.id, to_zone_id=zone_id, reason=before.number)
    return after


async def end(work: Work, dispensing_id: int, how: str, *, reason: str, version: int) -> Dispensing:
    """Return its content to free stock, destroy it, or reject it. Raises StaleVersion, Refused."""
    before = await _current(work, dispensing_id, version)
    after = await dispensings.step(work, before, how, Facts(reason=reason), ended_reason=reason.strip())
    if before.reservation_id is not None:
        await reservations.end(work, before.reservation_id, f"{how}: {before.number}")
    if how == "destroy":
        box = await _box(work, before)
        cause = Cause(Moved.DESTRUCTION, before.number)
        await stock.consume(work, before.lot_id, box.quantity, zone_id=box.zone_id, container=box, cause=cause)
    return after


async def _ready(
    work: Work, dispensing_id: int, lot_number: str, container: str, version: int
) -> tuple[Dispensing, Lot, Container | None]:
    """What was scanned is what is reserved, and may be used."""
    before = await _current(work, dispensing_id, version)
    box = await containers.container_named(work, container) if container else None
    scanned = await (inventory.lot(work, box.lot_id) if box else inventory.lot_named(work, lot_number))
    if scanned is None or scanned.id != before.lot_id:
        failed = "unknown_lot" if scanned is None else "lot_is_the_reserved_one"
        raise WeighingRefused("dispensing", dispensing_id, "tare", [failed], lot=container or lot_number)
    return before, await _usable(work, before, "tare"), box


async def _usable(work: Work, before: Dispensing, step: str) -> Lot:
    await stock.lock(work, [before.lot_id])
    lot = await inventory.lot(work, before.lot_id)
    await _line(work, before.batch_id, before.line)  # the formula is still the one that was released
    against: Sequence[str] = why_unusable(lot, work.now, await plant.time_zone(work))
    if against:
        raise WeighingRefused("dispensing", before.id, step, against, lot=lot.number)
    return lot


async def _fill(
    work: Work, before: Dispensing, lot: Lot, empty: Decimal, full: Decimal, evidence: Mapping[str, object]
) -> Dispensing:
    net = full - empty
    facts = await _facts(work, before, is_within=within(net, before.low, before.high))
    who = {"weighed_by": work.actor, "weighed_at": work.now, "weigher_id": await _person(work)}
    if facts.within:
        made = await _pack(work, before, lot, net)
        who = who | {"container_id": made.id}
    return await dispensings.step(
        work, before, "weigh", facts, tare=empty, gross=full, net=net, evidence=evidence, **who
    )


async def _pack(work: Work, before: Dispensing, lot: Lot, net: Decimal) -> Container:
    """A container of its own at the scale, filled from the source or from what stands loose."""
    source = await containers.container(work, before.source_id) if before.source_id else None
    if before.zone_id is None:
        raise stock.PlaceNotSaid(lot_id=lot.id)
    place = source.zone_id if source else (await _where(work, lot, before.zone_id, net))
    if source is not None and net > source.quantity:
        raise containers.TooMuchForContainer(container=source.number, quantity=net, there=source.quantity)
    made = await containers.add(work, before.number, lot.id, place, parent_id=source.id if source else None)
    await repack(work, Draw(source, net), lot.id, place, made.id, Cause(Moved.WEIGHING, before.number))
    if place != before.zone_id:
        return await containers.move(work, made.id, to_zone_id=before.zone_id, reason=before.number)
    return await containers.container(work, made.id)


async def _where(work: Work, lot: Lot, zone_id: int, net: Decimal) -> int:
    """Where enough of the lot stands loose: at the scale if it can be, else where most of it does."""
    packed = await containers.containers(work, [lot.id])
    loose = {
        stay.zone_id: stay.quantity - sum((c.quantity for c in packed if c.zone_id == stay.zone_id), Decimal(0))
        for stay in await inventory.standings(work, [lot.id], now_only=True)
    }
    enough = sorted((q, z) for z, q in loose.items() if q >= net)
    if not enough:
        raise stock.NotStandingThere(lot_id=lot.id, quantity=net, loose=max(loose.values(), default=Decimal(0)))
    return zone_id if loose.get(zone_id, Decimal(0)) >= net else enough[-1][1]


async def _current(work: Work, dispensing_id: int, version: int) -> Dispensing:
    found = await dispensings.dispensing(work, dispensing_id)
    await accounts.lock_batch(work, found.batch_id)
    before = await dispensings.locked(work, dispensing_id)
    if before.version != version:
        raise StaleVersion("dispensing", dispensing_id, yours=version, current=before.version)
    return before


async def _facts(work: Work, before: Dispensing, *, is_within: bool = True) -> Facts:
    kept = await reservations.reservations(work, batch_id=before.batch_id)
    return Facts(reserved=any(r.id == before.reservation_id and r.stands for r in kept), within=is_within)


async def _line(work: Work, batch_id: int, number: int) -> Line:
    record_in(await batches.batch(work, batch_id))
    found = next((line for line in await accounts.lines(work, batch_id) if line.number == number), None)
    if found is None:
        raise LineNotFound(batch_id=batch_id, line=number)
    return found


async def _box(work: Work, filled: Dispensing) -> Container:
    if filled.container_id is None:
        raise WeighingRefused("dispensing", filled.id, "use", ["it_is_weighed"])
    return await containers.container(work, filled.container_id)


async def _person(work: Work) -> int | None:
    """Who is signed in; None: a program."""
    return next((each.id for each in await people.people(work) if each.username == work.actor), None)
