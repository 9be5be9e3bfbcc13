"""A batch is executed: the sequence is enforced, values meet their limits, a second person looks, nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from mes.batches import service as batches
from mes.batches.keeping import CorrectionWithoutReason
from mes.batches.model import Batch, BatchStatus, OperationStatus, StepStatus, Verdict
from mes.batches.records import ReprintWithoutReason
from mes.batches.snapshot import sha256_of
from mes.batches.steps import OutWithoutNote
from mes.equipment import service as equipment
from mes.equipment.model import Against
from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind
from mes.inventory import service as inventory
from mes.orders import service as orders
from mes.orders.model import Order, Status
from mes.people.refusals import ReauthRequired, SameSigner
from mes.plant import service as plant
from mes.plant.model import EquipmentStatus
from mes.transitions import Refused, StaleVersion
from tests.plugins.database import NOW
from tests.plugins.filling import FillingLine


async def kinds(line: FillingLine, batch_id: int) -> list[Kind]:
    return sorted(each.kind for each in await exceptions.exceptions(line.first, batch_id))


async def test_release_copies_the_record_numbers_the_batch_and_begins_its_lot(filling_line: FillingLine) -> None:
    order, batch = await filling_line.released("50")
    work = filling_line.first
    assert (order.status, order.recipe, order.recipe_version) == (Status.RELEASED, "RM-PROTAMINE", 1)
    assert batch.document_sha256 == sha256_of(batch.document)
    assert batches.record_in(batch).batch_size == 50
    [line] = await orders.materials(work, order.id)
    assert (line.quantity, line.most) == (Decimal(100), Decimal("100.500"))
    assert batch.lot_id is not None
    lot = await inventory.lot(work, batch.lot_id)
    assert (lot.number, lot.quantity, lot.quality_status.value) == (batch.number, Decimal(0), "quarantine")
    assert [(o.code, o.status) for o in await batches.operations(work, batch.id)] == [
        ("prepare", OperationStatus.READY),
        ("fill", OperationStatus.PENDING),
        ("pack", OperationStatus.PENDING),
    ]
    with pytest.raises(Refused) as twice:
        await orders.release_order(filling_line.at(1), order.id)
    assert twice.value.failed == ("state_is_planned",)


async def test_without_a_master_record_in_force_nothing_is_released(filling_line: FillingLine) -> None:
    with pytest.raises(Refused) as refused:
        await filling_line.released(product="RM-CRESOL")
    assert refused.value.failed == ("master_record_is_effective",)


async def test_a_batch_from_release_to_its_lot_in_quarantine(filling_line: FillingLine) -> None:
    line = filling_line
    order, batch = await line.released("50")
    with pytest.raises(Refused) as early:
        await line.start(0, batch, "fill")
    assert early.value.failed[0] == "state_is_ready"

    await _prepare_with_a_mistake(line, order, batch)
    await _correct_it(line, order, batch)
    await _gates_of_the_machine(line, order, batch)
    await _fill(line, order, batch)
    await _skip_and_overmake(line, order, batch)
    await _complete(line, order, batch)


async def _prepare_with_a_mistake(line: FillingLine, order: Order, batch: Batch) -> None:
    await line.start(0, batch, "prepare")
    assert (await orders.order(line.first, order.id)).status is Status.RUNNING
    assert (await batches.batch(line.first, batch.id)).status is BatchStatus.IN_EXECUTION
    with pytest.raises(Refused) as out_of_order:
        await line.report(0, batch, "prepare/ph", value="7.4")
    assert out_of_order.value.failed == ("step_is_open",)
    await line.report(0, batch, "prepare/area")
    with pytest.raises(ReauthRequired):
        await line.report(1, batch, "prepare/ph", line.unsigned(), value="7.4")
    with pytest.raises(OutWithoutNote):
        await line.report(1, batch, "prepare/ph", value="7.95")
    await line.report(1, batch, "prepare/ph", value="7.95", note="buffer was old")
    with pytest.raises(SameSigner):
        await line.verify(2, batch, "prepare/ph", "operator-1")
    await line.report(2, batch, "prepare/look", value="clear")
    with pytest.raises(Refused) as unverified:
        await line.complete(3, batch, "prepare")
    assert unverified.value.failed == ("critical_steps_are_verified", "exceptions_are_commented")
    assert await kinds(line, batch.id) == [Kind.OOS_VALUE]


async def _correct_it(line: FillingLine, order: Order, batch: Batch) -> None:
    [wrong] = [v for v in await batches.values(line.first, batch.id) if v.name == "value" and v.number]
    with pytest.raises(CorrectionWithoutReason):
        await batches.correct_value(line.at(3), wrong.id, Decimal("7.45"), line.hand(), reason=" ")
    await line.verify(3, batch, "prepare/ph")
    right = await batches.correct_value(line.at(3), wrong.id, Decimal("7.45"), line.hand(), reason="typed wrong")
    kept = [v for v in await batches.values(line.first, batch.id) if v.number]
    assert [(v.number, v.in_force, v.verdict) for v in kept] == [
        (Decimal("7.95"), False, Verdict.OUT),
        (Decimal("7.45"), True, Verdict.WITHIN),
    ]
    assert right.supersedes_id == wrong.id
    with pytest.raises(Refused) as superseded:
        await batches.correct_value(line.at(3), wrong.id, Decimal("7.5"), line.hand(), reason="again")
    assert superseded.value.failed == ("value_is_in_force",)
    assert (await line.step(batch, "prepare", "ph")).waits_for_verification  # it fell back
    await line.verify(4, batch, "prepare/ph")
    await comment_all(line, batch.id)
    await line.complete(4, batch, "prepare")


async def _gates_of_the_machine(line: FillingLine, order: Order, batch: Batch) -> None:
    assert (await plant.machine(line.first, line.line_id)).status is EquipmentStatus.TO_CLEAN
    with pytest.raises(Refused) as gates:
        await line.start(5, batch, "fill")
    assert gates.value.failed == ("machine_is_clean", "line_clearance_is_recorded")
    await line.clean(5)
    await line.clear(8, batch)
    with pytest.raises(Refused) as held_too_long:
        await line.start(8 + 73 * 60, batch, "fill")
    assert held_too_long.value.failed == ("clean_hold_time_lasts",)


async def _fill(line: FillingLine, order: Order, batch: Batch) -> None:
    await line.start(10, batch, "fill")
    await line.report(10, batch, "fill/line", equipment="line-1")
    await line.reads(*((10 + n / 2, 21.0 + n / 100) for n in range(20)))
    await line.report(12, batch, "fill/weights", sample_1="3.01")
    with pytest.raises(OutWithoutNote):
        await line.report(13, batch, "fill/weights", sample_3="3.25")
    again = await line.report(13, batch, "fill/weights", note="nozzle 3", sample_2="3.05", sample_3="3.25")
    assert again.status is StepStatus.DONE
    await line.report(20, batch, "fill/room")
    [taken] = await batches.captures(line.first, batch.id)
    assert (taken.n, taken.min, taken.max, taken.gap_s) == (20, 21.0, 21.19, 0)
    assert (taken.verdict, taken.coverage_pct, taken.window_end - taken.window_start) == (
        Verdict.WITHIN,
        100,
        timedelta(minutes=10),
    )
    await line.report(21, batch, "fill/output", good="47", rejected="2", sampled="1")
    [made] = await batches.yields(line.first, batch.id)
    assert (made.pct, made.accounted_pct, made.verdict) == (Decimal("94.00"), Decimal("100.00"), Verdict.OUT)
    assert await kinds(line, batch.id) == [Kind.CORRECTION, Kind.OOS_VALUE, Kind.OOS_VALUE, Kind.YIELD]
    await comment_all(line, batch.id)
    await line.complete(22, batch, "fill")


async def _skip_and_overmake(line: FillingLine, order: Order, batch: Batch) -> None:
    done = orders.Made(quantity=Decimal(47), zone_id=line.zone_id)
    with pytest.raises(Refused) as unfinished:
        await orders.complete_order(line.at(23), order.id, done)
    assert unfinished.value.failed == ("operations_are_done",)
    pack = await line.operation(batch, "pack")
    with pytest.raises(Refused) as unsigned:
        await batches.skip_operation(line.at(23), pack.id, line.unsigned(), reason="no labels", version=pack.version)
    assert unsigned.value.failed == ("signed",)
    lead = line.hand("lead-1")
    await batches.skip_operation(line.at(23, "lead-1"), pack.id, lead, reason="no labels", version=pack.version)
    with pytest.raises(Refused) as too_much:
        await orders.complete_order(line.at(24), order.id, orders.Made(quantity=Decimal("51.01"), zone_id=line.zone_id))
    assert too_much.value.failed == ("quantity_is_allowed",)


async def _complete(line: FillingLine, order: Order, batch: Batch) -> None:
    done = orders.Made(quantity=Decimal(47), zone_id=line.zone_id)
    completed = await orders.complete_order(line.at(24), order.id, done)
    assert completed.status is Status.COMPLETED
    assert batch.lot_id is not None
    lot = await inventory.lot(line.first, batch.lot_id)
    assert (lot.quantity, lot.quality_status.value, lot.expires_on) == (
        Decimal(47),
        "quarantine",
        (NOW + timedelta(days=730)).date(),
    )
    assert (await batches.batch(line.first, batch.id)).status is BatchStatus.EXECUTED
    with pytest.raises(Refused) as over:
        await orders.resume_order(line.at(25), order.id)
    assert over.value.failed == ("state_is_on_hold",)
    with pytest.raises(Refused) as open_:
        await orders.close_order(line.at(25), order.id)
    assert open_.value.failed == ("batch_is_concluded",)


async def comment_all(line: FillingLine, batch_id: int) -> None:
    await line.first.db.execute("update batch_exception set status = 'commented' where batch_id = %s", [batch_id])


async def test_too_little_known_is_an_exception_until_a_person_judges_it(filling_line: FillingLine) -> None:
    line = filling_line
    _, batch = await line.released()
    await line.prepare(batch)
    await line.clean(4)
    await line.clear(8, batch)
    await line.start(10, batch, "fill")
    await line.report(10, batch, "fill/line", equipment="line-1")
    await line.reads((10, 21.0), (11, 21.2))
    await line.report(30, batch, "fill/room")
    [lacking] = await batches.captures(line.first, batch.id)
    assert (lacking.covered, lacking.verdict, lacking.n) == (False, Verdict.DATA_GAP, 2)
    assert (lacking.gap_s, lacking.coverage_pct) == (840, 30)  # known for the 300 s after the last reading
    assert await kinds(line, batch.id) == [Kind.DATA_GAP]
    assert await batches.look_again(line.at(31)) == []

    await line.reads(*((12 + n, 21.5 if n < 17 else 26.4) for n in range(18)))
    [late] = await batches.look_again(line.at(40, "watch"))
    assert (late.supersedes_id, late.covered, late.max, late.verdict) == (lacking.id, True, 26.4, Verdict.OUT)
    assert await kinds(line, batch.id) == [Kind.DATA_GAP, Kind.OOS_VALUE]
    assert [c.in_force for c in await batches.captures(line.first, batch.id)] == [False, True]
    assert await batches.look_again(line.at(41)) == []


async def test_a_held_order_takes_no_report_and_goes_on_where_it_stood(filling_line: FillingLine) -> None:
    line = filling_line
    order, batch = await line.released()
    held = await orders.hold_order(line.at(0), order.id, reason="waits for the room")
    assert (await orders.resume_order(line.at(0), order.id)).status is Status.RELEASED
    await line.start(1, batch, "prepare")
    held = await orders.hold_order(line.at(1), order.id, reason="room too warm")
    with pytest.raises(Refused) as refused:
        await line.report(2, batch, "prepare/area")
    assert refused.value.failed == ("order_is_running",)
    resumed = await orders.resume_order(line.at(2), order.id)
    assert (held.hold_reason, resumed.status, resumed.hold_reason) == ("room too warm", Status.RUNNING, None)
    step = await line.step(batch, "prepare", "area")
    await line.report(3, batch, "prepare/area")
    entry = batches.Entry(values={})
    with pytest.raises(StaleVersion):
        await batches.report(line.at(3), step.id, entry, line.hand(), version=step.version)
    missed = await line.step(batch, "prepare", "ph")
    await batches.skip_step(
        line.at(4), missed.id, line.hand("lead-1"), reason="meter is broken", version=missed.version
    )
    assert await kinds(line, batch.id) == [Kind.MISSED_STEP]


async def test_a_machine_serves_one_batch_and_not_while_it_is_repaired(filling_line: FillingLine) -> None:
    line = filling_line
    _, first = await line.released()
    _, second = await line.released()
    await line.start(0, first, "prepare")
    with pytest.raises(Refused) as taken:
        await line.start(1, second, "prepare")
    assert taken.value.failed == (Against.FREE,)
    await plant.set_equipment_status(line.at(2), line.line_id, EquipmentStatus.UNDER_MAINTENANCE, reason="bearing")
    with pytest.raises(Refused) as repaired:
        await line.start(3, second, "prepare")
    assert repaired.value.failed == (Against.WORKS,)
    label = await equipment.label(line.first, line.line_id, NOW)
    assert label.clean_since is None


async def test_one_copy_is_issued_and_every_other_says_why(filling_line: FillingLine) -> None:
    _, batch = await filling_line.released()
    await batches.print_record(filling_line.at(0), batch.id)
    with pytest.raises(ReprintWithoutReason):
        await batches.print_record(filling_line.at(1), batch.id)
    again = await batches.print_record(filling_line.at(1), batch.id, reason="coffee on page 3")
    assert (again.copy, again.reason) == (2, "coffee on page 3")
