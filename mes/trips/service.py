"""What other slices ask of trips, and what people do with them: plan, load, depart, arrive, cancel; then receiving."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from mes.inventory import service as inventory
from mes.inventory import stock
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.transitions import Refused
from mes.trips.arming import ON_AND_ON as ON_AND_ON
from mes.trips.arming import VEHICLE
from mes.trips.arming import armed as armed
from mes.trips.loading import load as load
from mes.trips.loading import unload as unload
from mes.trips.model import MACHINE, Facts, Plan, Trip
from mes.trips.readiness import Readiness, judged_points
from mes.trips.readiness import readiness as readiness
from mes.trips.receiving import accept as accept
from mes.trips.receiving import recheck as recheck
from mes.trips.receiving import refuse as refuse
from mes.trips.receiving import renew as renew
from mes.trips.rows import SQL, aboard, locked, there, told, write_step
from mes.trips.rows import records as records
from mes.trips.rows import scans as scans
from mes.trips.rows import trip as trip
from mes.trips.rows import trips as trips
from telemetry.errors import Invalid
from telemetry.work import Work


class NotAVehicle(Invalid):
    """A trip is made by a vehicle: this zone is none."""


class PlanMakesNoSense(Invalid):
    """A trip needs where from, where to, and an arrival after its departure."""


class NotReadyForLoading(Refused):
    """This vehicle can't be loaded yet: look at the figures of its probes."""


async def plan(work: Work, asked: Plan) -> Trip:
    """Plan a trip. Raises ZoneNotFound, NotAVehicle, PlanMakesNoSense, VehicleWithoutLimits."""
    vehicle = await plant.zone_named(work, asked.vehicle)
    if vehicle.kind != VEHICLE:
        raise NotAVehicle(vehicle=asked.vehicle, kind=vehicle.kind)
    if not asked.origin.strip() or not asked.destination.strip() or asked.planned_arrival <= asked.planned_departure:
        raise PlanMakesNoSense
    await judged_points(work, vehicle.id, work.now)
    facts = {name: value for name, value in asdict(asked).items() if name != "vehicle"} | {"zone_id": vehicle.id}
    number = await plant.next_number(work, "TRIP")
    made = there(await work.one(SQL["plan"], Trip, **facts, number=number, actor=work.actor, now=work.now), 0)
    work.audit("trip.plan", "trip", made.id, after=told(made))
    await work.emit("trip.planned", trip_id=made.id, number=number, zone_id=vehicle.id)
    return made


async def begin_loading(work: Work, trip_id: int, *, version: int) -> Trip:
    """Let loading begin in a vehicle that is cold. Raises TripNotFound, StaleVersion, NotReadyForLoading (figures)."""
    before = await locked(work, trip_id, version)
    seen = await readiness(work, before.zone_id)
    row = await _allowed(work, before, "begin_loading", seen)
    return await write_step(work, before, "begin_loading", row, precooled=seen.told(), loading_at=work.now)


async def override_readiness(
    work: Work, trip_id: int, *, version: int, credentials: Credentials, meaning: Meaning | str, reason: str
) -> Trip:
    """QA lets loading begin, signed: the vehicle was not cold for long enough, or a certificate is not on record.

    Raises as `begin_loading` does, and what `people.sign` raises.
    """
    before = await locked(work, trip_id, version)
    seen = await readiness(work, before.zone_id)
    row = await _allowed(work, before, "override_readiness", seen)
    signature = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="trip",
        record_id=trip_id,
        record_version=before.version,
        content={"number": before.number, "step": "override_readiness", "precooled": seen.told()},
        roles=signers(Act.JUDGE),
        meanings=(Meaning.APPROVED,),
    )
    told_too = seen.told() | {"overridden_by": signature.printed_name, "signature": signature.id, "reason": reason}
    changes = {"precooled": told_too, "loading_at": work.now}
    return await write_step(work, before, "override_readiness", row, reason=reason, **changes)


async def depart(work: Work, trip_id: int, *, version: int) -> Trip:
    """The vehicle leaves. Raises TripNotFound, StaleVersion, Refused."""
    before = await locked(work, trip_id, version)
    row = MACHINE.step("depart", trip_id, before.status, await _facts(work, before))
    return await write_step(work, before, "depart", row.target, departed_at=work.now)


async def arrive(work: Work, trip_id: int, *, version: int, at: datetime | None = None) -> Trip:
    """The vehicle has arrived, now or when it is said; its record is made.

    Raises TripNotFound, StaleVersion, Refused, ArrivedOutOfOrder.
    """
    before = await locked(work, trip_id, version)
    row = MACHINE.step("arrive", trip_id, before.status, Facts())
    when = at or work.now
    if not (before.departed_at or when) <= when <= work.now:
        raise ArrivedOutOfOrder(at=when, departed_at=before.departed_at)
    await write_step(work, before, "arrive", row.target, arrived_at=when)
    await renew(work, trip_id, "arrived")
    return await trip(work, trip_id)


class ArrivedOutOfOrder(Invalid):
    """A vehicle arrives after it left, and not in the future."""


async def cancel(work: Work, trip_id: int, *, version: int, note: str) -> Trip:
    """Call a trip off that carries nothing. Raises TripNotFound, StaleVersion, Refused."""
    before = await locked(work, trip_id, version)
    row = MACHINE.step("cancel", trip_id, before.status, await _facts(work, before, note=note))
    return await write_step(work, before, "cancel", row.target, reason=note)


async def hold_still(work: Work, trip_id: int) -> Trip:
    """One trip, held to the end of the work: for who counts on its state. Raises TripNotFound."""
    return await locked(work, trip_id)


async def _allowed(work: Work, before: Trip, step: str, seen: Readiness) -> str:
    """The state that the step leads to. Raises NotReadyForLoading."""
    facts = Facts(
        is_precooled=seen.is_precooled,
        is_calibrated=seen.is_calibrated,
        calibration_is_doubtful=seen.is_doubtful,
        enough_points_live=seen.has_enough_points,
        another_is_open=bool(await work.scalar(SQL["other_open"], zone_id=before.zone_id, id=before.id)),
    )
    try:
        return MACHINE.step(step, before.id, before.status, facts).target
    except Refused as refused:
        raise NotReadyForLoading("trip", before.id, step, refused.failed, detail=seen.in_words()) from refused


async def _facts(work: Work, before: Trip, note: str = "") -> Facts:
    carried = list(aboard(await scans(work, [before.id])))
    await stock.lock(work, carried)  # who holds one of them at this moment comes before, or after the vehicle has left
    held = await inventory.lots(work, lot_ids=carried, hold=True)
    return Facts(lots_aboard=len(carried), held_aboard=len(held), note=note)
