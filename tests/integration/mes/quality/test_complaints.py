"""Complaints: linked to a lot, through a deviation where they must, closed by another than who took them in."""

from __future__ import annotations

import pytest

from mes.complaints import service as complaints
from mes.complaints.model import Complaint, Status
from mes.inventory import service as inventory
from mes.people.model import Meaning
from mes.quality import deviation_lots, deviations, handling
from mes.quality.model import Decision, Disposition, Severity
from mes.transitions import Refused
from tests.plugins.cold_room import NINE, ColdStore, signed_by


async def taken_in(store: ColdStore, **more: object) -> Complaint:
    async with store.work("operator") as work:
        said = {"source": "a hospital", "description": "cloudy", "received_on": NINE.date(), "lot_number": "L1"} | more
        return await complaints.record_complaint(work, complaints.Receipt(**said))  # type: ignore[arg-type]


async def step(store: ColdStore, found: Complaint, name: str, **said: object) -> Complaint:
    async with store.work() as work:
        version = (await complaints.complaint(work, found.id)).version
        return await complaints.take_step(work, found.id, name, version=version, said=complaints.Said(**said))  # type: ignore[arg-type]


async def close(store: ColdStore, found: Complaint, who: str = "qa") -> Complaint:
    async with store.work(who) as work:
        version = (await complaints.complaint(work, found.id)).version
        signed = {"credentials": signed_by(who), "meaning": Meaning.APPROVED, "reason": "answered"}
        return await complaints.close_complaint(work, found.id, version=version, **signed)  # type: ignore[arg-type]


async def test_a_justified_one_goes_through_a_deviation_that_holds_its_lot(cold_store: ColdStore) -> None:
    lot_id = await cold_store.put_lot("L1")
    found = await taken_in(cold_store)
    assert (found.lot_id, found.item) == (lot_id, "PEN")
    await step(cold_store, found, "investigate", severity=Severity.MAJOR)
    await step(cold_store, found, "answer", finding="crystals", answer="replaced", justified=True)
    with pytest.raises(Refused) as refused:
        await close(cold_store, found)
    assert refused.value.failed == ("deviation_follows",)
    async with cold_store.work() as work:
        version = (await complaints.complaint(work, found.id)).version
        deviation = await complaints.open_deviation(work, found.id, version=version)
        assert [hold.cause for hold in await inventory.holds(work, lot_ids=[lot_id])] == [f"deviation:{deviation.id}"]
    with pytest.raises(Refused) as refused:
        await close(cold_store, found)
    assert refused.value.failed == ("deviation_is_over",)
    await _close_deviation(cold_store, deviation.id, lot_id)
    closed = await close(cold_store, found)
    assert closed.status is Status.CLOSED
    async with cold_store.work() as work:
        lot = await inventory.lot(work, lot_id)
        assert (lot.quality_status, lot.active_holds) == ("rejected", 0)


async def _close_deviation(store: ColdStore, deviation_id: int, lot_id: int) -> None:
    async with store.work() as work:
        for name, said in (
            ("report", handling.Said(description="cloudy pens")),
            ("classify", handling.Said(severity=Severity.MINOR)),
        ):
            version = (await deviations.deviation(work, deviation_id)).version
            reported = await handling.take_step(work, deviation_id, name, version=version, said=said)
        signed = {"credentials": signed_by("qa-2"), "meaning": "approved", "reason": "judged"}
        with pytest.raises(Refused) as refused:
            await handling.sign_step(work, deviation_id, "close", version=reported.version, **signed)  # type: ignore[arg-type]
        assert refused.value.failed == ("lots_have_dispositions",)
        decision = Decision(lot_id=lot_id, disposition=Disposition.REJECT, reason="crystals")
        decided = await deviation_lots.decide(work, deviation_id, decision, version=reported.version)
        assert (await inventory.lot(work, lot_id)).active_holds == 1  # until the signature
        await handling.sign_step(work, deviation_id, "close", version=decided.version, **signed)  # type: ignore[arg-type]


async def test_a_minor_one_needs_no_deviation_but_another_signer(cold_store: ColdStore) -> None:
    await cold_store.put_lot("L1")
    found = await taken_in(cold_store)
    with pytest.raises(Refused) as refused:
        await step(cold_store, found, "investigate")
    assert refused.value.failed == ("severity_given",)
    await step(cold_store, found, "investigate", severity=Severity.MINOR)
    await step(cold_store, found, "answer", finding="a scratch", answer="explained", justified=True)
    closed = await close(cold_store, found)
    assert closed.status is Status.CLOSED
    with pytest.raises(Refused) as refused:
        async with cold_store.work() as work:
            await complaints.open_deviation(work, found.id, version=closed.version)
    assert refused.value.failed == ("complaint_is_open",)
    with pytest.raises(complaints.ComplaintLotUnknown):
        await taken_in(cold_store, lot_number="NO-SUCH")
