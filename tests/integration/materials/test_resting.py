"""A scale in the register of gauges: overdue it weighs nothing and may be checked; what it weighed is gone through."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from mes.gauges import resting
from mes.gauges import service as gauges
from mes.gauges.model import Gauge, GaugeKind
from mes.materials import scales, weighing
from tests.integration.materials.conftest import Dispensary, a_need
from tests.integration.materials.test_weighing import filled


async def registered(here: Dispensary) -> Gauge:
    async with here.plant.work("engineer") as work:
        return await gauges.register(
            work,
            serial="S-1",
            kind=GaugeKind.SCALE,
            name_en="Bench scale",
            name_zh="台秤",
            interval_months=12,
            unit="g",
        )


async def test_a_scale_that_is_overdue_is_checked_and_calibrated_and_weighs_nothing(dispensary: Dispensary) -> None:
    here = dispensary
    await here.calibrate()
    assert (await here.check(500.1)).passed
    async with here.plant.work() as work:
        assert await scales.why_not(work, here.point_id) == []
    here.plant.clock.at += timedelta(days=301)
    assert (await here.check(500.1)).passed, "a check is no weighing"
    async with here.plant.work() as work:
        assert await scales.why_not(work, here.point_id) == ["scale_is_calibrated"]


async def test_what_a_scale_weighed_since_its_last_good_calibration_is_listed(dispensary: Dispensary) -> None:
    here, plant = dispensary, dispensary.plant
    lot = await here.lot("RM-1", "20")
    batch = await here.run(a_need(dispense=True))
    await here.calibrate()
    assert (await here.check(500.1)).passed
    async with plant.work("operator") as work:
        planned = await weighing.plan(work, batch, 10, lot)
    on_scale = {"lot_number": "RM-1", "point_id": here.point_id, "version": planned.version}
    weighed = await filled(here, planned.id, on_scale)
    gauge = await registered(here)
    async with plant.work() as work:
        assert await resting.impacts(work, gauge) == []
    plant.clock.at += timedelta(minutes=1)
    await here.found_off(2)
    async with plant.work() as work:
        [impact] = await resting.impacts(work, gauge)
    [one] = impact.found
    assert (one.kind, one.label, one.href) == ("weighing", weighed.number, f"/dispensing/{weighed.id}")
    assert (Decimal(one.value), one.at) == (weighed.net, weighed.weighed_at)
    assert one.batch.startswith("B")
