"""The crew's order: asked for once, done by one person, verified by another, the machine told of both."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mes.maintenance import service as maintenance
from mes.maintenance.model import FailureMode, Order, Request, Status
from mes.maintenance.proving import Signing
from mes.maintenance.service import Told
from mes.plant import service as plant
from mes.quality import excursions
from mes.transitions import Refused, StaleVersion
from tests.plugins.cold_room import ColdStore, signed_by


async def the_order(cold_store: ColdStore) -> Order:
    async with cold_store.work() as work:
        [order] = await maintenance.orders(work)
    return order


REPAIRED = {"cause_code": "electrical", "remedy_code": "replaced", "problem_code": "not_running", "no_parts": True}


async def step(cold_store: ColdStore, name: str, actor: str = "maintenance", **told: object) -> Order:
    if name == "done":
        told = {"labour_min": Decimal(25)} | REPAIRED | told
    version = (await the_order(cold_store)).version
    signing = None
    if name == "verify":
        signing = Signing(credentials=signed_by(actor), meaning="verified", reason="seen at the machine")
    async with cold_store.work(actor) as work:
        said = Told(**told)  # type: ignore[arg-type]
        return await maintenance.take_step(work, 1, name, version=version, told=said, signing=signing)


async def machine_status(cold_store: ColdStore) -> str:
    order = await the_order(cold_store)
    async with cold_store.work() as work:
        return (await plant.machine(work, order.equipment_id)).status


async def test_from_request_to_close(cold_store: ColdStore) -> None:
    await cold_store.warm_up(until=31)
    order = await the_order(cold_store)
    assert (order.status, order.failure_mode) == (Status.REQUESTED, FailureMode.ROOM_OUT_OF_LIMITS)
    assert set(order.evidence["points"]) >= {cold_store.name(), cold_store.name("current", "cold-room-2-compressor")}
    await step(cold_store, "approve")
    started = await step(cold_store, "start")
    assert (started.assigned_to, await machine_status(cold_store)) == ("maintenance", "under_maintenance")
    with pytest.raises(Refused) as refused:
        await step(cold_store, "done", findings=" ")
    assert refused.value.failed == ("findings_given",)
    done = await step(cold_store, "done", findings="relay burnt, replaced")
    assert done.downtime_min is not None
    with pytest.raises(Refused) as refused:
        await step(cold_store, "verify", check_result="cools again")
    assert refused.value.failed == ("verifier_is_not_the_doer",)
    await step(cold_store, "verify", "maintenance-2", check_result="cools again")
    assert await machine_status(cold_store) == "ready"
    closed = await step(cold_store, "close")
    assert closed.status is Status.CLOSED
    assert closed.closed_at == cold_store.clock.at


async def test_one_open_order_for_one_broken_compressor(cold_store: ColdStore) -> None:
    """The model finds it first: the excursion joins that order, and asks for none of its own."""
    async with cold_store.work("watch") as work:
        machine = await plant.cooling_of(work, cold_store.rooms["cold-room-2"])
        assert machine is not None
        asked = Request(
            equipment_id=machine.id,
            failure_mode=FailureMode.NOT_COOLING,
            priority="high",
            title_en="Does not cool",
            title_zh="不制冷",
            evidence={"from": "2026-01-15T01:00:00+00:00", "to": "2026-01-15T01:00:30+00:00", "finding": {"score": 7}},
        )
        first = await maintenance.request_order(work, asked)
    await cold_store.warm_up(until=31)
    order = await the_order(cold_store)
    assert (order.id, order.failure_mode, order.excursion_id) == (first.id, FailureMode.NOT_COOLING, 1)
    assert order.evidence["to"] > "2026-01-15T01:30", "the window grows to what the excursion shows"
    assert order.evidence["finding"] == {"score": 7}, "what was found first stays"
    for name, told in (("approve", {}), ("start", {}), ("done", {"findings": "relay"})):
        await step(cold_store, name, **told)
    await step(cold_store, "verify", "maintenance-2", check_result="ok")
    await step(cold_store, "close")
    async with cold_store.work("watch") as work:
        again = await maintenance.request_order(work, asked)
    assert again.id != first.id


async def test_a_room_that_gets_warm_twice_has_one_order_and_both_excursions_show_it(cold_store: ColdStore) -> None:
    await cold_store.warm_up(until=31)
    await cold_store.read(*((m, 5.0 if m < 60 else 9.0) for m in range(32, 90)))
    async with cold_store.work() as work:
        both = await excursions.excursions(work)
        orders = [await maintenance.order_of_excursion(work, each.id) for each in both]
    assert len(both) == 2
    assert len({order.id for order in orders if order}) == 1
    assert None not in orders


async def test_a_step_out_of_turn_and_a_stale_page(cold_store: ColdStore) -> None:
    await cold_store.warm_up(until=30)
    with pytest.raises(Refused) as refused:
        await step(cold_store, "done", findings="nothing")
    assert refused.value.failed == ("state_is_in_progress",)
    await step(cold_store, "approve")
    with pytest.raises(StaleVersion):
        async with cold_store.work("maintenance") as work:
            await maintenance.take_step(work, 1, "start", version=1)
