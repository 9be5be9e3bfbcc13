"""One order from request to close: what must be written down, who may not verify, what the machine is meanwhile."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from mes.equipment import service as equipment
from mes.equipment.model import Against
from mes.maintenance import applying, checks, labour, parts, records
from mes.maintenance import service as maintenance
from mes.maintenance.checks import CheckKind, CheckNotAsked
from mes.maintenance.labour import LabourWrong, NoteMissing, WorkerUnknown
from mes.maintenance.model import Order, Status
from mes.maintenance.parts import PartShort
from mes.maintenance.proving import Signing
from mes.maintenance.service import SamePerson, Told
from mes.maintenance.words import CareWords, PartWords
from mes.plant import service as plant
from mes.plant.model import EquipmentStatus
from mes.transitions import Refused
from tests.plugins.cold_room import PASSWORD, ColdStore, minute, signed_by

COMPRESSOR = "hainan/cold-store/cold-room-2-compressor"
CODES = {"problem_code": "noise", "cause_code": "wear", "remedy_code": "replaced"}
DONE: dict[str, Any] = CODES | {"findings": "bearing worn", "labour_min": Decimal(40), "no_parts": True}
NOTHING = dict.fromkeys(CheckKind, False)


async def machine_id(cold_store: ColdStore) -> int:
    async with cold_store.work() as work:
        return (await plant.machine_named(work, COMPRESSOR)).id


async def an_order(cold_store: ColdStore, mode: str = "other", **said: Any) -> Order:
    of = await machine_id(cold_store)
    async with cold_store.work("operator") as work:
        return await maintenance.open_order(
            work, equipment_id=of, title_en="It howls", title_zh="异响", failure_mode=mode, **said
        )


async def step(cold_store: ColdStore, order: Order, name: str, who: str = "maintenance", **told: Any) -> Order:
    async with cold_store.work(who) as work:
        version = (await maintenance.order(work, order.id)).version
        signing = seen_by(who) if name == "verify" else None
        return await maintenance.take_step(work, order.id, name, version=version, told=Told(**told), signing=signing)


def seen_by(who: str, meaning: str = "verified", password: str = PASSWORD) -> Signing:
    """What a person types to sign a verification."""
    return Signing(credentials=signed_by(who, password), meaning=meaning, reason="seen at the machine")


async def started(cold_store: ColdStore, mode: str = "other") -> Order:
    order = await an_order(cold_store, mode)
    await step(cold_store, order, "approve")
    return await step(cold_store, order, "start")


async def critical(cold_store: ColdStore) -> None:
    words = CareWords(equipment="cold-store/cold-room-2-compressor", critical=True)
    async with cold_store.work("plant") as work:
        await applying.put(work, applying.CareRow(equipment=COMPRESSOR, definition=words.model_dump_json()))


async def shelf(cold_store: ColdStore, quantity: int) -> int:
    words = PartWords.model_validate({"number": "RLY", "name": {"en": "Relay", "zh": "继电器"}, "min_stock": 1})
    async with cold_store.work("plant") as work:
        await applying.put(work, applying.PartRow(number="RLY", definition=words.model_dump_json()))
        [part] = await parts.parts(work)
        await parts.receive(work, part.id, Decimal(quantity))
    return part.id


async def status(cold_store: ColdStore) -> EquipmentStatus:
    of = await machine_id(cold_store)
    async with cold_store.work() as work:
        return (await plant.machine(work, of)).status


async def test_done_needs_all_that_was_done(cold_store: ColdStore) -> None:
    order = await started(cold_store)
    with pytest.raises(Refused) as refused:
        await step(cold_store, order, "done")
    assert refused.value.failed == ("findings_given", "failure_coded", "labour_booked", "parts_told")
    done = await step(cold_store, order, "done", **DONE)
    assert (done.status, done.cause_code, done.downtime_min) == (Status.DONE, "wear", Decimal(0))


async def test_who_did_it_or_helped_does_not_verify_it(cold_store: ColdStore) -> None:
    order = await started(cold_store)
    async with cold_store.work("maintenance") as work:
        await labour.book_labour(work, order.id, person="maintenance-2", minutes=Decimal(15))
    await step(cold_store, order, "done", **DONE)
    for worker in ("maintenance", "maintenance-2"):
        with pytest.raises(SamePerson) as refused:
            await step(cold_store, order, "verify", worker, check_result="quiet")
        assert refused.value.failed == ("verifier_is_not_the_doer",)
    verified = await step(cold_store, order, "verify", "lead", check_result="quiet")
    assert verified.verified_by == "lead"
    refusals = await cold_store.rows("select count(*) from audit where action = 'maintenance_order.verify.refused'")
    assert refusals == [(2,)], "the attempts stay on the trail"


async def test_nothing_starts_on_a_machine_that_is_worked_on_until_it_is_verified(cold_store: ColdStore) -> None:
    order = await started(cold_store)
    of = await machine_id(cold_store)
    await step(cold_store, order, "done", **DONE)
    async with cold_store.work() as work:
        assert Against.WORKS in await equipment.startable(work, of, work.now)
    await step(cold_store, order, "verify", "maintenance-2", check_result="quiet")
    async with cold_store.work() as work:
        assert await equipment.startable(work, of, work.now) == []


async def test_work_does_not_start_where_a_batch_runs(cold_store: ColdStore) -> None:
    order = await an_order(cold_store)
    await step(cold_store, order, "approve")
    async with cold_store.work("operator") as work:
        await plant.set_equipment_status(work, order.equipment_id, EquipmentStatus.IN_USE, reason="a batch")
    with pytest.raises(Refused) as refused:
        await step(cold_store, order, "start")
    assert refused.value.failed == ("no_batch_runs_on_it",)


async def test_two_orders_on_one_machine_free_it_together(cold_store: ColdStore) -> None:
    one, other = await started(cold_store), await started(cold_store, "bearing_wear")
    for order in (one, other):
        await step(cold_store, order, "done", **DONE)
    await step(cold_store, one, "verify", "maintenance-2", check_result="quiet")
    assert await status(cold_store) is EquipmentStatus.UNDER_MAINTENANCE
    await step(cold_store, other, "verify", "maintenance-2", check_result="quiet")
    assert await status(cold_store) is EquipmentStatus.READY


async def test_a_dirty_machine_is_dirty_after_the_work(cold_store: ColdStore) -> None:
    order = await an_order(cold_store)
    async with cold_store.work("operator") as work:
        await plant.set_equipment_status(work, order.equipment_id, EquipmentStatus.TO_CLEAN, reason="a batch")
    await step(cold_store, order, "approve")
    await step(cold_store, order, "start")
    await step(cold_store, order, "done", **DONE)
    await step(cold_store, order, "verify", "maintenance-2", check_result="quiet")
    assert await status(cold_store) is EquipmentStatus.TO_CLEAN


async def test_a_machine_that_gmp_depends_on_is_checked_before_it_is_ready(cold_store: ColdStore) -> None:
    await critical(cold_store)
    order = await started(cold_store)
    with pytest.raises(Refused) as refused:
        await step(cold_store, order, "done", **DONE)
    assert refused.value.failed == ("checks_judged",)
    needs = NOTHING | {CheckKind.CLEAN: True, CheckKind.CALIBRATE: True}
    await step(cold_store, order, "done", **DONE, checks=needs)
    with pytest.raises(Refused) as refused:
        await step(cold_store, order, "verify", "maintenance-2", check_result="quiet")
    assert refused.value.failed == ("checks_done",)
    async with cold_store.work("maintenance") as work:
        await checks.finish_check(work, order.id, CheckKind.CALIBRATE, "CAL-77")
    with pytest.raises(CheckNotAsked):
        async with cold_store.work("maintenance") as work:
            await checks.finish_check(work, order.id, CheckKind.REQUALIFY, "PQ-1")
    await step(cold_store, order, "verify", "maintenance-2", check_result="quiet")
    assert await status(cold_store) is EquipmentStatus.TO_CLEAN, "the cleaning record makes it ready"


async def test_work_that_was_begun_on_it_is_not_called_off(cold_store: ColdStore) -> None:
    await critical(cold_store)
    order = await started(cold_store)
    await step(cold_store, order, "hold", note="a part is missing")
    with pytest.raises(Refused) as refused:
        await step(cold_store, order, "cancel", note="not needed")
    assert refused.value.failed == ("critical_work_not_begun",)


async def test_what_the_check_finds_wrong_is_worked_on_again_and_judged_again(cold_store: ColdStore) -> None:
    await critical(cold_store)
    order = await started(cold_store)
    await step(cold_store, order, "done", **DONE, checks=NOTHING)
    again = await step(cold_store, order, "rework", "maintenance-2", note="still howls")
    assert again.status is Status.IN_PROGRESS
    with pytest.raises(Refused) as refused:
        await step(cold_store, order, "done", **DONE)
    assert refused.value.failed == ("checks_judged",)


async def test_only_planned_work_is_skipped(cold_store: ColdStore) -> None:
    order = await an_order(cold_store)
    await step(cold_store, order, "approve")
    with pytest.raises(Refused) as refused:
        await step(cold_store, order, "skip", note="later")
    assert refused.value.failed == ("only_planned_work",)


async def test_the_work_goes_to_the_next_shift_with_a_note(cold_store: ColdStore) -> None:
    order = await started(cold_store)

    async def hand_over(to: str, note: str) -> Order:
        async with cold_store.work("maintenance") as work:
            return await labour.hand_over(work, order.id, to=to, note=note, version=order.version)

    with pytest.raises(NoteMissing):
        await hand_over("maintenance-2", " ")
    with pytest.raises(WorkerUnknown):
        await hand_over("nobody", "oil is drained")
    assert (await hand_over("maintenance-2", "oil is drained")).assigned_to == "maintenance-2"
    async with cold_store.work() as work:
        log = await records.log_of(work, order.id)
    assert [each.act for each in log] == ["request", "approve", "start", "handed_over"]
    assert log[-1].told == "oil is drained"


async def test_a_fault_that_is_reported_twice_is_one_order_with_both_words(cold_store: ColdStore) -> None:
    first = await an_order(cold_store, told="it howls")
    second = await an_order(cold_store, told="louder now")
    assert second.id == first.id
    async with cold_store.work() as work:
        log = await records.log_of(work, first.id)
    assert [(each.act, each.told) for each in log] == [("request", "it howls"), ("asked_again", "louder now")]


async def test_labour_is_taken_back_with_a_note_and_never_below_nothing(cold_store: ColdStore) -> None:
    order = await started(cold_store)

    async def book(minutes: int, note: str = "") -> None:
        async with cold_store.work("maintenance") as work:
            await labour.book_labour(work, order.id, person="maintenance", minutes=Decimal(minutes), note=note)

    await book(60)
    for minutes, note in ((-20, ""), (-61, "typed wrongly"), (0, ""), (1441, "")):
        with pytest.raises(LabourWrong):
            await book(minutes, note)
    await book(-20, "typed wrongly")
    async with cold_store.work() as work:
        assert labour.total_min(await labour.labour(work, order.id)) == 40


async def test_two_mechanics_on_the_last_part(cold_store: ColdStore) -> None:
    part_id = await shelf(cold_store, 1)
    one, other = await started(cold_store), await started(cold_store, "bearing_wear")

    async def take(order: Order) -> str:
        try:
            async with cold_store.work("maintenance") as work:
                return str((await parts.use(work, order.id, part_id, Decimal(1))).stock)
        except PartShort:
            return "short"

    assert sorted(await asyncio.gather(take(one), take(other))) == ["0", "short"]
    async with cold_store.work() as work:
        assert await parts.differing(work) == []
        assert (await parts.part(work, part_id)).low


async def test_parts_go_back_only_as_many_as_were_taken(cold_store: ColdStore) -> None:
    part_id = await shelf(cold_store, 3)
    order = await started(cold_store)
    async with cold_store.work("maintenance") as work:
        await parts.use(work, order.id, part_id, Decimal(2))
    with pytest.raises(PartShort):
        async with cold_store.work("maintenance") as work:
            await parts.bring_back(work, order.id, part_id, Decimal(3))
    async with cold_store.work("maintenance") as work:
        await parts.bring_back(work, order.id, part_id, Decimal(1))
        counted = await parts.count_stock(work, part_id, Decimal(5), reason="found in a drawer")
    assert counted.stock == 5
    async with cold_store.work() as work:
        assert await parts.differing(work) == []
        [used] = await parts.used_in(work, order.id)
    assert used.quantity == 1


async def test_the_log_only_grows(cold_store: ColdStore) -> None:
    await an_order(cold_store)
    cold_store.clock.at = minute(5)
    with pytest.raises(Exception, match=r"append-only|permission denied"):
        await cold_store.rows("update maintenance_log set told = 'x' returning 1")
