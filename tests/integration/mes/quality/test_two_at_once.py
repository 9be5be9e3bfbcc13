"""Two people take the same step at once, each on a connection of their own: one wins, the other hears why not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from mes.actions import service as actions
from mes.actions.model import Action
from mes.changes import service as changes
from mes.changes import stepping
from mes.changes.model import Change, Status
from mes.quality import deviations, handling
from mes.quality.model import Deviation, DeviationStatus, Severity
from mes.transitions import Refused, StaleVersion
from tests.integration.mes.quality.test_capa import opened, planned
from tests.integration.mes.quality.test_changes import approved, finish_actions, step
from tests.plugins.cold_room import ColdStore, signed_by


async def both(*tries: Awaitable[object]) -> list[str]:
    """What became of two tries at once, by name."""
    done = await asyncio.gather(*tries, return_exceptions=True)
    return sorted(type(each).__name__ for each in done)


async def signatures(store: ColdStore, record_type: str) -> int:
    return await store.count(f"signature where record_type = '{record_type}'")


async def test_two_of_quality_sign_one_change(cold_store: ColdStore) -> None:
    found = await approved(cold_store)
    await step(cold_store, found, "implement")
    await finish_actions(cold_store, found)
    verified = await step(cold_store, found, "verify")
    before = await signatures(cold_store, "change")

    async def put_into_effect(who: str) -> Change:
        signature = {"credentials": signed_by(who), "meaning": "approved", "reason": "in effect"}
        async with cold_store.work(who) as work:
            return await stepping.sign_step(work, found.id, "put_into_effect", version=verified.version, **signature)  # type: ignore[arg-type]

    assert await both(put_into_effect("qa"), put_into_effect("qa-2")) == ["Change", "StaleVersion"]
    assert await signatures(cold_store, "change") == before + 1
    assert await cold_store.count("audit where action = 'change.put_into_effect'") == 1
    async with cold_store.work() as work:
        assert (await changes.change(work, found.id)).status is Status.EFFECTIVE


async def test_two_people_finish_one_action(cold_store: ColdStore) -> None:
    [first, *_] = await planned(cold_store, await opened(cold_store))

    async def finish(who: str) -> Action:
        async with cold_store.work(who) as work:
            return await actions.finish(work, first.id, version=first.version, evidence=f"done by {who}")

    assert await both(finish("maintenance"), finish("maintenance-2")) == ["Action", "StaleVersion"]
    rows = await cold_store.rows("select after ->> 'evidence' from audit where action = 'action.finish'")
    kept = await cold_store.rows("select evidence from quality_action where done_at is not null")
    assert rows == kept
    assert len(kept) == 1


async def test_two_of_quality_close_one_deviation(cold_store: ColdStore) -> None:
    async with cold_store.work("operator") as work:
        draft = deviations.Draft(title_en="Label torn", title_zh="标签破损", description="seen at packing")
        made = await handling.open_deviation(work, draft)
    for name, said in (("report", handling.Said()), ("classify", handling.Said(severity=Severity.MINOR))):
        async with cold_store.work("operator") as work:
            made = await handling.take_step(work, made.id, name, version=made.version, said=said)

    async def close(who: str) -> Deviation:
        signature = {"credentials": signed_by(who), "meaning": "approved", "reason": "no impact"}
        async with cold_store.work(who) as work:
            return await handling.sign_step(work, made.id, "close", version=made.version, **signature)  # type: ignore[arg-type]

    assert await both(close("qa"), close("qa-2")) == ["Deviation", StaleVersion.__name__]
    assert await signatures(cold_store, "deviation") == 1
    async with cold_store.work() as work:
        assert (await deviations.deviation(work, made.id)).status is DeviationStatus.CLOSED


async def test_a_lot_that_is_named_while_the_deviation_is_being_closed_comes_too_late(cold_store: ColdStore) -> None:
    """Or the closed deviation would hold a lot that its signature knows nothing of."""
    lot_id = await cold_store.put_lot("L1")
    async with cold_store.work("operator") as work:
        draft = deviations.Draft(title_en="Label torn", title_zh="标签破损", description="seen at packing")
        made = await handling.open_deviation(work, draft)
    for name, said in (("report", handling.Said()), ("classify", handling.Said(severity=Severity.MINOR))):
        async with cold_store.work("operator") as work:
            made = await handling.take_step(work, made.id, name, version=made.version, said=said)

    async def name_it() -> None:
        async with cold_store.work("operator") as work:
            await handling.name_lot(work, made.id, lot_id)

    signature = {"credentials": signed_by("qa"), "meaning": "approved", "reason": "no impact"}
    async with cold_store.work("qa") as closing:
        await handling.sign_step(closing, made.id, "close", version=made.version, **signature)  # type: ignore[arg-type]
        naming = asyncio.create_task(name_it())
        await _waits_or_is_over(cold_store, naming)
    with pytest.raises(Refused) as refused:
        await naming
    assert refused.value.failed == ("deviation_is_open",)
    assert await cold_store.held() == set()


async def _waits_or_is_over(cold_store: ColdStore, task: asyncio.Task[None]) -> None:
    waits = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with asyncio.timeout(20):
        while not task.done() and not await cold_store.rows(waits):  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.01)
