"""Weighing and dispensing on a tablet: what batches ask for, one weighing at a time, by the scale's own readings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.batches import records as batches
from mes.batches.model import Batch, BatchStatus
from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import fefo
from mes.inventory import service as inventory
from mes.materials import dispensings, scales, scanning, weighing
from mes.materials import service as materials
from mes.materials.dispensing import DISPENSINGS, Dispensing
from mes.materials.model import Line
from mes.people import service as people
from mes.people.model import Meaning, Role
from mes.plant import service as plant
from mes.sensors import service as sensors
from telemetry.errors import NotFound
from telemetry.work import Work

router = APIRouter(prefix="/dispense")
Crew = Annotated[Caller, Depends(allow(Role.OPERATOR, Role.LEAD, Role.WAREHOUSE))]
Number = Annotated[Decimal, Form(gt=0, max_digits=20, decimal_places=6)]
Needed = Annotated[str, Form(min_length=1)]
RUNNING = (BatchStatus.ISSUED, BatchStatus.IN_EXECUTION)
ENDS = ("return", "destroy", "reject")


class EndUnknown(NotFound):
    """A weighing ends by return, destruction or rejection."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A line of a batch that is weighed, with what is planned and done of it and which lot comes first."""

    batch: Batch
    line: Line
    made: list[Dispensing]
    first: fefo.Pick


@router.get("")
async def overview(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """Lines that are to be weighed, and the scales."""
    around = await frame(request, work, caller)
    found = [each for batch in await batches.batches(work, statuses=RUNNING) for each in await _lines(work, batch)]
    known = await scales.scales(work)
    ready = {point.point_id: await scales.why_not(work, point.point_id) for point in known}
    calibrated = await sensors.calibration_of(work, ready, work.now)
    machines = {each.id: each for each in await plant.equipment(work)}
    view = {"rows": found, "scales": known, "ready": ready, "calibrated": calibrated, "machines": machines}
    return page(request, "dispense.html", around, **view)


async def _lines(work: Work, batch: Batch) -> list[Weighed]:
    zone, made = await plant.time_zone(work), await materials.dispensings(work, batch_id=batch.id)
    found = []
    for line in await materials.lines(work, batch.id):
        if not line.dispense:
            continue
        lots = await inventory.lots(work, item=line.item.code)
        need = max(line.open, Decimal(0))
        first = fefo.pick(lots, need, work.now, zone, min_remaining_days=line.min_remaining_days)
        found.append(Weighed(batch, line, [each for each in made if each.line == line.number], first))
    return found


@router.post("/plan")
async def plan(
    work: Transaction, _: Crew, batch_id: Annotated[int, Form()], line: Annotated[int, Form()], code: Needed
) -> Response:
    """Reserve a scanned lot for a line."""
    scanned = await scanning.material(work, code)
    made = await weighing.plan(work, batch_id, line, scanned.lot.id)
    return done(f"/dispense/{made.id}", "dispensing.planned")


@router.post("/scales/{point_id}/check")
async def check(
    work: Transaction, _: Crew, point_id: int, nominal: Number, tolerance: Number, weight_no: Needed
) -> Response:
    """The daily check with a test weight that lies on the scale now."""
    made = await scales.check_scale(work, point_id, nominal=nominal, tolerance=tolerance, weight_no=weight_no)
    return done("/dispense", "scale.passed" if made.passed else "scale.failed")


@router.get("/{dispensing_id}")
async def one(request: Request, work: Transaction, caller: Signed, dispensing_id: int) -> HTMLResponse:
    """One weighing, with the step that comes next."""
    around = await frame(request, work, caller)
    found = await dispensings.dispensing(work, dispensing_id)
    lot = await inventory.lot(work, found.lot_id)
    view = {
        "row": found,
        "lot": lot,
        "batch": await batches.batch(work, found.batch_id),
        "scales": await scales.scales(work),
        "machines": {each.id: each for each in await plant.equipment(work)},
        "zones": {zone.id: zone for zone in await plant.zones(work)},
        "open_steps": DISPENSINGS.open_steps(found.status),
        "meanings": (Meaning.VERIFIED,),
        "signatures": await people.signatures_of(work, "dispensing", dispensing_id),
        "ends": [end for end in ENDS if end in DISPENSINGS.open_steps(found.status)],
    }
    return page(request, "dispensing.html", around, **view)


@router.post("/{dispensing_id}/tare")
async def tare(
    work: Transaction,
    _: Crew,
    dispensing_id: int,
    code: Needed,
    point_id: Annotated[int, Form()],
    version: Annotated[int, Form()],
) -> Response:
    """The reserved lot is scanned, and the empty container's weight taken from the scale."""
    scanned = await scanning.material(work, code)
    await weighing.tare(
        work,
        dispensing_id,
        lot_number=scanned.lot.number,
        container=scanned.container.number if scanned.container else "",
        point_id=point_id,
        version=version,
    )
    return done(f"/dispense/{dispensing_id}", "dispensing.tared")


@router.post("/{dispensing_id}/weigh")
async def weigh(work: Transaction, _: Crew, dispensing_id: int, version: Annotated[int, Form()]) -> Response:
    """The filled container's weight is taken from the scale."""
    await weighing.weigh(work, dispensing_id, version=version)
    return done(f"/dispense/{dispensing_id}", "dispensing.weighed")


@router.post("/{dispensing_id}/type")
async def type_weight(
    work: Transaction,
    _: Crew,
    dispensing_id: int,
    code: Needed,
    place: Needed,
    tare: Number,
    gross: Number,
    reason: Annotated[str, Form()],
    version: Annotated[int, Form()],
) -> Response:
    """By hand, in the item's unit: an exception of the batch."""
    scanned, found = await scanning.material(work, code), await dispensings.dispensing(work, dispensing_id)
    typed = weighing.Typed(tare=tare, gross=gross, unit=(await inventory.lot(work, found.lot_id)).unit, reason=reason)
    await weighing.type_weight(
        work,
        dispensing_id,
        typed,
        lot_number=scanned.lot.number,
        container=scanned.container.number if scanned.container else "",
        zone_id=(await scanning.place(work, place)).id,
        version=version,
    )
    return done(f"/dispense/{dispensing_id}", "dispensing.weighed")


@router.post("/{dispensing_id}/verify")
async def verify(
    work: Transaction, _: Signed, dispensing_id: int, signed: SignedForm, version: Annotated[int, Form()]
) -> Response:
    """A second person signs."""
    said = {"meaning": signed.meaning, "reason": signed.reason, "version": version}
    await weighing.verify(work, dispensing_id, signed.credentials, **said)  # type: ignore[arg-type]
    return done(f"/dispense/{dispensing_id}", "dispensing.verified")


@router.post("/{dispensing_id}/stage")
async def stage(
    work: Transaction, _: Crew, dispensing_id: int, place: Needed, version: Annotated[int, Form()]
) -> Response:
    """It stands with the batch's other containers."""
    zone = await scanning.place(work, place)
    await weighing.stage(work, dispensing_id, zone_id=zone.id, version=version)
    return done(f"/dispense/{dispensing_id}", "dispensing.staged")


@router.post("/{dispensing_id}/end")
async def end(
    work: Transaction,
    _: Crew,
    dispensing_id: int,
    how: Needed,
    reason: Annotated[str, Form()],
    version: Annotated[int, Form()],
) -> Response:
    """It is not used."""
    if how not in ENDS:
        raise EndUnknown(how=how)
    await weighing.end(work, dispensing_id, how, reason=reason, version=version)
    return done(f"/dispense/{dispensing_id}", "dispensing.ended")
