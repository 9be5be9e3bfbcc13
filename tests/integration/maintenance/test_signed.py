"""Signatures on maintenance: nobody verifies without one, and a plan may ask who did the work for one as well."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mes.maintenance import applying, photos, planning, proving
from mes.maintenance import service as maintenance
from mes.maintenance.model import Order, Status
from mes.maintenance.proving import Signing
from mes.maintenance.service import Told
from mes.maintenance.words import PlanWords
from mes.people.refusals import MeaningMismatch, ReauthRequired, SignerRoleMissing, WrongPassword
from mes.transitions import Refused
from telemetry.work import begin
from tests.integration.maintenance.test_orders import COMPRESSOR, DONE, seen_by, started, step
from tests.plugins.cold_room import ColdStore, signed_by

PNG = b"\x89PNG\r\n\x1a\n" + b"a torn door seal"


async def verify(cold_store: ColdStore, order: Order, who: str, signing: Signing | None) -> Order:
    async with cold_store.work(who) as work:
        version = (await maintenance.order(work, order.id)).version
        told = Told(check_result="quiet")
        return await maintenance.take_step(work, order.id, "verify", version=version, told=told, signing=signing)


async def done(cold_store: ColdStore) -> Order:
    return await step(cold_store, await started(cold_store), "done", **DONE)


async def test_a_session_alone_verifies_nothing(cold_store: ColdStore) -> None:
    order = await done(cold_store)
    with pytest.raises(Refused) as refused:
        await verify(cold_store, order, "lead", None)
    assert refused.value.failed == ("signed",)
    with pytest.raises(ReauthRequired):
        await verify(cold_store, order, "lead", seen_by("lead", password=""))


@pytest.mark.parametrize(
    ("signing", "refusal"),
    [
        (seen_by("lead", password="wrong-horse"), WrongPassword),
        (seen_by("qa-2"), SignerRoleMissing),
        (seen_by("lead", meaning="released"), MeaningMismatch),
    ],
    ids=["wrong password", "not of the crew", "another meaning"],
)
async def test_who_may_not_sign_it_verifies_nothing(
    cold_store: ColdStore, signing: Signing, refusal: type[Exception]
) -> None:
    order = await done(cold_store)
    with pytest.raises(refusal):
        await verify(cold_store, order, "lead", signing)
    async with cold_store.work() as work:
        assert (await maintenance.order(work, order.id)).status is Status.DONE


async def test_who_signs_has_verified_though_a_colleague_is_signed_in(cold_store: ColdStore) -> None:
    """The doer's own session, the lead's password: the lead has verified. The other way round is refused."""
    order = await done(cold_store)
    with pytest.raises(maintenance.SamePerson):
        await verify(cold_store, order, "lead", seen_by("maintenance"))
    verified = await verify(cold_store, order, "maintenance", seen_by("lead"))
    assert verified.verified_by == "lead"


async def test_the_signature_holds_all_that_was_done_and_tells_when_it_was_changed(cold_store: ColdStore) -> None:
    order = await started(cold_store)
    async with cold_store.work("maintenance") as work:
        await photos.add_photo(work, order.id, PNG)
    await step(cold_store, order, "done", **DONE)
    verified = await verify(cold_store, order, "lead", seen_by("lead"))
    async with cold_store.work() as work:
        [signed] = await proving.signatures(work, verified)
        content = await proving.verified_content(work, verified)
    assert (signed.valid, signed.signature.meaning, signed.signature.role) == (True, "verified", "lead")
    assert content["labour"] == ["maintenance 40"]
    assert len(content["photos"]) == 1  # type: ignore[arg-type]
    await cold_store.rows("update maintenance_order set findings = 'nothing' where id = %s returning 1", order.id)
    async with cold_store.work() as work:
        [signed] = await proving.signatures(work, await maintenance.order(work, order.id))
    assert signed.differs == ("findings",)


async def planned(cold_store: ColdStore, **rule: Any) -> Order:
    said = {
        "code": "service",
        "equipment": "cold-store/cold-room-2-compressor",
        "name": {"en": "Service", "zh": "保养"},
    }
    words = PlanWords.model_validate(said | {"calendar": {"first": "2026-01-15", "days": 7}} | rule)
    async with cold_store.work("plant") as work:
        row = applying.PlanRow(code="service", equipment=COMPRESSOR, definition=words.model_dump_json())
        await applying.put(work, row)
    async with begin(cold_store.pool, "watch", cold_store.clock.at) as work:
        [order] = await planning.look_at_plans(work)
    return order


async def test_an_order_keeps_the_signature_rule_of_its_plan(cold_store: ColdStore) -> None:
    """A plan that no longer asks for it takes nothing from an order that was opened before."""
    order = await planned(cold_store, sign_done=True)
    await step(cold_store, order, "start")
    words = PlanWords.model_validate(
        {"code": "service", "equipment": "cold-store/cold-room-2-compressor", "name": {"en": "Service", "zh": "保养"}}
        | {"calendar": {"first": "2026-01-15", "days": 7}}
    )
    async with cold_store.work("plant") as work:
        row = applying.PlanRow(code="service", equipment=COMPRESSOR, definition=words.model_dump_json())
        await applying.put(work, row)
    told: dict[str, Any] = {"findings": "as planned", "labour_min": Decimal(30), "no_parts": True}
    with pytest.raises(Refused) as refused:
        await step(cold_store, order, "done", **told)
    assert refused.value.failed == ("signed",)
    performed = Signing(credentials=signed_by("maintenance"), meaning="performed", reason="by the instruction")
    async with cold_store.work("maintenance") as work:
        version = (await maintenance.order(work, order.id)).version
        after = await maintenance.take_step(
            work,
            order.id,
            "done",
            version=version,
            told=Told(**told),
            signing=performed,
        )
    assert (after.status, after.done_by) == (Status.DONE, "maintenance")
    verified = await step(cold_store, order, "verify", "lead", check_result="quiet")
    async with cold_store.work() as work:
        signed = await proving.signatures(work, verified)
    assert [(each.signature.meaning, each.valid) for each in signed] == [("performed", True), ("verified", True)]
