"""A raw lot turns out bad: how far it went, what is held, who is told, what comes back, and who may close it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

from mes.inventory import service as inventory
from mes.people.refusals import SignerRoleMissing
from mes.recall import recovering, scoping, service, stepping
from mes.recall.accounts import Fate, totals
from mes.recall.model import Kind, Recall, RecallClass, Status
from mes.recall.notices import ConsigneeNotFound, Event
from mes.recall.reach import Origin
from mes.recall.stepping import HoldNotOfThisRecall, Signing
from mes.transitions import Refused, StaleVersion
from tests.integration.recall.story import HOSPITAL_NAME, Story
from tests.plugins.cold_room import signed_by

SENT = "SHP-2026-0001"


async def failed(awaited: object) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        await awaited  # type: ignore[misc]
    return refused.value.failed


async def test_a_recall_reaches_all_that_came_of_the_lot_and_holds_it(story: Story) -> None:
    found = await story.open("R1")
    assert (found.status, found.notify_h, found.progress_d, found.rule) == (Status.INITIATED, 24, 1, "nmpa-2022")
    assert found.number == "RCL-2026-0001"
    await story.sign(found, "sign_scope", "qa")
    standing = await story.look(found)
    told = [(each.lot, each.in_plant, each.level, each.quantity) for each in standing.lines]
    assert told == [
        ("R1", True, 0, Decimal(12)),
        ("P1", True, 1, Decimal(60)),
        ("P1", False, 1, Decimal(40)),
        ("P2", True, 1, Decimal(100)),
    ]
    assert [(each.origin, each.places) for each in standing.lines][:2] == [
        (Origin.START, ""),
        (Origin.TRACE, "cold-room-2: 60"),
    ]
    assert await story.plant.held() == set()
    await story.step(found, "apply_holds")
    assert await story.plant.held() == {"R1", "P1", "P2"}
    assert await failed(story.step(found, "notify")) == ("consignees_notified",)
    assert (await story.tell(found)).said == "PEN P1 40 1 (SHP-2026-0001)"


async def test_a_recall_is_counted_evaluated_and_closed_by_the_qualified_person(story: Story) -> None:
    found = await story.notified()
    await story.recover(found, "R1", Fate.LOCATED, "12")
    assert (await story.look(found)).recall.status is Status.RECOVERING
    await story.recover(found, "P1", Fate.DESTROYED, "60")
    await story.recover(found, "P2", Fate.LOCATED, "100")
    await story.recover(found, "P1", Fate.RETURNED, "30", shipment=SENT)
    await story.recover(found, "P1", Fate.CONSUMED, "7", shipment=SENT)
    assert await failed(story.step(found, "reconcile")) == ("consignees_answered", "lines_reconcile")
    await story.tell(found, Event.CONFIRMED)
    await story.recover(found, "P1", Fate.UNACCOUNTED, "3", shipment=SENT, note="given out, no record")
    await story.step(found, "reconcile")
    pens = next(each for each in totals((await story.look(found)).accounts) if each.unit == "1")
    assert (pens.expected, pens.recovered, pens.recovered_pct) == (Decimal(200), Decimal(190), Decimal("95.0"))
    assert (pens.shipped, pens.shipped_pct, pens.left) == (Decimal(40), Decimal("75.0"), Decimal(0))
    await story.step(found, "evaluate", note="75 % of the market within a day")
    with pytest.raises(SignerRoleMissing):
        await story.sign(found, "close", "qa")
    closed = await story.sign(found, "close", "qp")
    assert (closed.status, closed.effectiveness) == (Status.CLOSED, "75 % of the market within a day")
    await _is_on_record(story, found)


async def _is_on_record(story: Story, found: Recall) -> None:
    steps = [each.step for each in (await story.look(found)).steps]
    assert steps == [
        "open", "sign_scope", "apply_holds", "notify", "recover", "reconcile", "evaluate", "close",
    ]  # fmt: skip
    assert [each for each in await story.audited(found) if not each.startswith("signature")] == [
        "recall.open", "recall.sign_scope", "recall.apply_holds", "recall.notice_sent", "recall.notify",
        "recall.recover", *["recall.recover_line"] * 5, "recall.reconcile.refused", "recall.notice_confirmed",
        "recall.recover_line", "recall.reconcile", "recall.evaluate", "recall.close",
    ]  # fmt: skip


async def test_a_rehearsal_takes_the_same_steps_and_holds_nothing(story: Story) -> None:
    found = await story.notified(Kind.MOCK)
    assert found.number == "MRC-2026-0001"
    assert await story.plant.held() == set()
    assert await failed(story.recover(found, "P1", Fate.DESTROYED, "60")) == ("fate_is_possible",)
    for lot, quantity in (("R1", "12"), ("P1", "60"), ("P2", "100")):
        await story.recover(found, lot, Fate.LOCATED, quantity)
    await story.recover(found, "P1", Fate.LOCATED, "40", shipment=SENT)
    await story.tell(found, Event.CONFIRMED)
    await story.step(found, "reconcile")
    await story.step(found, "evaluate", note="all of it located within an hour")
    assert [each.kind for each in (await story.look(found)).clocks] == ["notify"]  # nobody reports a rehearsal
    assert (await story.sign(found, "close", "qp")).status is Status.CLOSED
    assert await story.plant.count("lot_hold") == 0


async def test_what_leaves_between_the_signature_and_the_holds_is_found(story: Story) -> None:
    found = await story.open("R1")
    await story.sign(found, "sign_scope", "qa")
    await story.dispatch.shipped("P2", "T", "25")
    async with story.plant.work() as work:
        new = await stepping.news(work, await stepping.look(work, await service.recall(work, found.id)))
    assert sorted((each.line.lot, each.line.shipment, each.was) for each in new) == [
        ("P2", "", Decimal(100)),
        ("P2", "SHP-2026-0002", None),
    ]
    await story.step(found, "apply_holds")
    assert [row.line.quantity for row in (await story.line(found, "P2"), await story.line(found, "P2", sent=True))] == [
        75, 25,
    ]  # fmt: skip
    standing = await story.look(found)
    assert not standing.scope_signed
    await story.tell(found)
    assert (await story.tell(found)).said.count("SHP-") == 2
    await story.step(found, "notify")
    await story.sign(found, "sign_scope", "qa")  # QA looks at what came to it
    standing = await story.look(found)
    assert (standing.recall.status, standing.scope_signed) == (Status.NOTIFIED, True)


async def test_what_is_found_after_the_holds_is_taken_in_and_told(story: Story) -> None:
    found = await story.notified()
    assert await failed(story.step(found, "extend")) == ("something_is_new",)
    async with story.plant.work() as work:  # a late record: some of R1 went into a third batch
        await work.db.execute(
            "insert into lot_lineage (child_id, parent_id, kind, quantity, at, actor, reason)"
            " values (%s, %s, 'split', 1, %s, 'lead', 'found in the logbook')",
            [story.lots["R2"], story.lots["R1"], work.now - timedelta(hours=1)],
        )
    await story.step(found, "extend")
    assert await story.plant.held() == {"R1", "R2", "P1", "P2"}
    assert (await story.line(found, "R2")).expected == Decimal(30)
    assert not (await story.look(found)).scope_signed


async def test_what_came_back_before_is_held_and_counted_with_its_shipment(story: Story) -> None:
    await story.dispatch.step("deliver", receiver="the pharmacist")
    back = await story.dispatch.take_back("P1", "10")
    found = await story.open("R1")
    await story.sign(found, "sign_scope", "qa")
    await story.step(found, "apply_holds")
    row = await story.line(found, back)
    assert (row.line.origin, row.line.quantity, row.expected) == (Origin.RETURNED, Decimal(10), Decimal(0))
    assert back in await story.plant.held()
    assert (await story.line(found, "P1", sent=True)).expected == Decimal(40)


async def test_a_scope_whose_trace_was_cut_is_not_signed(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await story.open("R1")
    whole = scoping.reaches

    async def shallow(*told: object, **more: object) -> scoping.Reach:
        return await whole(*told, **(more | {"depth": 0}))  # type: ignore[arg-type]

    monkeypatch.setattr(scoping, "reaches", shallow)
    assert await failed(story.sign(found, "sign_scope", "qa")) == ("trace_is_whole",)
    monkeypatch.undo()
    await story.sign(found, "sign_scope", "qa")
    monkeypatch.setattr(scoping, "reaches", shallow)
    assert await failed(story.step(found, "apply_holds")) == ("trace_is_whole",)
    assert await story.plant.held() == set()


async def test_clocks_that_nobody_answered_hold_up_the_closing(story: Story) -> None:
    found = await story.notified()
    for lot, quantity in (("R1", "12"), ("P1", "60"), ("P2", "100")):
        await story.recover(found, lot, Fate.DESTROYED, quantity)
    await story.recover(found, "P1", Fate.RETURNED, "40", shipment=SENT)
    await story.tell(found, Event.UNREACHABLE, note="closed down; the authority was told")
    story.plant.clock.advance(timedelta(days=2, hours=1))
    await story.step(found, "reconcile")
    await story.step(found, "evaluate", note="all back")
    assert [(each.kind, each.overdue) for each in (await story.look(found)).clocks] == [
        ("notify", False), ("progress", True), ("progress", True),
    ]  # fmt: skip
    assert await failed(story.sign(found, "close", "qp")) == ("clocks_answered",)
    async with story.plant.work("qa") as work:
        for number in ("R-1", "R-2"):
            await recovering.report_progress(work, found.id, reference=number, note="late: nobody was on duty")
    clocks = (await story.look(found)).clocks
    assert [(each.overdue, each.open) for each in clocks[1:]] == [(True, False)] * 2  # late for ever
    assert (await story.sign(found, "close", "qp")).status is Status.CLOSED


async def test_who_looks_at_an_old_page_or_names_a_stranger_is_told(story: Story) -> None:
    found = await story.open("P1", recall_class=RecallClass.III)
    assert found.notify_h == 168
    await story.sign(found, "sign_scope", "qa")
    with pytest.raises(StaleVersion):
        await story.step(found, "apply_holds", version=found.version)
    assert await failed(story.tell(found)) == ("holds_are_applied",)
    await story.step(found, "apply_holds")
    with pytest.raises(ConsigneeNotFound):
        await story.tell(found, consignee="nobody")
    assert await failed(story.tell(found, Event.CONFIRMED)) == ("notice_was_sent",)
    assert HOSPITAL_NAME in [each.name for each in (await story.look(found)).consignees]
    other = await story.open("P2")
    called_off = await story.sign(other, "call_off", "qa")
    assert called_off.status is Status.CALLED_OFF


async def test_its_holds_are_lifted_by_quality_assurance_once_it_is_closed(story: Story) -> None:
    found = await story.notified(recall_class=RecallClass.II)
    async with story.plant.work() as work:
        [hold] = await inventory.holds(work, lot_ids=[story.lots["P2"]])
        other = await inventory.place_hold(work, story.lots["P2"], cause="manual:1", reason="odd")

    async def lift(hold_id: int) -> None:
        async with story.plant.work() as work:
            version = (await service.recall(work, found.id)).version
            signing = Signing(credentials=signed_by("qa"), meaning="approved", reason="good", version=version)
            await stepping.lift(work, found.id, hold_id, signing)

    assert await failed(lift(hold.id)) == ("recall_is_closed",)
    with pytest.raises(HoldNotOfThisRecall):
        await lift(other.id)
    for lot, quantity in (("R1", "12"), ("P1", "60"), ("P2", "100")):
        await story.recover(found, lot, Fate.LOCATED, quantity)
    await story.recover(found, "P1", Fate.RETURNED, "40", shipment=SENT)
    await story.tell(found, Event.CONFIRMED)
    await story.step(found, "reconcile")
    await story.step(found, "evaluate", note="all back")
    await story.sign(found, "close", "qp")
    await lift(hold.id)
    async with story.plant.work() as work:
        assert [each.active for each in await inventory.holds(work, lot_ids=[story.lots["P2"]])] == [False, True]


async def test_the_database_itself_keeps_every_entry(story: Story) -> None:
    found = await story.notified()
    entry = await story.recover(found, "P1", Fate.RETURNED, "5", shipment=SENT)
    with pytest.raises(psycopg.Error, match="permission denied"):
        await story.plant.rows("update recall_recovery set quantity = 40 where id = %s returning id", entry.id)
