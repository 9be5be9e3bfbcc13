"""Change control: judged by every department, approved by another than its author, made, and followed by batches."""

from __future__ import annotations

import pytest

from mes.actions import service as actions
from mes.changes import service as changes
from mes.changes import stepping
from mes.changes.model import Change, Class, Status
from mes.people.refusals import SignerRoleMissing
from mes.transitions import Refused, StaleVersion
from tests.plugins.cold_room import ColdStore, signed_by
from tests.plugins.controlled import approved_change

SUBJECT = "recipe:PEN"


async def approved(store: ColdStore, **more: object) -> Change:
    async with store.work("qa") as work:
        return await approved_change(work, SUBJECT, author="maintenance", approver=signed_by("qa"), **more)  # type: ignore[arg-type]


async def step(store: ColdStore, found: Change, name: str, actor: str = "operator") -> Change:
    async with store.work(actor) as work:
        current = await changes.change(work, found.id)
        return await stepping.take_step(work, found.id, name, version=current.version, said=stepping.Said())


async def signed(store: ColdStore, found: Change, name: str, who: str = "qa", **more: str) -> Change:
    async with store.work(who) as work:
        version = (await changes.change(work, found.id)).version
        return await stepping.sign_step(
            work,
            found.id,
            name,
            version=version,
            credentials=signed_by(who),
            meaning="approved",
            reason="judged",
            **more,
        )


async def finish_actions(store: ColdStore, found: Change) -> None:
    async with store.work("maintenance") as work:
        for action in await actions.actions(work, stepping.record(found)):
            await actions.finish(work, action.id, version=action.version, evidence="photograph 12")


async def test_a_major_change_goes_its_whole_way(cold_store: ColdStore) -> None:
    found = await approved(cold_store, class_=Class.MAJOR, products=("PEN",), regulatory=True, blocks_orders=True)
    assert found.status is Status.APPROVED
    async with cold_store.work() as work:
        assert [each.id for each in await changes.open_for(work, "PEN")] == [found.id]
        used = await changes.demand(work, found.number, SUBJECT, "version 2 put in force")
        assert [each.what for each in await changes.uses(work, used.id)] == ["version 2 put in force"]
    await step(cold_store, found, "implement")
    with pytest.raises(Refused) as refused:
        await step(cold_store, found, "verify")
    assert refused.value.failed == ("actions_done",)
    await finish_actions(cold_store, found)
    with pytest.raises(Refused) as refused:
        await step(cold_store, found, "verify", actor="maintenance")
    assert refused.value.failed == ("verifier_is_not_the_doer",)
    await step(cold_store, found, "verify")
    with pytest.raises(Refused) as refused:
        await signed(cold_store, found, "put_into_effect")
    assert refused.value.failed == ("authority_agreed",)
    in_effect = await signed(cold_store, found, "put_into_effect", regulatory_ref="2026-B-17")
    assert (in_effect.status, in_effect.effective_at) == (Status.EFFECTIVE, cold_store.clock.at)
    for number in ("B-1", "B-2", "B-3"):
        with pytest.raises(Refused) as refused:
            await signed(cold_store, found, "close")
        assert refused.value.failed == ("batches_looked_at",)
        async with cold_store.work() as work:
            due = await changes.to_look_at(work, "PEN", number, cold_store.clock.at)
            assert [each.id for each in due] == [found.id]
            who = signed_by("qa")
            await changes.look_at_batch(work, found.id, batch=number, credentials=who, reason="within limits")
    async with cold_store.work() as work:
        assert await changes.to_look_at(work, "PEN", "B-4", cold_store.clock.at) == []
        assert await changes.open_for(work, "PEN") == []
    assert (await signed(cold_store, found, "close")).status is Status.CLOSED
    with pytest.raises(changes.ChangeNotApproved):
        async with cold_store.work() as work:
            await changes.demand(work, found.number, SUBJECT, "too late")


async def test_what_is_not_approved_or_about_something_else_allows_nothing(cold_store: ColdStore) -> None:
    found = await approved(cold_store)
    async with cold_store.work("maintenance") as work:
        draft = changes.Draft(kind=found.kind, subject=SUBJECT, title="another")
        drafted = await changes.draft_change(work, draft)
        for number, subject, kind in (
            (None, SUBJECT, changes.ChangeNeeded),
            ("", SUBJECT, changes.ChangeNeeded),
            ("CC-1999-0001", SUBJECT, changes.ChangeNotFound),
            (drafted.number, SUBJECT, changes.ChangeNotApproved),
            (found.number, "policy:cold-2-8", changes.ChangeOfAnotherThing),
        ):
            with pytest.raises(kind):
                await changes.demand(work, number, subject, "a try")
    with pytest.raises(Refused) as refused:
        await step(cold_store, drafted, "submit")
    assert refused.value.failed == ("description_given",)


async def test_it_is_not_approved_by_its_author_nor_by_who_is_not_qa_nor_on_a_stale_page(cold_store: ColdStore) -> None:
    async with cold_store.work("qa") as work:
        with pytest.raises(Refused) as refused:
            await approved_change(work, SUBJECT, author="qa", approver=signed_by("qa"))
        assert refused.value.failed == ("signer_is_not_the_author",)
    async with cold_store.work("qa") as work:
        with pytest.raises(SignerRoleMissing):
            await approved_change(work, SUBJECT, author="qa", approver=signed_by("operator"))
    found = await approved(cold_store)
    with pytest.raises(StaleVersion):
        async with cold_store.work() as work:
            await stepping.take_step(work, found.id, "implement", version=found.version - 1, said=stepping.Said())
