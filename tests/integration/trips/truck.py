"""A refrigerated truck in the plant of the cold rooms: two air probes with limits, a door, a position."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mes.people.model import Credentials
from mes.trips import service as trips
from mes.trips.model import Plan, Trip
from mes.trips.rows import records
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.wire import Message
from tests.plugins.cold_room import BAD, GOOD, PASSWORD, ColdStore, minute

ZONE = (
    "insert into zone (code, site, area, kind, name_en, name_zh, policy)"
    " values (%s, 'hainan', 'fleet', 'vehicle', %s, %s, 'cold-2-8') returning id"
)
MACHINE = (
    "insert into equipment (path, kind, name_en, name_zh, zone_id) values (%s, 'vehicle', %s, %s, %s) returning id"
)
POINT = "insert into point (name) values (%s) returning id"
MEASURED = (
    "insert into measuring_point (point_id, equipment_id, zone_id, measure, role, unit, name_en, name_zh, policy,"
    " interval_s, stale_s) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 60, 300) returning point_id"
)
POINTS = (
    ("air-1", "air", "Cel", "cold-2-8"),
    ("air-2", "air", "Cel", "cold-2-8"),
    ("door", "door", "1", None),
    ("latitude", "position", "deg", None),
    ("longitude", "position", "deg", None),
)


@dataclass(slots=True)
class Truck:
    """A truck and the story of its trip; minutes are counted from nine."""

    plant: ColdStore
    zone_id: int
    code: str = "truck-1"
    trip_id: int = 0

    def message(self, values: Iterable[tuple[float, float]], probe: str) -> Message:
        name = f"hainan/fleet/{self.code}/{probe}"
        readings = [Reading(name, to_us(minute(m)), to_us(minute(m)), v, BAD if v != v else GOOD) for m, v in values]
        return Message("edge-fleet", 1, next(self.plant.sequences), batch_of(readings))

    async def read(self, *values: tuple[float, float], probes: tuple[str, ...] = ("air-1", "air-2")) -> None:
        """The same readings of several probes, a batch each; the clock goes to the last, unless they are late."""
        self.plant.clock.at = max(self.plant.clock.at, minute(max(m for m, _ in values)))
        for probe in probes:
            await self.plant.store(self.message(values, probe))
        await self.plant.look()

    async def cold(
        self, start: int, end: int, value: float = 5.0, probes: tuple[str, ...] = ("air-1", "air-2")
    ) -> None:
        """A reading a minute, from `start` to `end`."""
        await self.read(*((float(m), value) for m in range(start, end + 1)), probes=probes)

    async def plan(self) -> Trip:
        asked = Plan(
            vehicle=self.code,
            origin="Hainan plant",
            destination="Guangzhou hub",
            planned_departure=minute(60),
            planned_arrival=minute(300),
            carrier="Cold Line",
            escort="driver",
        )
        async with self.plant.work("warehouse") as work:
            found = await trips.plan(work, asked)
        self.trip_id = found.id
        return found

    async def step(self, name: str, **told: Any) -> Trip:
        """begin_loading, depart, arrive, cancel."""
        async with self.plant.work("warehouse") as work:
            version = (await trips.trip(work, self.trip_id)).version
            found: Trip = await getattr(trips, name)(work, self.trip_id, version=version, **told)
        return found

    async def load(self, lot: str, at: float | None = None, quantity: int | None = None) -> None:
        async with self.plant.work("warehouse") as work:
            amount = None if quantity is None else Decimal(quantity)
            when = None if at is None else minute(at)
            await trips.load(work, self.trip_id, lot, at=when, quantity=amount)

    async def unload(self, lot: str, room: str = "cold-room-1", at: float | None = None) -> None:
        async with self.plant.work("warehouse") as work:
            when = None if at is None else minute(at)
            await trips.unload(work, self.trip_id, lot, to_zone_id=self.plant.rooms[room], at=when)

    async def judge(self, step: str, who: str = "warehouse", reason: str = "record seen") -> Trip:
        """accept, refuse: signed."""
        async with self.plant.work(who) as work:
            found = await trips.trip(work, self.trip_id)
            latest = (await records(work, self.trip_id))[-1]
            signed = Credentials(who, PASSWORD)
            meaning = "rejected" if step == "refuse" else "approved"
            judged: Trip = await getattr(trips, step)(
                work,
                self.trip_id,
                version=found.version,
                record_version=latest.version,
                credentials=signed,
                meaning=meaning,
                reason=reason,
            )
        return judged

    async def trip(self) -> Trip:
        async with self.plant.work() as work:
            return await trips.trip(work, self.trip_id)

    async def record(self) -> dict[str, Any]:
        """What the newest version of the record says."""
        async with self.plant.work() as work:
            return dict((await records(work, self.trip_id))[-1].content)

    async def under_way(self, *lots: str) -> None:
        """Cold since 09:00, loaded at 09:40, gone at 10:00."""
        await self.plan()
        await self.cold(0, 40)
        await self.step("begin_loading")
        for lot in lots:
            await self.load(lot)
        await self.cold(41, 60)
        await self.step("depart")


async def truck_of(plant: ColdStore, code: str = "truck-1") -> Truck:
    """A truck that is new in the plant."""
    [(zone_id,)] = await plant.rows(ZONE, code, code, code)
    [(machine,)] = await plant.rows(MACHINE, f"hainan/fleet/{code}", code, code, zone_id)
    for measure, role, unit, policy in POINTS:
        [(point_id,)] = await plant.rows(POINT, f"hainan/fleet/{code}/{measure}")
        await plant.rows(MEASURED, point_id, machine, zone_id, measure, role, unit, measure, measure, policy)
    plant.rooms[code] = zone_id
    return Truck(plant, zone_id, code)
