"""Trips over HTTP: plan, load and unload by scan, depart, arrive, and receiving's signature."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.inventory.api import Id, Quantity
from mes.moments import Moment
from mes.people.model import Credentials, Meaning, Role
from mes.trips import service
from mes.trips.model import MACHINE, Plan, Scan, Status, Trip, TripRecord
from mes.trips.rows import RecordNotFound, aboard
from telemetry.work import Work

router = APIRouter(prefix="/trips", tags=["trips"])
PLANNERS = (Role.WAREHOUSE, Role.LEAD, Role.QA)
Handler = Annotated[Caller, Depends(allow(*PLANNERS))]
TripId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlanBody(Body):
    vehicle: str = Field(min_length=1)
    origin: str = Field(min_length=1)
    destination: str = Field(min_length=1)
    planned_departure: Moment
    planned_arrival: Moment
    carrier: str = ""
    escort: str = ""


class StepBody(Body):
    """`version` always; `at` where the arrival was earlier, `note` where a trip is called off."""

    version: int
    at: Moment | None = None
    note: str = ""


class LoadBody(Body):
    lot: str = Field(min_length=1)  # its number, or what the scanner read
    quantity: Quantity | None = None  # default: all that stands there
    from_zone_id: Id | None = None
    at: Moment | None = None  # when it happened, where it is told late


class UnloadBody(Body):
    lot: str = Field(min_length=1)
    to_zone_id: Id
    quantity: Quantity | None = None
    at: Moment | None = None


class SignedBody(Body):
    version: int
    username: str | None = None  # default: who is signed in
    password: str = Field(repr=False)
    meaning: Meaning
    reason: str

    def credentials(self, caller: Caller) -> Credentials:
        """Who signs, and from where."""
        return Credentials(self.username or caller.name, self.password, caller.terminal)


class JudgementBody(SignedBody):
    record_version: int  # the version of the record that was looked at


@router.get("")
async def list_trips(
    work: Transaction,
    _: Signed,
    status: Annotated[list[Status] | None, Query()] = None,
    zone_id: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    cursor: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Trips, newest first."""
    found = await service.trips(work, statuses=status, zone_id=zone_id, below=cursor, limit=limit)
    return {"items": [trip_json(each) for each in found], "next": found[-1].id if len(found) == limit else None}


@router.post("", status_code=201)
async def plan_trip(body: PlanBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Plan a trip of a vehicle."""
    return trip_json(await service.plan(work, Plan(**body.model_dump())))


@router.get("/{trip_id}")
async def show_trip(trip_id: TripId, work: Transaction, _: Signed) -> dict[str, Any]:
    """One trip with its scans, what is aboard, and the newest version of its record."""
    return await _whole(work, trip_id)


@router.get("/{trip_id}/readiness")
async def show_readiness(trip_id: TripId, work: Transaction, _: Signed) -> dict[str, Any]:
    """What the vehicle's probes said in the last half hour: whether loading may begin now."""
    found = await service.trip(work, trip_id)
    seen = await service.readiness(work, found.zone_id)
    return seen.told()


@router.get("/{trip_id}/records")
async def list_records(trip_id: TripId, work: Transaction, _: Signed) -> dict[str, Any]:
    """All versions of the record; none is ever changed."""
    await service.trip(work, trip_id)
    return {"items": [record_json(each) for each in await service.records(work, trip_id)], "next": None}


@router.get("/{trip_id}/records/{version}")
async def show_record(
    trip_id: TripId, version: Annotated[int, Path(ge=1, le=2**31 - 1)], work: Transaction, _: Signed
) -> dict[str, Any]:
    """One version of the record."""
    await service.trip(work, trip_id)
    for each in await service.records(work, trip_id):
        if each.version == version:
            return record_json(each)
    raise RecordNotFound(trip_id=trip_id, version=version)


@router.post("/{trip_id}/load", status_code=201)
async def load(trip_id: TripId, body: LoadBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Load a lot by its scan; `at`: when it happened, where it is told late."""
    told = body.model_dump(exclude={"lot"})
    return scan_json(await service.load(work, trip_id, body.lot, **told))


@router.post("/{trip_id}/unload", status_code=201)
async def unload(trip_id: TripId, body: UnloadBody, work: Transaction, _: Handler) -> dict[str, Any]:
    """Unload a lot to a place."""
    told = body.model_dump(exclude={"lot"})
    return scan_json(await service.unload(work, trip_id, body.lot, **told))


@router.post("/{trip_id}/override-readiness")
async def override(trip_id: TripId, body: SignedBody, work: Transaction, caller: Signed) -> dict[str, Any]:
    """QA lets loading begin in a vehicle that was not cold for long enough, signed."""
    await service.override_readiness(
        work,
        trip_id,
        version=body.version,
        credentials=body.credentials(caller),
        meaning=body.meaning,
        reason=body.reason,
    )
    return await _whole(work, trip_id)


@router.post("/{trip_id}/accept")
async def accept(trip_id: TripId, body: JudgementBody, work: Transaction, caller: Signed) -> dict[str, Any]:
    """Take the goods over, signed. A record that does not conform: QA only."""
    return await _judge(work, trip_id, "accept", body, caller)


@router.post("/{trip_id}/refuse")
async def refuse(trip_id: TripId, body: JudgementBody, work: Transaction, caller: Signed) -> dict[str, Any]:
    """Don't take the goods over, signed: its lots are on hold, QA finds a deviation."""
    return await _judge(work, trip_id, "refuse", body, caller)


@router.post("/{trip_id}/{step}")
async def take_step(
    trip_id: TripId,
    step: Literal["begin-loading", "depart", "arrive", "cancel"],
    body: StepBody,
    work: Transaction,
    _: Handler,
) -> dict[str, Any]:
    """Take the trip a step further."""
    match step:
        case "begin-loading":
            await service.begin_loading(work, trip_id, version=body.version)
        case "depart":
            await service.depart(work, trip_id, version=body.version)
        case "arrive":
            await service.arrive(work, trip_id, version=body.version, at=body.at)
        case "cancel":
            await service.cancel(work, trip_id, version=body.version, note=body.note)
    return await _whole(work, trip_id)


async def _judge(work: Work, trip_id: int, step: str, body: JudgementBody, caller: Caller) -> dict[str, Any]:
    judge = service.accept if step == "accept" else service.refuse
    await judge(
        work,
        trip_id,
        version=body.version,
        record_version=body.record_version,
        credentials=body.credentials(caller),
        meaning=body.meaning,
        reason=body.reason,
    )
    return await _whole(work, trip_id)


async def _whole(work: Work, trip_id: int) -> dict[str, Any]:
    found = await service.trip(work, trip_id)
    scans, records = await service.scans(work, [trip_id]), await service.records(work, trip_id)
    inside = {str(lot_id): f"{quantity.normalize():f}" for lot_id, quantity in aboard(scans).items()}
    told = {"scans": [scan_json(scan) for scan in scans], "aboard": inside}
    return trip_json(found) | told | {"record": record_json(records[-1]) if records else None}


def trip_json(found: Trip) -> dict[str, Any]:
    """A trip as programs see it, with the steps that its state offers."""
    told = asdict(found)
    del told["looked_id"]
    return told | {"steps": [step for step in MACHINE.open_steps(found.status) if step != "reopen"]}


def scan_json(scan: Scan) -> dict[str, Any]:
    """A scan as programs see it."""
    return asdict(scan) | {"quantity": f"{scan.quantity.normalize():f}"}


def record_json(record: TripRecord) -> dict[str, Any]:
    """A version of a record; `sha256` is of its content's canonical form."""
    return asdict(record)
