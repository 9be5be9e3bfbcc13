"""A batch that is mixed on one machine, worked on over HTTP by people who have signed in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from mes.batches import service as batches
from mes.batches.model import BatchStep
from mes.orders import service as orders
from mes.plant import service as plant
from mes.plant.model import EquipmentStatus
from mes.recipes import service as recipes
from mes.recipes.document import MasterRecord, Operation, Step, StepKind
from tests.integration.materials.conftest import Dispensary
from tests.plugins.web import PASSWORD, Web


def a_step(code: str, **asked: object) -> Step:
    return Step(code=code, kind=StepKind.TEXT, text_en=code, text_zh=code, **asked)  # type: ignore[arg-type]


def a_record(**asked: object) -> MasterRecord:
    """Three texts to be entered; `asked`: what the operation asks of its machine."""
    steps = (a_step("speed"), a_step("look", critical=True), a_step("end"))
    mix = Operation(code="mix", name_en="Mixing", name_zh="混合", steps=steps, **asked)  # type: ignore[arg-type]
    return MasterRecord(
        product="PEN", title_en="Pen", title_zh="笔", batch_size=Decimal(100), unit="1", operations=(mix,)
    )


@dataclass(slots=True)
class Mixing:
    """The batch, its one operation, and the machine that it runs on."""

    here: Dispensary
    web: Web
    machine_id: int
    operation_id: int = 0
    batch_id: int = 0

    async def release(self, record: MasterRecord) -> None:
        async with self.here.plant.work("lead") as work:
            await recipes.install(work, record, number=1, reason="a story")
            planned = await orders.plan_order(work, item="PEN", equipment_id=self.machine_id, quantity=Decimal(100))
            await orders.release_order(work, planned.id, version=planned.version)
            batch = await batches.batch_of(work, planned.id)
            assert batch is not None
            [operation] = await batches.operations(work, batch.id)
        self.batch_id, self.operation_id = batch.id, operation.id

    async def take(self, who: httpx.AsyncClient, step: str, **body: Any) -> httpx.Response:
        """A step of the operation."""
        version = (await who.get(f"/api/operations/{self.operation_id}")).json()["version"]
        return await who.post(f"/api/operations/{self.operation_id}/{step}", json={"version": version, **body})

    async def care(self, who: httpx.AsyncClient, order: dict[str, Any], step: str, **body: Any) -> httpx.Response:
        """A step of a maintenance order, as it stands in this answer."""
        return await who.post(
            f"/api/maintenance/orders/{order['id']}/{step}", json={"version": order["version"], **body}
        )

    async def step(self, code: str) -> BatchStep:
        async with self.here.plant.work() as work:
            return next(s for s in await batches.steps(work, self.batch_id) if s.code == code)

    async def report(self, who: httpx.AsyncClient, code: str, value: str) -> httpx.Response:
        step = await self.step(code)
        body = {"version": step.version, "values": {"value": value}, "password": PASSWORD}
        return await who.post(f"/api/steps/{step.id}/report", json=body)

    async def machine_is(self, status: EquipmentStatus, reason: str = "bearing") -> None:
        self.here.plant.clock.at = self.here.plant.clock.at.replace(second=self.here.plant.clock.at.second + 1)
        async with self.here.plant.work("maintenance") as work:
            await plant.set_equipment_status(work, self.machine_id, status, reason=reason)
