"""A customer, released pens in cold room 2, and the way of a shipment to the customer; minutes count from nine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mes.inventory import containers, ledger, stock
from mes.inventory import service as inventory
from mes.inventory.model import QualityStatus
from mes.people import service as people
from mes.shipments import customers
from mes.shipments import service as shipments
from mes.shipments.model import Delivery, Pick, Shipment, Transport
from telemetry.work import begin
from tests.plugins.cold_room import NINE, PASSWORD, ColdStore

TODAY = date(2026, 1, 15)
HOSPITAL = customers.Told(name="Hospital of the story", address="1 Story Road", contact="pharmacy, 000-0000")


@dataclass(slots=True)
class Dispatch:
    """What people of the warehouse do."""

    plant: ColdStore
    ids: dict[str, int] = field(default_factory=dict)  # shipments by the story's name for them

    async def lot(
        self, number: str, quantity: str = "100", *, expires: date | None = date(2026, 9, 30), room: str = "cold-room-2"
    ) -> int:
        async with begin(self.plant.pool, "warehouse", self.plant.clock.at) as work:
            made = await stock.receive_lot(
                work,
                number=number,
                item="PEN",
                quantity=Decimal(quantity),
                zone_id=self.plant.rooms[room],
                expires_on=expires,
                received_at=NINE - timedelta(hours=10),
                decided=QualityStatus.RELEASED,
            )
        self.plant.lots[number] = made.id
        return made.id

    async def box(self, number: str, lot: str, quantity: str) -> None:
        async with self.plant.work("warehouse") as work:
            zone_id = self.plant.rooms["cold-room-2"]
            await containers.pack(work, self.plant.lots[lot], zone_id, number=number, quantity=Decimal(quantity))

    async def plan(self, name: str = "S", quantity: str = "40", trip_id: int | None = None) -> Shipment:
        asked = shipments.Plan(
            customer="HOSP",
            lines=[shipments.Asked("PEN", Decimal(quantity))],
            transport=Transport.COLD_ROAD,
            planned_on=TODAY,
            carrier="a carrier",
            trip_id=trip_id,
        )
        async with self.plant.work("warehouse") as work:
            made = await shipments.plan(work, asked)
        self.ids[name] = made.id
        return made

    async def pick(self, code: str, name: str = "S", quantity: str | None = None, **told: Any) -> Pick:
        amount = None if quantity is None else Decimal(quantity)
        async with self.plant.work("warehouse") as work:
            return await shipments.pick(work, self.ids[name], code, quantity=amount, **told)

    async def step(self, step: str, name: str = "S", **told: Any) -> Shipment:
        async with self.plant.work("warehouse") as work:
            version = (await shipments.shipment(work, self.ids[name])).version
            after: Shipment = await getattr(shipments, step)(work, self.ids[name], version=version, **told)
        return after

    async def shipped(self, code: str, name: str = "S", quantity: str = "40") -> Shipment:
        """Planned, picked, loaded and gone with a carrier."""
        await self.plan(name, quantity)
        await self.pick(code, name)
        for step in ("finish_picking", "load"):
            await self.step(step, name)
        return await self.step("ship", name)

    async def take_back(self, lot: str, quantity: str, name: str = "S") -> str:
        """Answers the number of the lot that came back."""
        async with self.plant.work("warehouse") as work:
            version = (await shipments.shipment(work, self.ids[name])).version
            back = await shipments.take_back(
                work,
                self.ids[name],
                self.plant.lots[lot],
                quantity=Decimal(quantity),
                zone_id=self.plant.rooms["cold-room-1"],
                reason="ordered too much",
                version=version,
            )
        self.plant.lots[back.number] = back.lot_id
        return back.number

    async def left(self, lot: str) -> Decimal:
        async with self.plant.work() as work:
            return (await inventory.lot(work, self.plant.lots[lot])).quantity

    async def reserved(self, lot: str) -> Decimal:
        async with self.plant.work() as work:
            return (await inventory.lot(work, self.plant.lots[lot])).reserved

    async def went(self, *lots: str) -> list[Delivery]:
        async with self.plant.work() as work:
            return await shipments.delivered_lots(work, lots)

    async def differences(self) -> list[ledger.Difference]:
        async with self.plant.work() as work:
            return await ledger.differences(work)


async def dispatch_of(plant: ColdStore) -> Dispatch:
    async with begin(plant.pool, "admin", NINE) as work:
        await people.create_person(work, "warehouse", "Warehouse", ["warehouse"], PASSWORD)
        await customers.add(work, "HOSP", HOSPITAL)
    return Dispatch(plant)
