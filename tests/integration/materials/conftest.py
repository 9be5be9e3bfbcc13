"""A dispensing room with a scale that is read through the store, lots of lactose, and a batch that asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from mes.batches import service as batches
from mes.batches.hands import Hand
from mes.inventory import stock
from mes.inventory.model import QualityStatus
from mes.materials import scales
from mes.orders import service as orders
from mes.people import service as people
from mes.recipes import service as recipes
from mes.recipes.document import FefoPolicy, Line, MasterRecord, Operation, Step, StepKind
from mes.sensors import certificates, instruments
from mes.sensors import service as sensors
from mes.sensors.certificates import Line as Reference
from mes.sensors.certificates import Paper
from telemetry import queries
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.wire import Message
from tests.plugins.cold_room import NINE, ColdStore, signed_by

SQL = queries.load(Path(__file__).with_name("dispensary.sql"))
GOOD = 192
TODAY = date(2026, 1, 15)
STEPS = (Step(code="weigh", kind=StepKind.MATERIAL, text_en="Weigh", text_zh="称量"),)
HALF = Decimal("0.5")


def a_record(*lines: Line, steps: tuple[Step, ...] = STEPS) -> MasterRecord:
    mix = Operation(code="mix", name_en="Mixing", name_zh="混合", steps=steps)
    return MasterRecord(
        product="PEN",
        title_en="Pen",
        title_zh="笔",
        batch_size=Decimal(100),
        unit="1",
        lines=lines,
        operations=(mix,),
    )


def a_need(number: int = 10, quantity: str = "12500", unit: str = "g", **differs: object) -> Line:
    facts = {"over_pct": HALF, "under_pct": HALF, "fefo": FefoPolicy.STRICT, "step": "mix/weigh"}
    return Line(number=number, item="RM", quantity=Decimal(quantity), unit=unit, **(facts | differs))  # type: ignore[arg-type]


@dataclass(slots=True)
class Dispensary:
    """What the stories do. Times are minutes after nine."""

    plant: ColdStore
    point_id: int = 0
    zone_id: int = 0
    line_id: int = 0
    batch_id: int = 0
    lots: dict[str, int] = field(default_factory=dict)

    async def lot(self, number: str, quantity: str = "100", *, expires: date | None = date(2026, 3, 1)) -> int:
        async with self.plant.work("warehouse") as work:
            made = await stock.receive_lot(
                work,
                number=number,
                item="RM",
                quantity=Decimal(quantity),
                zone_id=self.zone_id,
                expires_on=expires,
                received_at=NINE - timedelta(days=1),
                decided=QualityStatus.RELEASED,
            )
        self.lots[number] = made.id
        return made.id

    async def run(self, *lines: Line, steps: tuple[Step, ...] = STEPS) -> int:
        """A master record with these lines is in force, and an order runs on it."""
        async with self.plant.work("lead") as work:
            await recipes.install(work, a_record(*lines, steps=steps), number=1, reason="a story")
            planned = await orders.plan_order(work, item="PEN", equipment_id=self.line_id, quantity=Decimal(100))
            await orders.release_order(work, planned.id, version=planned.version)
            batch = await batches.batch_of(work, planned.id)
            assert batch is not None
            [operation] = await batches.operations(work, batch.id)
            operator = next(p for p in await people.people(work) if p.username == "operator")
            await batches.start_operation(work, operation.id, Hand(operator.id))
        self.batch_id = batch.id
        return batch.id

    async def shows(self, *grams: float, quality: int = GOOD, ends_s: float = 0) -> None:
        """The scale sends a weight a second; the last of them `ends_s` seconds ago."""
        now = self.plant.clock.at
        name = "hainan/cold-store/scale-1/weight"
        at = [to_us(now - timedelta(seconds=len(grams) - 1 - n + ends_s)) for n in range(len(grams))]
        readings = [Reading(name, us, us, value, quality) for us, value in zip(at, grams, strict=True)]
        await self.plant.store(Message("edge-line", 1, next(self.plant.sequences), batch_of(readings)))

    async def weight(self, grams: float) -> None:
        """Something lies on the scale, and it comes to rest."""
        self.plant.clock.at += timedelta(minutes=1)
        await self.shows(*[grams] * 6)

    async def calibrate(self) -> None:
        async with self.plant.work("engineer") as work:
            made = await instruments.register(work, serial="S-1", unit="g")
            await instruments.install(work, made.id, self.point_id, reason="new", at=NINE - timedelta(days=9))
            line = Reference(Decimal(500), Decimal(0), Decimal(0), Decimal("0.05"))
            paper = Paper(
                number="C-1",
                laboratory="CNAS L0001",
                instrument_id=made.id,
                calibrated_on=TODAY - timedelta(days=8),
                due_on=TODAY + timedelta(days=300),
                tolerance=Decimal(1),
                lines=[line],
            )
            entered, _ = await sensors.enter_certificate(work, paper)
        async with self.plant.work() as work:
            await certificates.sign_certificate(
                work, entered.id, credentials=signed_by(), meaning="reviewed", reason="as on paper"
            )

    async def found_off(self, grams: float) -> None:
        """The laboratory finds the scale so far off today, and adjusts it."""
        async with self.plant.work("engineer") as work:
            [scale] = await instruments.instruments(work)
            line = Reference(Decimal(500), Decimal(str(grams)), Decimal(0), Decimal("0.05"))
            paper = Paper(
                number="C-2",
                laboratory="CNAS L0001",
                instrument_id=scale.id,
                calibrated_on=TODAY,
                due_on=TODAY + timedelta(days=365),
                tolerance=Decimal(1),
                lines=[line],
            )
            await sensors.enter_certificate(work, paper)

    async def check(self, grams: float = 500.0) -> scales.ScaleCheck:
        await self.weight(grams)
        async with self.plant.work("operator") as work:
            return await scales.check_scale(
                work, self.point_id, nominal=Decimal(500), tolerance=Decimal("0.2"), weight_no="M1-500"
            )


@pytest.fixture
async def dispensary(cold_store: ColdStore) -> Dispensary:
    made = Dispensary(cold_store)
    async with cold_store.work("plant") as work:
        made.point_id = await work.scalar(SQL["scale"])
        made.line_id = await work.scalar(SQL["line"])
        await work.run(SQL["item"])
        for username, role in (("operator", "operator"), ("qa-2", "lead")):
            await work.run(SQL["roles"], username=username, role=role)
        made.zone_id = await work.scalar("select id from zone where code = 'dispensing'")
    return made
