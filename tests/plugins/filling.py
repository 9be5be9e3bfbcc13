"""A filling line with a master record of its own: an order runs on it, by hands that sign. Nothing is committed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from mes.batches import service as batches
from mes.batches.hands import Hand
from mes.batches.model import Batch, BatchOperation, BatchStep
from mes.equipment import service as equipment
from mes.orders import service as orders
from mes.orders.model import Order
from mes.people import service as people
from mes.people.model import Credentials
from mes.plant import service as plant
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.recipes import service as recipes
from mes.recipes.document import Limits, Line, MasterRecord, Operation, Step, StepKind
from telemetry import store
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.wire import Message
from telemetry.work import Work
from tests.plugins.database import NOW

DEMO = Path(__file__).parents[2] / "isotherm" / "plants" / "demo"
PASSWORD = "correct-horse"
LINE = "hainan/filling/line-1"
ROOM = f"{LINE}/room-temperature"
PRODUCT, RAW = "RM-PROTAMINE", "RM-INSULIN"
GOOD = 192
HIRED = {"operator-1": "operator", "operator-2": "operator", "lead-1": "lead", "qa-1": "qa"}

PH = Limits(low=Decimal("7.0"), alert_low=Decimal("7.1"), alert_high=Decimal("7.7"), high=Decimal("7.8"))
WARM = Limits(low=Decimal(18), high=Decimal(26))
WEIGHT = Limits(low=Decimal("2.9"), high=Decimal("3.2"))


def a_step(code: str, kind: StepKind, **asked: object) -> Step:
    return Step(code=code, kind=kind, text_en=code, text_zh=code, **asked)  # type: ignore[arg-type]


PREPARE = Operation(
    code="prepare",
    name_en="Preparation",
    name_zh="准备",
    steps=(
        a_step("area", StepKind.CONFIRM),
        a_step("ph", StepKind.VALUE, limits=PH, critical=True),
        a_step("look", StepKind.CHOICE, choices=("clear", "cloudy"), accepted=("clear",)),
    ),
)
FILL = Operation(
    code="fill",
    name_en="Filling",
    name_zh="灌装",
    clearance=True,
    clean=True,
    clean_hold_h=Decimal(72),
    yield_low_pct=Decimal(96),
    yield_high_pct=Decimal(101),
    steps=(
        a_step("line", StepKind.EQUIPMENT),
        a_step("room", StepKind.CAPTURE, measure="room-temperature", unit="Cel", limits=WARM),
        a_step("weights", StepKind.IPC, samples=3, unit="g", limits=WEIGHT),
        a_step("output", StepKind.YIELD),
    ),
)
PACK = Operation(
    code="pack", name_en="Packing", name_zh="包装", skippable=True, steps=(a_step("label", StepKind.TEXT),)
)
RECORD = MasterRecord(
    product=PRODUCT,
    title_en="Protamine, filled",
    title_zh="鱼精蛋白灌装",
    batch_size=Decimal(100),
    unit="g",
    over_production_pct=Decimal(2),
    yield_low_pct=Decimal(95),
    yield_high_pct=Decimal(101),
    shelf_life_days=730,
    lines=(Line(number=10, item=RAW, quantity=Decimal(200), unit="g", over_pct=Decimal("0.5")),),
    operations=(PREPARE, FILL, PACK),
)


@dataclass
class FillingLine:
    """The demo plant's line, people, and a master record in force; time is told in minutes after NOW."""

    first: Work
    ids: dict[str, int] = field(default_factory=dict)
    line_id: int = 0
    zone_id: int = 0
    sequences: count[int] = field(default_factory=lambda: count(1))

    def at(self, minute: float, actor: str = "operator-1") -> Work:
        """A request of somebody at a minute. Its audit rows wait for `flush`."""
        return Work(actor, NOW + timedelta(minutes=minute), self.first.db)

    def hand(self, username: str = "operator-1", password: str = PASSWORD) -> Hand:
        return Hand(self.ids[username], Credentials(username, password, "tablet-1"))

    def unsigned(self, username: str = "operator-1") -> Hand:
        return Hand(self.ids[username])

    async def released(self, quantity: str = "50", *, product: str = PRODUCT) -> tuple[Order, Batch]:
        work = self.at(0, "lead-1")
        planned = await orders.plan_order(work, item=product, equipment_id=self.line_id, quantity=Decimal(quantity))
        order = await orders.release_order(work, planned.id, version=planned.version)
        batch = await batches.batch_of(work, order.id)
        assert batch is not None
        return order, batch

    async def operation(self, batch: Batch, code: str) -> BatchOperation:
        return next(o for o in await batches.operations(self.first, batch.id) if o.code == code)

    async def step(self, batch: Batch, operation: str, code: str) -> BatchStep:
        found = await batches.steps_of(self.first, (await self.operation(batch, operation)).id)
        return next(s for s in found if s.code == code)

    async def start(self, minute: float, batch: Batch, code: str) -> BatchOperation:
        return await batches.start_operation(self.at(minute), (await self.operation(batch, code)).id, self.unsigned())

    async def complete(self, minute: float, batch: Batch, code: str) -> BatchOperation:
        found = await self.operation(batch, code)
        return await batches.complete_operation(self.at(minute), found.id, self.hand(), version=found.version)

    async def report(
        self, minute: float, batch: Batch, place: str, hand: Hand | None = None, note: str = "", **values: str
    ) -> BatchStep:
        operation, _, code = place.partition("/")
        step = await self.step(batch, operation, code)
        told = {name.replace("_", "-"): value for name, value in values.items()}
        entry = batches.Entry(values=told, note=note)
        return await batches.report(self.at(minute), step.id, entry, hand or self.hand(), version=step.version)

    async def verify(self, minute: float, batch: Batch, place: str, username: str = "operator-2") -> BatchStep:
        operation, _, code = place.partition("/")
        step = await self.step(batch, operation, code)
        work = self.at(minute, username)
        return await batches.verify_step(work, step.id, self.hand(username), version=step.version)

    async def prepare(self, batch: Batch, ph: str = "7.4") -> None:
        """The whole first operation, from minute 0 to 3."""
        await self.start(0, batch, "prepare")
        await self.report(0, batch, "prepare/area")
        await self.report(1, batch, "prepare/ph", value=ph)
        await self.verify(2, batch, "prepare/ph")
        await self.report(2, batch, "prepare/look", value="clear")
        await self.complete(3, batch, "prepare")

    async def clean(self, minute: float = 4) -> None:
        """The line is cleaned by one, and checked by another."""
        work = self.at(minute)
        begun = await equipment.start_cleaning(work, self.line_id, method="SOP-301, purified water")
        credentials, other = self.hand().credentials, self.hand("operator-2").credentials
        assert credentials is not None
        assert other is not None
        done = await equipment.finish_cleaning(self.at(minute + 1), begun.id, credentials, version=begun.version)
        checked = self.at(minute + 2, "operator-2")
        await equipment.check_cleaning(checked, done.id, other, passed=True, version=done.version)

    async def clear(self, minute: float, batch: Batch, code: str = "fill") -> None:
        """The line is cleared by one, and checked by another."""
        found = await self.operation(batch, code)
        made = await batches.record_clearance(self.at(minute), found.id, self.hand(), found="nothing left on the line")
        await batches.check_clearance(self.at(minute), made.id, self.hand("operator-2"), passed=True)

    async def reads(self, *values: tuple[float, float], quality: int = GOOD) -> None:
        """The room's temperature at minutes after NOW."""
        readings = [Reading(ROOM, to_us(self.at(m).now), to_us(self.at(m).now), value, quality) for m, value in values]
        message = Message("edge-line", 1, next(self.sequences), batch_of(readings))
        await store.append(self.first, [store.arrival(message, "live")])


@pytest.fixture
async def filling_line(work: Work) -> FillingLine:
    """The demo plant with a master record for protamine, nobody trained, nothing running."""
    await apply(work, read_plant(DEMO), "test")
    made = FillingLine(work)
    first, *others = HIRED
    await people.create_person(work, first, "OPERATOR 1", [HIRED[first]], PASSWORD)
    await work.db.execute(
        "insert into person (username, printed_name, password_hash) select u, upper(u), p.password_hash"
        " from person p, unnest(%s::text[]) u where p.username = %s",
        [others, first],
    )
    for username in others:
        await work.db.execute(
            "insert into person_role (person_id, role) select id, %s from person where username = %s",
            [HIRED[username], username],
        )
    made.ids = {person.username: person.id for person in await people.people(work)}
    made.line_id = (await plant.machine_named(work, LINE)).id
    made.zone_id = (await plant.zone_named(work, "cold-room-1")).id
    await recipes.install(work, RECORD, number=1, reason="a story")
    return made
