"""Two trips of the demo plant: one under way with what stands in truck 1, one that waits for receiving in truck 2.

The lots are those that the opening stock has put into the trucks. Told in days before the first start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.inventory import service as inventory
from mes.trips import service as trips
from mes.trips.loading import bind
from mes.trips.model import Direction, Plan, Status, Trip
from mes.trips.rows import write_step
from telemetry.work import Pool, Work, begin

ACTOR = "demo"
REASON = "opening state of the demo plant"


@dataclass(frozen=True, slots=True)
class Journey:
    """A truck's way; days before the start, None: still on the road."""

    vehicle: str
    destination: str
    escort: str
    loading: float
    departure: float
    arrival: float | None
    lots: tuple[str, ...]


JOURNEYS = (
    Journey(
        "truck-1",
        "广州配送中心 Guangzhou hub",
        "一号车司机 driver of truck 1",
        0.42,
        0.38,
        None,
        ("PEN-2610-05", "PEN-2610-09", "PEN-2610-10"),
    ),
    Journey(
        "truck-2",
        "海口中心药库 Haikou depot",
        "二号车司机 driver of truck 2",
        0.37,
        0.34,
        0.02,
        ("PEN-2610-06", "PEN-2610-08"),
    ),
)


async def send_trucks(pool: Pool, started: datetime) -> None:
    """Put the trips on record; a plant that has any is left as it is. The past's readings must be stored."""
    async with begin(pool, ACTOR, started) as work:
        if await trips.trips(work, limit=1):
            return
    for journey in JOURNEYS:
        await _send(pool, started, journey)


async def _send(pool: Pool, started: datetime, journey: Journey) -> None:
    def at(days: float) -> datetime:
        return started - timedelta(days=days)

    async with begin(pool, ACTOR, at(journey.loading)) as work:
        found = await trips.plan(work, _plan(journey, at(journey.departure)))
        seen = (await trips.readiness(work, found.zone_id)).told()
        facts = {"precooled": seen, "loading_at": work.now}
        found = await write_step(work, found, "begin_loading", Status.LOADING, reason=REASON, **facts)
    async with begin(pool, ACTOR, at(journey.departure)) as work:
        for number in journey.lots:
            await _bind(work, found, number)
        await trips.depart(work, found.id, version=(await trips.trip(work, found.id)).version)
    if journey.arrival is None:
        return
    async with begin(pool, ACTOR, at(journey.arrival)) as work:
        await trips.arrive(work, found.id, version=(await trips.trip(work, found.id)).version)


def _plan(journey: Journey, departure: datetime) -> Plan:
    return Plan(
        vehicle=journey.vehicle,
        origin="海南工厂 Hainan plant",
        destination=journey.destination,
        carrier="示范承运商 Demo carrier",
        escort=journey.escort,
        planned_departure=departure,
        planned_arrival=departure + timedelta(hours=10),
    )


async def _bind(work: Work, found: Trip, number: str) -> None:
    """A lot of the opening stock, from where it stood before to the truck."""
    lot = await inventory.lot_named(work, number)
    if lot is None:
        return
    *_, before, aboard = await inventory.standings(work, [lot.id])
    await bind(work, found, lot, Direction.LOAD, aboard.quantity, before.zone_id, aboard.from_time)
