"""Batches of the demo plant: a kit on the line, a pen that is released, plans behind them.

Told in hours before the first start, over the history of readings, by the demo's people with their own passwords.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from isotherm.first_entry import FirstEntry
from mes.batches import service as batches
from mes.batches.hands import Hand
from mes.batches.model import Batch, BatchOperation
from mes.equipment import service as equipment
from mes.materials import service as materials
from mes.orders import service as orders
from mes.people import service as people
from mes.people.model import Credentials
from mes.plant import service as plant
from telemetry.work import Work

LINE = "hainan/filling/line-1"
OPERATOR, LEAD = "operator", "lead"
CLEANED = "SOP-301, purified water and 70 % isopropanol"
PLANS = (("FG-PEN", "12000", 2, 2), ("FG-KIT", "900", 3, 5), ("FG-PEN", "6000", 4, 9))
"""Product, quantity, priority, days until it is due."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The demo's people at work: whoever does something at so many hours before the start."""

    work: Work
    started: datetime
    hands: Mapping[str, Hand]
    line_id: int

    def at(self, hours_before: float, who: str = OPERATOR) -> Work:
        return Work(who, self.started - timedelta(hours=hours_before), self.work.db)

    async def report(self, hours: float, batch: Batch, place: str, **values: str) -> None:
        operation, _, code = place.partition("/")
        found = await self.operation(batch, operation)
        step = next(s for s in await batches.steps_of(self.work, found.id) if s.code == code)
        entry = batches.Entry(values={name.replace("_", "-"): value for name, value in values.items()})
        work = self.at(hours)
        await batches.report(work, step.id, entry, self.hands[OPERATOR], version=step.version)
        await work.flush()

    async def operation(self, batch: Batch, code: str) -> BatchOperation:
        return next(o for o in await batches.operations(self.work, batch.id) if o.code == code)

    async def start(self, hours: float, batch: Batch, code: str) -> bool:
        """Start it, if nothing speaks against it: a plant without trained people has none that may."""
        work, found = self.at(hours), await self.operation(batch, code)
        if await batches.against(work, found.id, self.hands[OPERATOR]):
            return False
        await batches.start_operation(work, found.id, self.hands[OPERATOR])
        await work.flush()
        return True

    async def complete(self, hours: float, batch: Batch, code: str) -> None:
        work, found = self.at(hours), await self.operation(batch, code)
        await batches.complete_operation(work, found.id, self.hands[OPERATOR], version=found.version)
        await work.flush()

    async def issue(self, hours: float, batch: Batch, lot: str, quantity: str) -> None:
        work, key = self.at(hours), f"{batch.number} {lot}"
        await materials.issue_material(work, batch.id, lot_number=lot, quantity=Decimal(quantity), key=key)
        await work.flush()

    async def clean(self, hours: float) -> None:
        """Cleaned by the operator in half an hour, checked by the lead."""
        work = self.at(hours)
        begun = await equipment.start_cleaning(work, self.line_id, method=CLEANED)
        await work.flush()
        work = self.at(hours - 0.5)
        done = await equipment.finish_cleaning(work, begun.id, self._of(OPERATOR), version=begun.version)
        await work.flush()
        work = self.at(hours - 0.6, LEAD)
        await equipment.check_cleaning(work, done.id, self._of(LEAD), passed=True, version=done.version)
        await work.flush()

    async def clear(self, hours: float, batch: Batch, code: str) -> None:
        work, found = self.at(hours), await self.operation(batch, code)
        seen = "No material, label or document of the batch before is left on the line."
        made = await batches.record_clearance(work, found.id, self.hands[OPERATOR], found=seen)
        await work.flush()
        work = self.at(hours - 0.1, LEAD)
        await batches.check_clearance(work, made.id, self.hands[LEAD], passed=True)
        await work.flush()

    async def release(self, hours: float, item: str, quantity: str, *, due_in_days: int) -> Batch:
        work = self.at(hours, LEAD)
        due_on = (self.started + timedelta(days=due_in_days)).astimezone(await plant.time_zone(work)).date()
        told = {"item": item, "equipment_id": self.line_id, "quantity": Decimal(quantity), "due_on": due_on}
        planned = await orders.plan_order(work, **told)  # type: ignore[arg-type]
        await orders.release_order(work, planned.id)
        await work.flush()
        found = await batches.batch_of(work, planned.id)
        if found is None:
            raise batches.BatchNotFound(order_id=planned.id)
        return found

    def _of(self, who: str) -> Credentials:
        credentials = self.hands[who].credentials
        return credentials or Credentials(who, "")


async def run_batches(work: Work, started: datetime, entries: list[FirstEntry]) -> None:
    """Bring a plant without orders to work; one that has any is left as it is. `started`: not after `work.now`."""
    if await orders.orders(work, limit=1):
        return
    ids = {person.username: person.id for person in await people.people(work)}
    hands = {
        entry.username: Hand(ids[entry.username], Credentials(entry.username, entry.password, "demo"))
        for entry in entries
        if entry.username in {OPERATOR, LEAD}
    }
    shift = Shift(work, started, hands, (await plant.machine_named(work, LINE)).id)
    await _kit(shift)
    await _pen(shift)
    for item, quantity, priority, days in PLANS:
        due_on = (started + timedelta(days=days)).astimezone(await plant.time_zone(work)).date()
        line = {"item": item, "equipment_id": shift.line_id, "quantity": Decimal(quantity)}
        planner = shift.at(1, LEAD)
        await orders.plan_order(planner, **line, priority=priority, due_on=due_on)  # type: ignore[arg-type]
        await planner.flush()


async def _kit(shift: Shift) -> None:
    """Coated yesterday, filled in the night; now it waits for the line."""
    kit = await shift.release(31, "FG-KIT", "900", due_in_days=1)
    if not await shift.start(30, kit, "coat"):
        return
    await shift.issue(29.9, kit, "ANT-2610-01", "60")
    await shift.report(29.8, kit, "coat/antibody")
    await shift.report(29.7, kit, "coat/buffer-ph", value="9.58")
    await shift.report(12.2, kit, "coat/hours", value="17.5")
    await shift.complete(12, kit, "coat")
    await shift.clean(11.8)
    await shift.clear(11, kit, "fill")
    if not await shift.start(10.5, kit, "fill"):
        return
    await shift.issue(10.4, kit, "CON-2610-01", "450")
    await shift.issue(10.3, kit, "CAL-2610-01", "90")
    await shift.report(10.2, kit, "fill/conjugate")
    samples = {"sample_1": "5.01", "sample_2": "4.98", "sample_3": "5.03", "sample_4": "5.00", "sample_5": "4.97"}
    await shift.report(6, kit, "fill/volume", **samples)
    await shift.report(3, kit, "fill/room-humidity")


async def _pen(shift: Shift) -> None:
    """Released, and begun where the crew is trained."""
    await shift.release(8, "FG-PEN", "12000", due_in_days=2)
