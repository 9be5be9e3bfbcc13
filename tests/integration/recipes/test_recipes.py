"""A master record from draft to in force: signed by two, fixed once submitted, later versions under a change."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import psycopg
import pytest

from mes.border import ChangeForbidden
from mes.changes.service import ChangeNeeded
from mes.people.refusals import SameSigner
from mes.recipes import service as recipes
from mes.recipes.document import MasterRecord, Operation, Step, StepKind
from mes.recipes.model import RecipeStatus, RecipeVersion
from mes.transitions import Refused, StaleVersion
from tests.plugins.cold_room import ColdStore, signed_by
from tests.plugins.controlled import approved_change

STEP = Step(code="look", kind=StepKind.CONFIRM, text_en="Look", text_zh="查看")
RECORD = MasterRecord(
    product="PEN",
    title_en="Pen",
    title_zh="笔",
    batch_size=Decimal(100),
    unit="pcs",
    operations=(Operation(code="first", name_en="First", name_zh="第一", steps=(STEP,)),),
)


async def submitted(store: ColdStore, record: MasterRecord = RECORD, author: str = "qa-2") -> RecipeVersion:
    async with store.work(author) as work:
        made = await recipes.draft(work, record, reason="a story")
        return await recipes.submit(
            work, made.id, version=made.version, credentials=signed_by(author), reason="written"
        )


async def approve(store: ColdStore, found: RecipeVersion, who: str = "qa") -> RecipeVersion:
    async with store.work(who) as work:
        return await recipes.approve(
            work, found.id, version=found.version, credentials=signed_by(who), reason="checked"
        )


async def put_in_force(store: ColdStore, found: RecipeVersion, change: str | None = None) -> RecipeVersion:
    async with store.work() as work:
        return await recipes.put_in_force(work, found.id, version=found.version, change=change)


async def test_two_people_sign_and_a_later_version_needs_its_change(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        with pytest.raises(recipes.NoEffectiveRecipe):
            await recipes.effective(work, "PEN")
    first = await submitted(cold_store)
    with pytest.raises(Refused) as refused:
        await approve(cold_store, first, who="qa-2")
    assert refused.value.failed == ("signer_is_not_the_author",)
    first = await put_in_force(cold_store, await approve(cold_store, first))
    second = await approve(cold_store, await submitted(cold_store, replace(RECORD, shelf_life_days=90)))
    with pytest.raises(ChangeNeeded):
        await put_in_force(cold_store, second)
    async with cold_store.work("qa-2") as work:
        change = await approved_change(work, "recipe:PEN", author="maintenance", approver=signed_by("qa-2"))
    second = await put_in_force(cold_store, second, change.number)
    async with cold_store.work() as work:
        assert (await recipes.effective(work, "PEN")).id == second.id
        before = await recipes.recipe(work, first.id)
        assert (before.status, before.effective_to) == (RecipeStatus.SUPERSEDED, cold_store.clock.at)
        assert second.change == change.number


async def test_once_submitted_it_says_for_ever_what_it_says(cold_store: ColdStore) -> None:
    found = await submitted(cold_store)
    with pytest.raises(Refused) as refused:
        async with cold_store.work("qa-2") as work:
            await recipes.write(work, found.id, replace(RECORD, batch_size=Decimal(7)), version=found.version)
    assert refused.value.failed == ("state_is_draft",)
    with pytest.raises((ChangeForbidden, psycopg.errors.RestrictViolation)):
        async with cold_store.work() as work:
            await work.run("update master_record set batch_size = 7")
    for status in ("effective", "superseded", "withdrawn"):  # it goes only forward, a step at a time
        with pytest.raises((ChangeForbidden, psycopg.errors.RestrictViolation)):
            async with cold_store.work() as work:
                await work.db.execute("update master_record set status = %s", [status])
    async with cold_store.work() as work:
        back = await recipes.return_to_draft(work, found.id, version=found.version, reason="a limit is missing")
    async with cold_store.work("qa-2") as work:
        written = await recipes.write(work, found.id, replace(RECORD, batch_size=Decimal(7)), version=back.version)
        assert written.batch_size == 7
    with pytest.raises(StaleVersion):
        async with cold_store.work("qa-2") as work:
            await recipes.write(work, found.id, RECORD, version=back.version)


async def test_a_record_with_mistakes_is_not_submitted(cold_store: ColdStore) -> None:
    with pytest.raises(recipes.RecipeWrong) as refused:
        await submitted(cold_store, replace(RECORD, product="PEN", operations=()))
    assert "operations: a record needs at least one" in str(refused.value.facts["mistakes"])
    with pytest.raises(recipes.RecipeWithoutReason):
        async with cold_store.work() as work:
            await recipes.draft(work, RECORD, reason=" ")


async def test_who_signed_as_author_does_not_approve_what_another_drafted(cold_store: ColdStore) -> None:
    async with cold_store.work("qa-2") as work:
        made = await recipes.draft(work, RECORD, reason="a story")
        made = await recipes.submit(
            work, made.id, version=made.version, credentials=signed_by("qa"), reason="written together"
        )
    with pytest.raises(SameSigner):
        await approve(cold_store, made, who="qa")


async def test_of_two_put_in_force_at_once_one_stays(cold_store: ColdStore) -> None:
    ready = [await approve(cold_store, await submitted(cold_store)) for _ in range(2)]
    done = await asyncio.gather(*(put_in_force(cold_store, each) for each in ready), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["ChangeNeeded", "RecipeVersion"]


async def test_who_drafted_does_not_approve_what_another_wrote_on(cold_store: ColdStore) -> None:
    async with cold_store.work("qa") as work:
        made = await recipes.draft(work, RECORD, reason="a story")
    async with cold_store.work("qa-2") as work:
        made = await recipes.write(work, made.id, replace(RECORD, batch_size=Decimal(7)), version=made.version)
        made = await recipes.submit(
            work, made.id, version=made.version, credentials=signed_by("qa-2"), reason="written"
        )
    with pytest.raises(Refused) as refused:
        async with cold_store.work("qa") as work:
            await recipes.approve(work, made.id, version=made.version, credentials=signed_by("qa"), reason="mine")
    assert refused.value.failed == ("signer_is_not_the_author",)
