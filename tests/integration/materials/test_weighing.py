"""A line is weighed from the reserved lot, by the scale's own readings, checked by another, and goes into the batch."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mes.exceptions import service as exceptions
from mes.inventory import containers, ledger
from mes.inventory import service as inventory
from mes.materials import scales, weighing
from mes.materials import service as materials
from mes.materials.dispensing import Dispensing, Status
from mes.materials.scales import ScaleSilent, ScaleUnsteady
from mes.people.refusals import SameSigner
from mes.transitions import Refused, StaleVersion
from tests.integration.materials.conftest import Dispensary, a_need
from tests.plugins.cold_room import signed_by


async def test_from_plan_to_batch(dispensary: Dispensary) -> None:
    """12.5 kg ± 0.5 %, in grams on the record and in kilograms in stock."""
    here, plant = dispensary, dispensary.plant
    early = await here.lot("RM-1", "20", expires=date(2026, 2, 1))
    later = await here.lot("RM-2", "20")
    batch = await here.run(a_need(dispense=True))
    async with plant.work("operator") as work:
        planned = await weighing.plan(work, batch, 10, early)
        assert (planned.target, planned.low, planned.high) == (Decimal("12.5"), Decimal("12.4375"), Decimal("12.5625"))
        assert (await inventory.lot(work, early)).reserved == Decimal("12.5")

    on_scale: dict[str, Any] = {
        "lot_number": "RM-1",
        "point_id": here.point_id,
        "zone_id": here.zone_id,
        "version": planned.version,
    }
    await here.weight(800.0)
    with pytest.raises(weighing.WeighingRefused) as unready:
        async with plant.work("operator") as work:
            await weighing.tare(work, planned.id, **on_scale)
    assert unready.value.failed == ("scale_is_calibrated", "daily_check_passed")
    await here.calibrate()
    assert not (await here.check(500.3)).passed
    assert (await here.check(500.1)).passed
    with pytest.raises(weighing.WeighingRefused) as other:
        async with plant.work("operator") as work:
            await weighing.tare(work, planned.id, **(on_scale | {"lot_number": "RM-2"}))
    assert other.value.failed == ("lot_is_the_reserved_one",)

    weighed = await filled(here, planned.id, on_scale)
    await verified_and_used(here, batch, weighed)
    async with plant.work() as work:
        assert (await inventory.lot(work, later)).quantity == 20


async def filled(here: Dispensary, dispensing_id: int, on_scale: dict[str, Any]) -> Dispensing:
    """Tare, a weight that is not at rest, one that is too much, and one that is right."""
    plant = here.plant
    await here.weight(800.0)
    async with plant.work("operator") as work:
        tared = await weighing.tare(work, dispensing_id, **on_scale)
    assert tared.tare == Decimal("0.8")
    await here.shows(9000.0, 11000.0, 13100.0, ends_s=-1)
    plant.clock.at = plant.clock.at.replace(second=1)
    with pytest.raises(ScaleUnsteady):
        async with plant.work("operator") as work:
            await weighing.weigh(work, tared.id, version=tared.version)
    await here.weight(13363.0)  # 12.563 net
    with pytest.raises(Refused) as heavy:
        async with plant.work("operator") as work:
            await weighing.weigh(work, tared.id, version=tared.version)
    assert heavy.value.failed == ("net_is_within_tolerance",)
    await here.weight(13310.0)
    async with plant.work("operator") as work:
        weighed = await weighing.weigh(work, tared.id, version=tared.version)
    assert (weighed.status, weighed.net) == (Status.WEIGHED, Decimal("12.51"))
    assert weighed.evidence["gross"]["point"] == "hainan/cold-store/scale-1/weight"
    return weighed


async def verified_and_used(here: Dispensary, batch: int, weighed: Dispensing) -> None:
    """A second person signs, the container is staged, scanned into the batch, and used up."""
    plant = here.plant
    with pytest.raises(SameSigner):
        async with plant.work("operator") as work:
            await weighing.verify(
                work, weighed.id, signed_by("operator"), meaning="verified", reason="seen", version=weighed.version
            )
    with pytest.raises(materials.IssueRefused) as unverified:
        async with plant.work("operator") as work:
            await materials.issue_material(work, batch, container=weighed.number, quantity=Decimal(1), key="too-soon")
    assert unverified.value.failed == ("not_dispensed",)
    async with plant.work("qa-2") as work:
        verified = await weighing.verify(
            work, weighed.id, signed_by("qa-2"), meaning="verified", reason="seen", version=weighed.version
        )
        staged = await weighing.stage(work, verified.id, zone_id=plant.rooms["cold-room-1"], version=verified.version)
    with pytest.raises(StaleVersion):
        async with plant.work("operator") as work:
            await weighing.end(work, staged.id, "return", reason="a stale page", version=verified.version)
    async with plant.work("operator") as work:
        net = Decimal("12.51")
        issued = await materials.issue_material(work, batch, container=weighed.number, quantity=net, key="scan-0001")
        assert (issued.lot.quantity, issued.lot.reserved) == (Decimal("7.49"), Decimal(0))
        assert not issued.warnings
        [line] = await materials.lines(work, batch)
        assert (line.net, line.is_short) == (net, False)
        assert await materials.closed_lines(work, batch) == []
        [done] = await materials.dispensings(work, batch_id=batch)
        assert done.status is Status.CONSUMED
        assert await ledger.differences(work) == []


async def test_a_typed_weight_is_an_exception_and_a_hold_ends_the_reservation(dispensary: Dispensary) -> None:
    here, plant = dispensary, dispensary.plant
    lot = await here.lot("RM-1", "20")
    batch = await here.run(a_need(dispense=True))
    typed = weighing.Typed(tare=Decimal(800), gross=Decimal(7050), unit="g", reason="cable broken")
    place: dict[str, Any] = {"lot_number": "RM-1", "zone_id": here.zone_id}
    async with plant.work("operator") as work:
        first = await weighing.plan(work, batch, 10, lot, Decimal("6.25"))
        second = await weighing.plan(work, batch, 10, lot, Decimal("6.25"))
        blank = weighing.Typed(tare=Decimal(1), gross=Decimal(2), unit="g", reason=" ")
        with pytest.raises(weighing.TypedWithoutReason):
            await weighing.type_weight(work, first.id, blank, version=1, **place)
        weighed = await weighing.type_weight(work, first.id, typed, version=first.version, **place)
        [told] = await exceptions.exceptions(work, batch)
        assert (told.kind, told.said["reason"]) == ("manual_override", "cable broken")
    async with plant.work("operator") as work:
        await inventory.place_hold(work, lot, cause="manual:H", reason="a smell")
    with pytest.raises(weighing.WeighingRefused) as held:
        async with plant.work("operator") as work:
            await weighing.type_weight(work, second.id, typed, version=second.version, **place)
    assert held.value.failed == ("on_hold",)
    async with plant.work() as work:
        assert (await inventory.lot(work, lot)).reserved == 0
        ended = await weighing.end(work, weighed.id, "destroy", reason="a smell", version=weighed.version)
        assert ended.status is Status.DESTROYED
        assert (await inventory.lot(work, lot)).quantity == Decimal("13.75")
        box = await containers.container_named(work, weighed.number)
        assert box is not None
        assert box.quantity == 0
        assert await ledger.differences(work) == []


async def test_a_scale_that_is_silent_or_bad_says_nothing(dispensary: Dispensary) -> None:
    here, plant = dispensary, dispensary.plant
    await here.calibrate()
    with pytest.raises(ScaleSilent):
        async with plant.work("operator") as work:
            await scales.steady_weight(work, await scales.scale(work, here.point_id))
    await here.shows(*[500.0] * 6, quality=16)
    with pytest.raises(ScaleSilent):
        async with plant.work("operator") as work:
            await scales.steady_weight(work, await scales.scale(work, here.point_id))


async def test_what_was_weighed_on_a_scale_that_was_found_wrong_waits_for_the_look_back(dispensary: Dispensary) -> None:
    here, plant = dispensary, dispensary.plant
    lot = await here.lot("RM-1", "20")
    batch = await here.run(a_need(dispense=True))
    await here.calibrate()
    assert (await here.check(500.1)).passed
    async with plant.work("operator") as work:
        planned = await weighing.plan(work, batch, 10, lot)
    on_scale = {"lot_number": "RM-1", "point_id": here.point_id, "version": planned.version}
    weighed = await filled(here, planned.id, on_scale)
    async with plant.work("qa-2") as work:
        said: dict[str, Any] = {"meaning": "verified", "reason": "seen", "version": weighed.version}
        await weighing.verify(work, weighed.id, signed_by("qa-2"), **said)
    plant.clock.at += timedelta(minutes=1)
    await here.found_off(2)
    scan: dict[str, Any] = {"container": weighed.number, "quantity": Decimal("12.51"), "key": "scan-0001"}
    with pytest.raises(materials.IssueRefused) as doubted:
        async with plant.work("operator") as work:
            await materials.issue_material(work, batch, **scan)
    assert doubted.value.failed == ("scale_not_calibrated",)
