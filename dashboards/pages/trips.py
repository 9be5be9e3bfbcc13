"""Trips: which are under way, wait for receiving, or are done; and one trip with its scans, record and signature."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import Frame, frame
from dashboards.message import done
from dashboards.pages.trends import between
from dashboards.render import page
from dashboards.reports.trip import record_gaps
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.model import Meaning, Role, Verified
from mes.plant import service as plant
from mes.quality import excursions
from mes.shipments import service as shipments
from mes.trips import service as trips
from mes.trips.arming import VEHICLE
from mes.trips.model import MACHINE, ON_THE_ROAD, OVER, Plan, Status, Trip, TripRecord
from mes.trips.readiness import PRECOOL
from mes.trips.receiving import MEANINGS, RECEIVERS
from mes.trips.rows import aboard
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

router = APIRouter(prefix="/trips")
Handler = Annotated[Caller, Depends(allow(*RECEIVERS))]
SHOWN = {"open": ON_THE_ROAD, "waiting": (Status.ARRIVED,), "done": OVER}
STEPS = (Status.PLANNED, Status.LOADING, Status.UNDER_WAY, Status.ARRIVED, Status.ACCEPTED)
_BY_BUTTON = ("begin_loading", "depart", "arrive", "cancel")
_LOADING = frozenset({Status.LOADING, Status.UNDER_WAY})
_UNLOADING = frozenset({Status.LOADING, Status.ARRIVED, Status.ACCEPTED, Status.REFUSED})
_A_PAGE = 50


class TripStepUnknown(NotFound):
    """A trip knows no such step."""


class TimeUnreadable(Invalid):
    """A time is written as day and time of day, as 2026-01-15T09:20."""


class QuantityUnreadable(Invalid):
    """A quantity is a number, as 120 or 12.5; leave it empty for all of it."""


@router.get("")
async def list_of_trips(
    request: Request, work: Transaction, caller: Signed, show: str = "open", below: int | None = None
) -> HTMLResponse:
    """Under way, waiting for receiving, or done; and the form to plan one."""
    around = await frame(request, work, caller)
    shown = show if show in SHOWN else "open"
    found = await trips.trips(work, statuses=SHOWN[shown], below=below, limit=_A_PAGE)
    scans = await trips.scans(work, [trip.id for trip in found])
    view = {
        "rows": found,
        "lots": {trip.id: len({s.lot_id for s in scans if s.trip_id == trip.id}) for trip in found},
        "zones": {zone_id: await plant.zone(work, zone_id) for zone_id in {trip.zone_id for trip in found}},
        "vehicles": [zone for zone in await plant.zones(work) if zone.kind == VEHICLE],
        "waiting": len(await trips.trips(work, statuses=SHOWN["waiting"])),
        "shown": shown,
        "may_plan": around.has(*RECEIVERS),
        "more": found[-1].id if len(found) == _A_PAGE else None,
    }
    return page(request, "trips.html", around, **view)


@router.post("")
async def plan(
    work: Transaction,
    _: Handler,
    vehicle: Annotated[str, Form()],
    origin: Annotated[str, Form()],
    destination: Annotated[str, Form()],
    planned_departure: Annotated[str, Form()],
    planned_arrival: Annotated[str, Form()],
    carrier: Annotated[str, Form()] = "",
    escort: Annotated[str, Form()] = "",
) -> Response:
    """Plan a trip; times are the plant's."""
    zone = await plant.time_zone(work)
    leaves, comes = _here(planned_departure, zone), _here(planned_arrival, zone)
    if leaves is None or comes is None:
        raise TimeUnreadable
    asked = Plan(
        vehicle=vehicle,
        origin=origin.strip(),
        destination=destination.strip(),
        planned_departure=leaves,
        planned_arrival=comes,
        carrier=carrier.strip(),
        escort=escort.strip(),
    )
    return done(f"/trips/{(await trips.plan(work, asked)).id}", "trip.planned")


@router.get("/{trip_id}")
async def one_trip(request: Request, work: Transaction, caller: Signed, trip_id: int) -> HTMLResponse:
    """One trip."""
    around = await frame(request, work, caller)
    found = await trips.trip(work, trip_id)
    records = await trips.records(work, trip_id)
    view = {
        "trip": found,
        "vehicle": await plant.zone(work, found.zone_id),
        "steps": STEPS,
        "open_steps": _open_steps(found, around, records),
        "readiness": await trips.readiness(work, found.zone_id) if found.status is Status.PLANNED else None,
        "record": records[-1] if records else None,
        "records": records,
        "gaps": await record_gaps(work, found.zone_id, records[-1]) if records else (),
        "meanings": MEANINGS | {"override_readiness": (Meaning.APPROVED,)},
        "query": await _curve(work, found),
        "live": found.status in ON_THE_ROAD,
        "excursions": await _excursions(work, found),
        "shipments": await shipments.shipments(work, trip_id=trip_id),
        "signatures": await _signatures(work, found, records),
        "trail": await audit.entries(work, entity="trip", entity_id=trip_id, limit=50),
        "may_scan": around.has(*RECEIVERS),
        "loads": found.status in _LOADING,
        "unloads": found.status in _UNLOADING,
    }
    return page(request, "trip.html", around, **view, **await _cargo(work, found))


async def _signatures(work: Work, found: Trip, records: list[TripRecord]) -> list[Verified]:
    """Each held against the trip and its latest record: readings that came later made another one."""
    content: dict[str, object] = {"number": found.number}
    if records:
        last = records[-1]
        content |= {"record": last.version, "sha256": last.sha256, "conforms": last.conforms}
    return await people.verified_signatures_of(work, "trip", found.id, content, of_the_act=("step", "precooled"))


def _open_steps(found: Trip, around: Frame, records: list[TripRecord]) -> list[str]:
    """What the state offers to this person."""
    if not around.has(*RECEIVERS):
        return []
    offered = [step for step in MACHINE.open_steps(found.status) if step != "reopen"]
    needs_qa = found.status is Status.REFUSED or bool(records and not records[-1].conforms)
    for_qa = {"override_readiness", *(["accept"] if needs_qa else [])}
    return [step for step in offered if step not in for_qa or around.has(Role.QA)]


async def _cargo(work: Work, found: Trip) -> dict[str, Any]:
    scans = await trips.scans(work, [found.id])
    ids = sorted({scan.lot_id for scan in scans})
    zones = {zone.id: zone for zone in await plant.zones(work)}
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=ids)} if ids else {}
    places = [zone for zone in zones.values() if zone.kind != VEHICLE]
    return {"scans": list(reversed(scans)), "lots": lots, "aboard": aboard(scans), "zones": zones, "places": places}


async def _curve(work: Work, found: Trip) -> str:
    """Address of the curves of the vehicle's judged probes, from the time of pre-cooling on; empty once called off."""
    if found.status is Status.CANCELLED:
        return ""
    points = [p for p in await plant.points_in(work, found.zone_id) if p.policy is not None]
    chosen = "".join(f"point={p.point_id}&" for p in points[:4])
    return chosen + between((found.loading_at or work.now) - PRECOOL, found.arrived_at)


async def _excursions(work: Work, found: Trip) -> list[Any]:
    """Excursions of the vehicle in the time of the trip."""
    start, end = found.loading_at, found.arrived_at or work.now
    if start is None:
        return []
    known = await excursions.excursions(work, zone_id=found.zone_id)
    return [e for e in known if e.started_at <= end and (e.ended_at is None or e.ended_at >= start)]


@router.post("/{trip_id}/scan")
async def scan(
    trip_id: int,
    work: Transaction,
    _: Handler,
    lot: Annotated[str, Form()],
    direction: Annotated[str, Form()] = "load",
    quantity: Annotated[str, Form()] = "",
    to_zone_id: Annotated[int | None, Form()] = None,
    at: Annotated[str, Form()] = "",
) -> Response:
    """A lot goes in, or out: what the scanner typed, and Enter."""
    when, amount = _here(at, await plant.time_zone(work)), _quantity(quantity)
    if direction == "unload" and to_zone_id is not None:
        await trips.unload(work, trip_id, lot, to_zone_id=to_zone_id, quantity=amount, at=when)
        return done(f"/trips/{trip_id}", "trip.unloaded")
    await trips.load(work, trip_id, lot, quantity=amount, at=when)
    return done(f"/trips/{trip_id}", "trip.loaded")


@router.post("/{trip_id}/override_readiness")
async def override(
    trip_id: int, work: Transaction, _: Handler, version: Annotated[int, Form()], signed: SignedForm
) -> Response:
    """QA lets loading begin, signed."""
    await trips.override_readiness(work, trip_id, version=version, **_signature(signed))
    return done(f"/trips/{trip_id}", "trip.changed")


@router.post("/{trip_id}/accept")
async def accept(
    trip_id: int,
    work: Transaction,
    _: Handler,
    version: Annotated[int, Form()],
    record_version: Annotated[int, Form()],
    signed: SignedForm,
) -> Response:
    """Take the goods over, signed."""
    await trips.accept(work, trip_id, version=version, record_version=record_version, **_signature(signed))
    return done(f"/trips/{trip_id}", "trip.accepted")


@router.post("/{trip_id}/refuse")
async def refuse(
    trip_id: int,
    work: Transaction,
    _: Handler,
    version: Annotated[int, Form()],
    record_version: Annotated[int, Form()],
    signed: SignedForm,
) -> Response:
    """Don't take the goods over, signed."""
    await trips.refuse(work, trip_id, version=version, record_version=record_version, **_signature(signed))
    return done(f"/trips/{trip_id}", "trip.refused")


def _signature(signed: SignedForm) -> dict[str, Any]:
    return {"credentials": signed.credentials, "meaning": signed.meaning, "reason": signed.reason}


@router.post("/{trip_id}/{step}")
async def take_step(
    trip_id: int,
    step: str,
    work: Transaction,
    _: Handler,
    version: Annotated[int, Form()],
    note: Annotated[str, Form()] = "",
    at: Annotated[str, Form()] = "",
) -> Response:
    """One step further."""
    if step not in _BY_BUTTON:
        raise TripStepUnknown(step=step)
    match step:
        case "begin_loading":
            await trips.begin_loading(work, trip_id, version=version)
        case "depart":
            await trips.depart(work, trip_id, version=version)
        case "arrive":
            await trips.arrive(work, trip_id, version=version, at=_here(at, await plant.time_zone(work)))
        case "cancel":
            await trips.cancel(work, trip_id, version=version, note=note)
    return done(f"/trips/{trip_id}", "trip.changed")


def _here(text: str, zone: ZoneInfo) -> datetime | None:
    """A moment as a browser's field tells it, in the plant's zone; None: nothing was said. Raises TimeUnreadable."""
    if not text.strip():
        return None
    try:
        told = datetime.fromisoformat(text.strip())
        return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TimeUnreadable from error


def _quantity(text: str) -> Decimal | None:
    """Raises QuantityUnreadable."""
    if not text.strip():
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation as error:
        raise QuantityUnreadable from error
