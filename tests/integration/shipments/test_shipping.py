"""A shipment from its plan to the customer and back, with the stock's books right at every step."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from mes.inventory import decisions, splitting
from mes.inventory import service as inventory
from mes.inventory.model import QualityStatus
from mes.people.duties import DutyNotHeld
from mes.shipments import arriving, customers
from mes.shipments import service as shipments
from mes.shipments.model import Status
from mes.shipments.picking import PickRefused
from mes.transitions import Refused, StaleVersion
from tests.integration.mes.stability.conftest import drawn, put_profile, read_steadily
from tests.integration.shipments.dispatch import TODAY, Dispatch
from tests.plugins.cold_room import signed_by


async def test_a_lot_goes_to_its_customer_and_the_ledger_says_so(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    shipped = await dispatch.shipped("L1")
    assert (shipped.status, shipped.shipped_by) == (Status.SHIPPED, "warehouse")
    assert await dispatch.left("L1") == 60
    assert await dispatch.reserved("L1") == 0
    delivered = await dispatch.step("deliver", receiver="pharmacist", proof="DN-1")
    assert (delivered.status, delivered.receiver, delivered.proof) == (Status.DELIVERED, "pharmacist", "DN-1")
    [row] = await dispatch.went("L1")
    assert (row.consignee, row.address, row.contact) == ("Hospital of the story", "1 Story Road", "pharmacy, 000-0000")
    assert (row.lot, row.quantity, row.unit, row.status) == ("L1", Decimal(40), "1", Status.DELIVERED)
    assert row.shipped_at == shipped.shipped_at
    assert await dispatch.differences() == []
    moved = await dispatch.plant.rows("select kind, quantity, reference from stock_movement order by id desc limit 1")
    assert moved == [("shipment", Decimal(-40), shipped.number)]


async def test_the_record_keeps_the_consignee_that_it_was_shipped_to(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.shipped("L1")
    async with dispatch.plant.work("warehouse") as work:
        now = await customers.customer_named(work, "HOSP")
        moved = customers.Told(name="Another name", address="2 Story Road", contact="nobody")
        await customers.change(work, now.id, moved, version=now.version, reason="it moved")
    [row] = await dispatch.went("L1")
    assert (row.consignee, row.address) == ("Hospital of the story", "1 Story Road")
    with pytest.raises(StaleVersion):
        async with dispatch.plant.work("warehouse") as work:
            await customers.change(work, now.id, moved, version=now.version, reason="seen before")


async def test_what_is_planned_or_called_off_has_not_left(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.plan()
    await dispatch.pick("L1")
    assert await dispatch.went("L1") == []
    assert await dispatch.reserved("L1") == 40
    with pytest.raises(Refused, match="reason_given"):
        await dispatch.step("cancel", note=" ")
    await dispatch.step("cancel", note="the order was withdrawn")
    assert await dispatch.reserved("L1") == 0
    assert await dispatch.left("L1") == 100


async def test_the_lot_that_expires_first_goes_first_unless_a_lead_says_why(dispatch: Dispatch) -> None:
    await dispatch.lot("LATE", expires=date(2026, 12, 31))
    await dispatch.lot("SOON", expires=date(2026, 3, 1))
    await dispatch.plan()
    with pytest.raises(PickRefused) as refused:
        await dispatch.pick("LATE")
    assert refused.value.failed == ("not_fefo",)
    with pytest.raises(DutyNotHeld):
        await dispatch.pick("LATE", override="the customer asked for it", roles={"warehouse"})
    picked = await dispatch.pick("LATE", override="the customer asked for it", roles={"lead"})
    assert picked.override_reason == "the customer asked for it"
    tried = "select after ->> 'code' from audit where action = 'shipment.pick.refused'"
    assert await dispatch.plant.rows(tried) == [("LATE",)]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [("quarantine", "not_released"), ("hold", "on_hold"), ("expired", "expired"), ("short", "min_life")],
)
async def test_what_may_not_be_used_is_not_picked(dispatch: Dispatch, spoil: str, reason: str) -> None:
    last = {"expired": TODAY - timedelta(days=1), "short": TODAY + timedelta(days=5)}.get(spoil, date(2026, 9, 30))
    lot_id = await dispatch.lot("L1", expires=last)
    async with dispatch.plant.work() as work:
        if spoil == "quarantine":
            await inventory.quarantine_lot(work, lot_id, reason="a doubt")
        elif spoil == "hold":
            await decisions.hold_by_hand(work, lot_id, reason="a doubt")
        now = await customers.customer_named(work, "HOSP")
        told = customers.Told(name="H", address="A", contact="C", min_remaining_days=30)
        await customers.change(work, now.id, told, version=now.version, reason="they ask for a month")
    await dispatch.plan()
    with pytest.raises(PickRefused) as refused:
        await dispatch.pick("L1")
    assert refused.value.failed == (reason,)
    assert await dispatch.reserved("L1") == 0


async def test_a_hold_stops_what_was_picked_until_it_is_picked_again(dispatch: Dispatch) -> None:
    lot_id = await dispatch.lot("L1")
    await dispatch.plan()
    picked = await dispatch.pick("L1")
    await dispatch.step("finish_picking")
    async with dispatch.plant.work() as work:
        hold = await decisions.hold_by_hand(work, lot_id, reason="a doubt")
    with pytest.raises(Refused) as refused:
        await dispatch.step("load")
    assert refused.value.failed == ("picks_are_kept", "lots_may_be_shipped")
    async with dispatch.plant.work() as work:
        await decisions.lift_by_hand(work, hold.id, signed_by(), meaning="approved", reason="no doubt any more")
    with pytest.raises(Refused) as refused:
        await dispatch.step("load")
    assert refused.value.failed == ("picks_are_kept",)
    await dispatch.step("pick_again")
    async with dispatch.plant.work("warehouse") as work:
        await shipments.put_back(work, dispatch.ids["S"], picked.id)
    await dispatch.pick("L1")
    for step in ("finish_picking", "load", "ship"):
        await dispatch.step(step)
    assert await dispatch.left("L1") == 60
    assert await dispatch.differences() == []


async def test_a_hold_between_loading_and_dispatch_keeps_it_here(dispatch: Dispatch) -> None:
    lot_id = await dispatch.lot("L1")
    await dispatch.plan()
    await dispatch.pick("L1")
    await dispatch.step("finish_picking")
    await dispatch.step("load")
    async with dispatch.plant.work() as work:
        await decisions.hold_by_hand(work, lot_id, reason="a doubt")
    with pytest.raises(Refused, match="lots_may_be_shipped"):
        await dispatch.step("ship")
    assert await dispatch.left("L1") == 100


async def test_less_than_asked_for_goes_only_with_a_reason(dispatch: Dispatch) -> None:
    await dispatch.lot("L1", "30")
    await dispatch.plan(quantity="40")
    await dispatch.pick("L1")
    with pytest.raises(Refused, match="lines_are_covered"):
        await dispatch.step("finish_picking")
    picked = await dispatch.step("finish_picking", note="the rest follows next week")
    assert picked.short_reason == "the rest follows next week"


async def test_more_than_asked_for_is_refused(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.plan(quantity="40")
    with pytest.raises(PickRefused, match="not_more_than_asked"):
        await dispatch.pick("L1", quantity="41")
    await dispatch.pick("L1", quantity="40")
    with pytest.raises(PickRefused, match="not_more_than_asked"):
        await dispatch.pick("L1", quantity="1")


async def test_a_container_is_taken_whole_or_in_part(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.box("BOX-1", "L1", "25")
    await dispatch.box("BOX-2", "L1", "75")
    await dispatch.plan(quantity="40")
    assert (await dispatch.pick("BOX-1")).quantity == 25
    assert (await dispatch.pick("BOX-2")).quantity == 15
    for step in ("finish_picking", "load", "ship"):
        await dispatch.step(step)
    boxes = await dispatch.plant.rows("select number, quantity from container order by number")
    assert boxes == [("BOX-1", Decimal(0)), ("BOX-2", Decimal(60))]
    assert await dispatch.differences() == []


async def test_a_page_that_is_stale_changes_nothing(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    planned = await dispatch.plan()
    await dispatch.pick("L1")
    with pytest.raises(StaleVersion):
        async with dispatch.plant.work("warehouse") as work:
            await shipments.finish_picking(work, planned.id, version=planned.version)


async def test_what_comes_back_is_a_lot_of_its_own_in_quarantine(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.shipped("L1")
    await dispatch.step("deliver", receiver="pharmacist")
    assert await dispatch.take_back("L1", "15") == "L1-R1"
    async with dispatch.plant.work() as work:
        back = await inventory.lot(work, dispatch.plant.lots["L1-R1"])
    assert (back.quality_status, back.quantity, back.expires_on) == (
        QualityStatus.QUARANTINE,
        Decimal(15),
        date(2026, 9, 30),
    )
    [row] = await dispatch.went("L1")
    assert [(each.number, each.quantity) for each in row.returned] == [("L1-R1", Decimal(15))]
    assert row.status is Status.DELIVERED
    with pytest.raises(arriving.ReturnedMoreThanShipped):
        await dispatch.take_back("L1", "26")
    assert await dispatch.take_back("L1", "25") == "L1-R2"
    [row] = await dispatch.went("L1")
    assert row.status is Status.RETURNED
    assert await dispatch.left("L1") == 60
    assert await dispatch.differences() == []


async def test_what_is_refused_comes_back_and_is_released_by_quality_assurance(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.shipped("L1")
    await dispatch.step("refuse", note="the box is wet")
    number = await dispatch.take_back("L1", "40")
    async with dispatch.plant.work() as work:
        back = await inventory.lot_named(work, number)
        assert back is not None
        said = {"version": back.version, "meaning": "released", "reason": "inspected"}
        free = await decisions.judge_lot(work, back.id, "release", signed_by(), **said)  # type: ignore[arg-type]
    assert free.quality_status is QualityStatus.RELEASED
    [row] = await dispatch.went("L1")
    assert row.status is Status.RETURNED


async def test_what_comes_back_has_drawn_what_its_lot_had_and_the_worst_for_its_time_away(dispatch: Dispatch) -> None:
    """Nobody of ours knows how warm it was there: unknown is not zero. In the plant it is counted by probes again."""
    await put_profile(dispatch.plant)
    await dispatch.lot("L1")
    await read_steadily(dispatch.plant, range(61), 6.0)
    await dispatch.shipped("L1")
    await read_steadily(dispatch.plant, range(61, 151), 6.0)
    await dispatch.step("deliver", receiver="pharmacist")
    number = await dispatch.take_back("L1", "10")
    assert await drawn(dispatch.plant, number) == pytest.approx([60, 0, 90], abs=2)
    assert await drawn(dispatch.plant, "L1") == pytest.approx([150, 0, 0], abs=2)
    await read_steadily(dispatch.plant, range(151, 181), 7.0, room="cold-room-1")
    assert await drawn(dispatch.plant, number) == pytest.approx([60, 30, 90], abs=2)


async def test_what_was_away_for_longer_than_it_withstands_is_on_hold_when_it_comes_back(dispatch: Dispatch) -> None:
    await put_profile(dispatch.plant)
    await dispatch.lot("L1")
    await dispatch.shipped("L1")
    await dispatch.step("deliver", receiver="pharmacist")
    dispatch.plant.clock.at += timedelta(hours=5)
    number = await dispatch.take_back("L1", "10")
    async with dispatch.plant.work() as work:
        back = await inventory.lot(work, dispatch.plant.lots[number])
    assert back.active_holds == 1


async def test_nothing_comes_back_from_what_has_not_arrived(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.shipped("L1")
    with pytest.raises(Refused, match="state_is_delivered_or_refused"):
        await dispatch.take_back("L1", "1")


async def test_a_part_of_a_lot_is_shipped_under_its_own_number(dispatch: Dispatch) -> None:
    lot_id = await dispatch.lot("L1")
    async with dispatch.plant.work("warehouse") as work:
        await splitting.split_lot(work, lot_id, number="L1-A", quantity=Decimal(40), reason="another label")
    await dispatch.shipped("L1-A")
    assert await dispatch.went("L1") == []
    assert [row.lot for row in await dispatch.went("L1", "L1-A")] == ["L1-A"]
