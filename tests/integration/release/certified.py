"""A batch of pens from the scale to the qualified person's desk: weighed, issued, made, proved, reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from mes.audit import reviews as trail
from mes.batches import service as batches
from mes.batches.hands import Hand
from mes.batches.model import Batch
from mes.inventory import service as inventory
from mes.items import service as items
from mes.items.model import Level
from mes.materials import service as materials
from mes.materials import weighing
from mes.orders import service as orders
from mes.people import service as people
from mes.people.model import Credentials
from mes.recipes import service as recipes
from mes.recipes.document import MasterRecord, Operation, Step, StepKind
from mes.sensors import service as sensors
from mes.sensors.certificates import Line as Reference
from mes.sensors.certificates import Paper
from tests.integration.materials.conftest import TODAY, Dispensary, a_need
from tests.plugins.cold_room import signed_by
from tests.plugins.web import PASSWORD, Web

GTIN = "06901234567892"
MIX = Operation(
    code="mix",
    name_en="Mixing",
    name_zh="混合",
    yield_low_pct=Decimal(95),
    yield_high_pct=Decimal(101),
    steps=(
        Step(code="weigh", kind=StepKind.MATERIAL, text_en="Weigh", text_zh="称量"),
        Step(code="output", kind=StepKind.YIELD, text_en="Output", text_zh="产出", unit="1"),
    ),
)
RECORD = MasterRecord(
    product="PEN",
    title_en="Pen",
    title_zh="笔",
    batch_size=Decimal(100),
    unit="1",
    shelf_life_days=365,
    lines=(a_need(dispense=True),),
    operations=(MIX,),
)


@dataclass(slots=True)
class Desk:
    """The batch as it comes to the qualified person; people of the office are named `<role>-1`."""

    here: Dispensary
    web: Web
    batch_id: int = 0

    async def made(self) -> None:
        """Weighed, issued, executed; its lot stands in quarantine."""
        await self._ordered()
        await self._weighed()
        await self._executed()

    async def batch(self) -> Batch:
        async with self.here.plant.work() as work:
            return await batches.batch(work, self.batch_id)

    async def _ordered(self) -> None:
        here = self.here
        await here.lot("RM-1", "20")
        async with here.plant.work("lead") as work:
            await items.add_gtin(work, "PEN", GTIN, level=Level.EACH, quantity=Decimal(1), reason="a story")
            await recipes.install(work, RECORD, number=1, reason="a story")
            planned = await orders.plan_order(work, item="PEN", equipment_id=here.line_id, quantity=Decimal(100))
            await orders.release_order(work, planned.id, version=planned.version)
            batch = await batches.batch_of(work, planned.id)
            assert batch is not None
            [operation] = await batches.operations(work, batch.id)
            await batches.start_operation(work, operation.id, await self._hand())
        self.batch_id = batch.id

    async def _weighed(self) -> None:
        here, plant = self.here, self.here.plant
        await here.calibrate()
        await here.check(500.1)
        place: dict[str, Any] = {"lot_number": "RM-1", "point_id": here.point_id, "zone_id": here.zone_id}
        async with plant.work("operator") as work:
            planned = await weighing.plan(work, self.batch_id, 10, here.lots["RM-1"])
        await here.weight(800.0)
        async with plant.work("operator") as work:
            tared = await weighing.tare(work, planned.id, **place, version=planned.version)
        await here.weight(13310.0)
        async with plant.work("operator") as work:
            weighed = await weighing.weigh(work, tared.id, version=tared.version)
        async with plant.work("qa-2") as work:
            signed = {"meaning": "verified", "reason": "seen", "version": weighed.version}
            seen = await weighing.verify(work, weighed.id, signed_by("qa-2"), **signed)  # type: ignore[arg-type]
            await weighing.stage(work, seen.id, zone_id=plant.rooms["cold-room-1"], version=seen.version)
        async with plant.work("operator") as work:
            net = Decimal("12.51")
            await materials.issue_material(work, self.batch_id, container=weighed.number, quantity=net, key="scan-1")

    async def _executed(self) -> None:
        for values in ({}, {"good": "99", "rejected": "1", "sampled": "0"}):
            async with self.here.plant.work("operator") as work:
                step = next(s for s in await batches.steps(work, self.batch_id) if s.status == "open")
                entry = batches.Entry(values=values)
                await batches.report(work, step.id, entry, await self._hand(), version=step.version)
        async with self.here.plant.work("operator") as work:
            [operation] = await batches.operations(work, self.batch_id)
            await batches.complete_operation(work, operation.id, await self._hand(), version=operation.version)
            batch = await batches.batch(work, self.batch_id)
            made = orders.Made(quantity=Decimal(99), zone_id=self.here.zone_id)
            await orders.complete_order(work, batch.order_id, made)

    async def _hand(self) -> Hand:
        async with self.here.plant.work() as work:
            known = {each.username: each.id for each in await people.people(work)}
        return Hand(known["operator"], signed_by("operator"))

    async def proved(self) -> None:
        """The laboratory's verdict and a scanned label."""
        batch = await self.batch()
        async with self.here.plant.work() as work:
            lot = await inventory.lot(work, batch.lot_id or 0)
        assert lot.expires_on is not None
        label = f"]d201{GTIN}17{lot.expires_on:%y%m%d}10{lot.number}"
        qc, operator = await self.web.person("qc"), await self.web.person("operator")
        await answered(qc, self.batch_id, "laboratory", certificate="COA-1", passed=True, meaning="verified", version=0)
        await answered(operator, self.batch_id, "label", text=label, meaning="verified", version=0)

    async def reviewed(self) -> None:
        """Production's and quality's review."""
        lead, qa = await self.web.person("lead"), await self.web.person("qa")
        for client, act in ((lead, "review_production"), (qa, "review_quality")):
            version = (await self.batch()).version
            await answered(client, self.batch_id, act, meaning="reviewed", version=version)

    async def trail_reviewed(self) -> None:
        about = trail.Range(scope="batch", subject=str(self.batch_id))
        async with self.here.plant.work("qa-1") as work:
            await trail.sign_review(
                work,
                about,
                findings="none",
                conclusion=trail.Conclusion.NO_FINDINGS,
                credentials=Credentials("qa-1", PASSWORD),
                meaning="reviewed",
                reason="read",
            )

    async def scale_fails(self) -> None:
        """On the next day the scale is found beyond its tolerance, as found."""
        self.here.plant.clock.at += timedelta(days=1)
        async with self.here.plant.work("engineer") as work:
            instrument = (await sensors.calibration_of(work, {self.here.point_id}, work.now))[self.here.point_id]
            assert instrument.instrument_id is not None
            day = TODAY + timedelta(days=1)
            paper = Paper(
                number="C-2",
                laboratory="CNAS L0001",
                instrument_id=instrument.instrument_id,
                calibrated_on=day,
                due_on=day + timedelta(days=300),
                tolerance=Decimal(1),
                lines=[Reference(Decimal(500), Decimal(7), Decimal(0), Decimal("0.05"))],
            )
            await sensors.enter_certificate(work, paper)


async def answered(client: httpx.AsyncClient, batch_id: int, act: str, **body: Any) -> dict[str, Any]:
    """The answer to a signed act that must succeed."""
    answer = await signed(client, batch_id, act, **body)
    assert answer.is_success, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def signed(client: httpx.AsyncClient, batch_id: int, act: str, **body: Any) -> httpx.Response:
    """Ask for a signed act."""
    return await client.post(f"/api/batches/{batch_id}/{act}", json={"password": PASSWORD, "reason": "read", **body})
