"""An order from plan to done on the demo plant's line: what goes in is checked, kept and found again from both ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from isotherm.demo_stock import LOTS, stock_demo
from mes.inventory import service as inventory
from mes.inventory import stock
from mes.inventory.model import Lot, QualityStatus
from mes.orders import materials, service
from mes.orders.materials import IssueRefused, KeyOfAnotherScan, issue_material
from mes.orders.model import Batch, BatchStatus, Order, Status
from mes.orders.sheets import Direction, batch_sheet, batches_consuming, genealogy, order_sheet
from mes.plant import service as plant
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.plant.model import EquipmentStatus
from mes.transitions import Refused, StaleVersion
from telemetry.work import Pool, Work, begin
from tests.plugins.database import NOW

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def line(work: Work) -> int:
    """The demo plant, without stock."""
    await apply(work, read_plant(DEMO), "test")
    return (await plant.machine_named(work, "hainan/filling/line-1")).id


async def a_lot(work: Work, number: str, item: str, *, decided: QualityStatus = QualityStatus.RELEASED) -> Lot:
    zone = await plant.zone_named(work, "cold-room-1")
    return await stock.receive_lot(
        work,
        number=number,
        item=item,
        quantity=Decimal(1000),
        zone_id=zone.id,
        expires_on=(NOW + timedelta(days=90)).date(),
        received_at=NOW - timedelta(days=2),
        decided=decided,
    )


async def a_running_batch(work: Work, line: int, item: str = "FG-PEN", needs: str = "RM-INSULIN") -> Batch:
    need = service.Need(item=needs, quantity=Decimal(100))
    order = await service.plan_order(work, item=item, equipment_id=line, quantity=Decimal(50), materials=[need])
    await service.release_order(work, order.id)
    await service.start_order(work, order.id)
    batch = await service.batch_of(work, order.id)
    assert batch is not None
    return batch


async def issue(work: Work, batch: Batch, lot: str, quantity: str = "10", key: str = "scan-0001") -> materials.Issued:
    return await issue_material(work, batch.id, lot_number=lot, quantity=Decimal(quantity), key=key)


async def planned(work: Work, line: int) -> Order:
    return await service.plan_order(
        work,
        item="FG-PEN",
        equipment_id=line,
        quantity=Decimal(50),
        materials=[service.Need(item="RM-INSULIN", quantity=Decimal(100))],
    )


async def test_an_order_goes_from_plan_to_done(work: Work, line: int) -> None:
    await a_lot(work, "INS-1", "RM-INSULIN")
    batch = await a_running_batch(work, line)
    await issue(work, batch, "INS-1", "100")
    end = Work("operator", NOW + 30 * MINUTE, work.db)
    zone = await plant.zone_named(work, "cold-room-1")
    made = service.Yield(quantity=Decimal(48), zone_id=zone.id, expires_on=NOW.date())
    done = await service.complete_order(end, batch.order_id, made)
    assert (done.status, done.started_at, done.completed_at) == (Status.COMPLETED, NOW, NOW + 30 * MINUTE)

    sheet = await batch_sheet(Work("qa", NOW + 90 * MINUTE, work.db), batch.id)
    assert sheet.batch.status is BatchStatus.EXECUTED
    assert sheet.window == (NOW, NOW + 30 * MINUTE)
    assert len(sheet.points) == 12
    assert [(row.lot.number, row.issue.quantity) for row in sheet.consumed] == [("INS-1", Decimal(100))]
    assert sheet.made is not None
    assert (sheet.made.number, sheet.made.quality_status) == (batch.number, QualityStatus.QUARANTINE)
    [requirement] = (await order_sheet(work, done)).requirements
    assert requirement.issued == 100

    await work.flush()
    await end.flush()
    told = await (await work.db.execute("select action from audit where entity in ('order', 'batch')")).fetchall()
    assert {row[0] for row in told} >= {"order.plan", "order.release", "batch.issue", "order.start", "order.complete"}


async def test_a_running_batchs_window_reaches_to_now(work: Work, line: int) -> None:
    batch = await a_running_batch(work, line)
    later = Work("qa", NOW + 5 * MINUTE, work.db)
    assert (await batch_sheet(later, batch.id)).window == (NOW, NOW + 5 * MINUTE)


async def test_steps_out_of_order_are_refused_and_named(work: Work, line: int) -> None:
    order = await planned(work, line)
    with pytest.raises(Refused) as early:
        await service.start_order(work, order.id)
    assert early.value.failed == ("state_is_released",)
    await service.release_order(work, order.id)
    await service.start_order(work, order.id)
    with pytest.raises(Refused) as blank:
        await service.hold_order(work, order.id, reason=" ")
    assert blank.value.failed == ("reason_given",)
    with pytest.raises(Refused):
        await service.cancel_order(work, order.id, reason="late")
    with pytest.raises(Refused) as unsigned:
        await service.abort_order(work, order.id, signature_id=None, reason="broken")
    assert unsigned.value.failed == ("signed",)


async def test_an_order_without_materials_is_not_released(work: Work, line: int) -> None:
    order = await service.plan_order(work, item="FG-PEN", equipment_id=line, quantity=Decimal(5), materials=[])
    with pytest.raises(Refused) as refused:
        await service.release_order(work, order.id)
    assert refused.value.failed == ("has_materials",)


async def test_nothing_starts_on_a_line_under_maintenance(work: Work, line: int) -> None:
    order = await planned(work, line)
    await service.release_order(work, order.id)
    await plant.set_equipment_status(work, line, EquipmentStatus.UNDER_MAINTENANCE, reason="bearing")
    with pytest.raises(Refused) as refused:
        await service.start_order(work, order.id)
    assert refused.value.failed == ("line_works",)


async def test_a_page_that_is_old_changes_nothing(work: Work, line: int) -> None:
    order = await planned(work, line)
    await service.release_order(work, order.id, version=order.version)
    with pytest.raises(StaleVersion):
        await service.start_order(work, order.id, version=order.version)


async def test_the_same_scan_twice_is_one_issue(work: Work, line: int) -> None:
    await a_lot(work, "INS-1", "RM-INSULIN")
    batch = await a_running_batch(work, line)
    first = await issue(work, batch, "INS-1")
    again = await issue(work, batch, "INS-1")
    assert (again.issue, again.again, first.again) == (first.issue, True, False)
    assert again.lot.quantity == 990
    with pytest.raises(KeyOfAnotherScan):
        await issue(work, batch, "INS-1", "11")


async def test_what_may_not_go_in_is_refused_with_every_reason(work: Work, line: int) -> None:
    held = await a_lot(work, "INS-1", "RM-INSULIN", decided=QualityStatus.QUARANTINE)
    await inventory.place_hold(work, held.id, cause="excursion:1", reason="9.1 °C")
    await a_lot(work, "CRE-1", "RM-CRESOL")
    batch = await a_running_batch(work, line)
    for lot, quantity, against in (
        ("INS-1", "101", ("not_released", "on_hold", "over_tolerance")),
        ("CRE-1", "10", ("wrong_item",)),
        ("NO-SUCH", "10", ("unknown_lot",)),
    ):
        with pytest.raises(IssueRefused) as refused:
            await issue(work, batch, lot, quantity)
        assert refused.value.failed == against
    assert await materials.issues(work, batch.id) == []
    assert (await inventory.lot(work, held.id)).quantity == 1000


async def test_an_order_on_hold_takes_no_material_until_it_is_resumed(work: Work, line: int) -> None:
    await a_lot(work, "INS-1", "RM-INSULIN")
    batch = await a_running_batch(work, line)
    await service.hold_order(work, batch.order_id, reason="room too warm")
    with pytest.raises(IssueRefused) as refused:
        await issue(work, batch, "INS-1")
    assert refused.value.failed == ("batch_not_running",)
    resumed = await service.resume_order(Work("lead", NOW + MINUTE, work.db), batch.order_id)
    assert (resumed.started_at, resumed.hold_reason) == (NOW, None)
    assert not (await issue(work, batch, "INS-1")).again


async def test_a_refused_scan_stays_on_the_batchs_record(pool: Pool) -> None:
    async with begin(pool, "operator", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
        batch = await a_running_batch(work, (await plant.machine_named(work, "hainan/filling/line-1")).id)
    with pytest.raises(IssueRefused) as refused:
        async with begin(pool, "operator", NOW) as work:
            await issue(work, batch, "NO-SUCH")
    async with begin(pool, "operator", NOW) as work:
        await refused.value.record(work)
    async with begin(pool, "qa", NOW) as work:
        row = await work.db.execute("select entity_id, after from audit where action = 'batch.issue.refused'")
        assert await row.fetchall() == [
            (str(batch.id), {"failed_guards": ["unknown_lot"], "lot": "NO-SUCH", "quantity": "10"})
        ]


async def test_two_scanners_never_take_more_than_there_is(pool: Pool) -> None:
    async with begin(pool, "operator", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
        batch = await a_running_batch(work, (await plant.machine_named(work, "hainan/filling/line-1")).id)
        lot = await a_lot(work, "INS-1", "RM-INSULIN")
        await stock.consume(work, lot.id, Decimal(940))

    async def scan(number: int) -> tuple[str, ...]:
        """Each began a minute before the one that is served before it."""
        try:
            async with begin(pool, f"scanner-{number}", NOW - number * MINUTE) as work:
                await issue(work, batch, "INS-1", "25", f"scan-{number:04}")
        except IssueRefused as refused:
            return refused.failed
        return ()

    told = await asyncio.gather(*(scan(number) for number in range(4)))
    assert sorted(told) == [(), (), ("insufficient",), ("insufficient",)]
    async with begin(pool, "qa", NOW) as work:
        assert (await inventory.lot(work, lot.id)).quantity == 10


async def test_a_lot_is_followed_forward_and_backward_through_batches(work: Work, line: int) -> None:
    raw = [await a_lot(work, f"INS-{n}", "RM-INSULIN") for n in range(3)]
    zone = await plant.zone_named(work, "cold-room-1")
    first = await a_running_batch(work, line, item="RM-PROTAMINE")
    for n, lot in enumerate(raw):
        await issue(work, first, lot.number, "20", f"scan-{n:04}")
    made = service.Yield(quantity=Decimal(50), zone_id=zone.id, expires_on=NOW.date())
    await service.complete_order(work, first.order_id, made)
    half = await inventory.lot_named(work, first.number)
    assert half is not None
    await work.db.execute("update lot set quality_status = 'released' where id = %s", [half.id])
    later = Work("operator", NOW + MINUTE, work.db)
    second = await a_running_batch(later, line, needs="RM-PROTAMINE")
    await issue(later, second, half.number, "50", "scan-0009")
    await service.complete_order(later, second.order_id, made)
    final = await inventory.lot_named(work, second.number)
    assert final is not None

    forward = await genealogy(work, raw[1].id, Direction.FORWARD)
    assert [(link.depth, link.from_lot, link.batch_id, link.to_lot) for link in forward] == [
        (1, raw[1].id, first.id, half.id),
        (2, half.id, second.id, final.id),
    ]
    backward = await genealogy(work, final.id, Direction.BACKWARD)
    assert [(link.depth, link.from_lot) for link in backward] == [(1, half.id), *((2, lot.id) for lot in raw)]
    assert [batch.id for batch in await batches_consuming(work, [lot.id for lot in raw])] == [first.id]


async def test_the_demo_plant_is_stocked_once(work: Work, line: int) -> None:
    await stock_demo(work, NOW)
    await stock_demo(work, NOW)
    room = await plant.zone_named(work, "cold-room-2")
    assert len(await inventory.lots(work)) == len(LOTS) == 40
    there = {lot.number for lot in await inventory.lots(work, zone_id=room.id)}
    assert len(there) == 13
    exposed = await inventory.lots_exposed(work, room.id, NOW - timedelta(minutes=1), None)
    assert {row.number for row in exposed} == there
    lately = await inventory.lots_exposed(work, room.id, NOW - timedelta(days=14), None)
    assert {row.number for row in lately} - there == {
        *("INS-2609-03", "PRO-2610-02", "PEN-2610-09", "PEN-2610-10", "KIT-2610-04")
    }
    running = await service.orders(work, statuses=[Status.RUNNING], equipment_id=line)
    assert [order.number for order in running] == ["WO-2026-0002", "WO-2026-0001"]
    await work.flush()
    warned = await work.db.execute("select after->'warnings' from audit where action = 'batch.issue_material'")
    assert [row[0] for row in await warned.fetchall()] == [[]] * 7
    assert {lot.quality_status for lot in await inventory.lots(work)} == {"released", "quarantine"}
