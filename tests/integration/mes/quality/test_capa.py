"""CAPA: the plan with its criterion, actions with evidence, dates put off by signature, and a check that it worked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from mes.actions import service as actions
from mes.actions.model import Action, Ask, Kind
from mes.capa import service as capas
from mes.capa.model import Capa, Status
from mes.people import service as people
from mes.transitions import Refused
from tests.plugins.cold_room import NINE, ColdStore, minute, signed_by

TODAY = NINE.date()
PLAN: dict[str, Any] = {
    "cause_method": "five_whys",
    "root_cause": "no spare valve",
    "metric": "excursions of room 2",
    "threshold": "none",
    "window_from": TODAY + timedelta(days=1),
    "window_to": TODAY + timedelta(days=30),
}


async def opened(store: ColdStore) -> Capa:
    async with store.work("maintenance") as work:
        came_from = (("deviation", "7"),)
        opening = capas.Opening(title="Valves wear", problem="it stuck", owner="maintenance", sources=came_from)
        found = await capas.open_capa(work, opening)
        for text in ("keep a spare valve", "look at it monthly"):
            found = await capas.capa(work, found.id)
            asked = Ask(kind=Kind.PREVENTIVE, text=text, owner="maintenance-2", due_on=TODAY + timedelta(days=5))
            await capas.plan_action(work, found.id, asked, version=found.version)
        return await capas.capa(work, found.id)


async def step(store: ColdStore, found: Capa, name: str, **said: object) -> Capa:
    async with store.work("maintenance") as work:
        version = (await capas.capa(work, found.id)).version
        return await capas.take_step(work, found.id, name, version=version, said=capas.Said(**said))  # type: ignore[arg-type]


async def sign(store: ColdStore, found: Capa, name: str, who: str = "qa", **said: object) -> Capa:
    async with store.work(who) as work:
        version = (await capas.capa(work, found.id)).version
        told = capas.Said(note="judged", **said)  # type: ignore[arg-type]
        signature = {"credentials": signed_by(who), "meaning": "approved", "reason": "judged"}
        return await capas.sign_step(work, found.id, name, version=version, said=told, **signature)  # type: ignore[arg-type]


async def planned(store: ColdStore, found: Capa) -> list[Action]:
    async with store.work() as work:
        return await actions.actions(work, capas.record(found))


async def carried_out(store: ColdStore) -> Capa:
    found = await opened(store)
    await step(store, found, "evaluate")
    await step(store, found, "investigate", evaluation="likely again")
    await sign(store, found, "approve_plan", **PLAN)
    begun = await step(store, found, "implement", root_cause="another one", result="too soon")
    assert (begun.root_cause, begun.result) == ("no spare valve", "")  # what was signed stays
    async with store.work("maintenance-2") as work:
        for action in await actions.actions(work, capas.record(found)):
            await actions.finish(work, action.id, version=action.version, evidence="purchase 4711")
    return await step(store, found, "await_effect")


async def test_it_can_not_be_closed_before_its_window_ends_nor_by_its_owner(cold_store: ColdStore) -> None:
    found = await carried_out(cold_store)
    assert found.status is Status.EFFECTIVENESS
    cold_store.clock.at = minute(0) + timedelta(days=30)  # the last day of the window
    with pytest.raises(Refused) as refused:
        await sign(cold_store, found, "close", result="no excursion")
    assert refused.value.failed == ("window_is_over",)
    cold_store.clock.at = minute(0) + timedelta(days=31)
    with pytest.raises(Refused) as refused:
        await sign(cold_store, found, "close", who="maintenance", result="no excursion")
    assert refused.value.failed == ("evaluator_is_not_the_owner",)
    with pytest.raises(Refused) as refused:
        await sign(cold_store, found, "close")
    assert refused.value.failed == ("result_given",)
    closed = await sign(cold_store, found, "close", result="no excursion")
    assert (closed.status, closed.evaluated_by) == (Status.CLOSED_EFFECTIVE, "qa")


async def test_without_effect_the_next_one_follows(cold_store: ColdStore) -> None:
    found = await carried_out(cold_store)
    cold_store.clock.at = minute(0) + timedelta(days=31)
    failed = await sign(cold_store, found, "fail", result="two excursions")
    assert failed.status is Status.CLOSED_INEFFECTIVE
    async with cold_store.work() as work:
        newest, _ = await capas.capas(work, source=("deviation", 7))
        assert (newest.follows_id, newest.problem, newest.status) == (failed.id, "two excursions", Status.OPEN)


async def test_a_plan_needs_cause_actions_and_a_criterion_that_lies_ahead(cold_store: ColdStore) -> None:
    found = await opened(cold_store)
    await step(cold_store, found, "evaluate")
    with pytest.raises(Refused) as refused:
        await step(cold_store, found, "investigate")
    assert refused.value.failed == ("evaluation_given",)
    await step(cold_store, found, "investigate", evaluation="likely again")
    with pytest.raises(Refused) as refused:
        await sign(cold_store, found, "approve_plan")
    assert refused.value.failed == ("cause_method_given", "root_cause_given", "criterion_given", "window_follows")
    past: dict[str, Any] = PLAN | {"window_from": TODAY - timedelta(days=1)}
    with pytest.raises(Refused) as refused:
        await sign(cold_store, found, "approve_plan", **past)
    assert refused.value.failed == ("window_follows",)
    await sign(cold_store, found, "approve_plan", **PLAN)
    async with cold_store.work() as work:
        current = await capas.capa(work, found.id)
        asked = Ask(kind=Kind.CORRECTIVE, text="late", owner="qa", due_on=TODAY)
        with pytest.raises(Refused) as refused:
            await capas.plan_action(work, found.id, asked, version=current.version)
    assert refused.value.failed == ("plan_is_not_approved_yet",)


async def test_a_date_is_put_off_by_signature_and_counted(cold_store: ColdStore) -> None:
    first, _ = await planned(cold_store, await opened(cold_store))
    later: date = first.due_on + timedelta(days=7)
    async with cold_store.work() as work:
        with pytest.raises(actions.DueDayEarlier):
            await actions.extend(
                work, first.id, version=1, due_on=first.due_on, credentials=signed_by(), reason="no part"
            )
        after = await actions.extend(work, first.id, version=1, due_on=later, credentials=signed_by(), reason="no part")
        assert (after.due_on, after.extended) == (later, 1)
        [kept] = await actions.extensions(work, capas.record(await capas.capa(work, first.record_id)))
        assert (kept.was_due_on, kept.reason) == (first.due_on, "no part")
    async with cold_store.work() as work:
        with pytest.raises(Refused) as refused:
            await actions.finish(work, first.id, version=2, evidence=" ")
    assert refused.value.failed == ("action_evidence_given",)


async def test_signatures_hold_through_all_that_follows_until_somebody_alters_what_was_signed(
    cold_store: ColdStore,
) -> None:
    found = await opened(cold_store)
    await step(cold_store, found, "evaluate")
    await step(cold_store, found, "investigate", evaluation="likely again")
    await sign(cold_store, found, "approve_plan", **PLAN)
    [first, *_] = await planned(cold_store, found)
    async with cold_store.work("qa") as work:
        later, who = first.due_on + timedelta(days=3), signed_by("qa")
        await actions.extend(
            work, first.id, version=first.version, due_on=later, credentials=who, reason="the valve is late"
        )
    await step(cold_store, found, "implement")
    async with cold_store.work("maintenance-2") as work:
        for action in await actions.actions(work, capas.record(found)):
            await actions.finish(work, action.id, version=action.version, evidence="purchase 4711")
    await step(cold_store, found, "await_effect")
    cold_store.clock.at = minute(0) + timedelta(days=31)
    await sign(cold_store, found, "close", result="no excursion")
    assert await differing(cold_store, found) == [(), ()]
    async with cold_store.work() as work:
        await work.db.execute("update capa set root_cause = 'bad luck', result = 'all well' where id = %s", [found.id])
    assert await differing(cold_store, found) == [("root_cause",), ("result", "root_cause")]


async def differing(store: ColdStore, found: Capa) -> list[tuple[str, ...]]:
    async with store.work() as work:
        now = await capas.content(work, await capas.capa(work, found.id))
        rows = await people.verified_signatures_of(work, "capa", found.id, now, of_the_act=("step",))
    return [tuple(sorted(row.differs)) for row in rows]
