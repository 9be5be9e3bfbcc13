"""Shipments of the demo plant: one that a hospital has, one that waits to be picked.

Told in days before the first start, by the demo's people of the warehouse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mes.plant import service as plant
from mes.shipments import customers
from mes.shipments import service as shipments
from mes.shipments.model import Shipment, Transport
from mes.shipments.steps import Said, take_step
from telemetry.work import Work

KEEPER = "warehouse"
HOSPITAL, DEPOT = "HOSP-01", "DEPOT-01"
CUSTOMERS = {
    HOSPITAL: customers.Told(
        name="示范医院药剂科 Pharmacy of the demo hospital",
        address="海口市示范路 1 号 1 Demo Road, Haikou",
        contact="药剂科值班 pharmacist on duty, 000-0001",
        min_remaining_days=180,
    ),
    DEPOT: customers.Told(
        name="示范配送中心 Demo distribution centre",
        address="广州市示范大道 8 号 8 Demo Avenue, Guangzhou",
        contact="收货组 goods inwards, 000-0002",
        min_remaining_days=90,
    ),
}
DELIVERED, WAITING = shipments.Asked("FG-PEN", Decimal(600)), shipments.Asked("FG-KIT", Decimal(120))
DELIVERED_LOT = "PEN-2610-07"
"""The first of its item to expire, and the one that a complaint is about."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The warehouse at so many days before the start."""

    work: Work
    started: datetime

    def at(self, days_before: float) -> Work:
        return Work(KEEPER, self.started - timedelta(days=days_before), self.work.db)

    async def plan(self, days: float, customer: str, lines: Sequence[shipments.Asked], *, leaves: float) -> Shipment:
        work = self.at(days)
        day = self.at(leaves).now.astimezone(await plant.time_zone(work)).date()
        said = shipments.Plan(
            customer=customer,
            lines=lines,
            transport=Transport.COLD_ROAD,
            planned_on=day,
            carrier="示范承运商 Demo carrier",
        )
        made = await shipments.plan(work, said)
        await work.flush()
        return made

    async def step(self, days: float, shipment_id: int, step: str, said: Said | None = None) -> None:
        work = self.at(days)
        version = (await shipments.shipment(work, shipment_id)).version
        await take_step(work, shipment_id, step, version=version, said=said or Said())
        await work.flush()


async def ship_demo(work: Work, started: datetime) -> None:
    """Fill a plant without customers; one that has any is left as it is. `started`: not after `work.now`."""
    if await customers.customers(work):
        return
    dispatch = Dispatch(work, started)
    opening = dispatch.at(9)
    for code, told in CUSTOMERS.items():
        await customers.add(opening, code, told)
    await opening.flush()
    await _delivered(dispatch)
    await dispatch.plan(0.2, DEPOT, [WAITING], leaves=-1)


async def _delivered(dispatch: Dispatch) -> None:
    made = await dispatch.plan(5.4, HOSPITAL, [DELIVERED], leaves=5)
    picker = dispatch.at(5.1)
    await shipments.pick(picker, made.id, DELIVERED_LOT)
    await picker.flush()
    for days, step in ((5.09, "finish_picking"), (5.05, "load"), (5.0, "ship")):
        await dispatch.step(days, made.id, step)
    said = Said(receiver="药剂科值班 pharmacist on duty", proof="DN-000001")
    await dispatch.step(4.7, made.id, "deliver", said)
