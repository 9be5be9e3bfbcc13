"""A bearing wears: from readings in the store to one order with its evidence, and nothing told twice."""

from __future__ import annotations

from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.health.model import Cause, ModelStatus, Standing
from mes.maintenance.model import FailureMode, Status
from tests.integration.health.line import COMMISSIONING, LINE, WatchedLine, at

WORN = COMMISSIONING + 600


async def wear_out(line: WatchedLine) -> None:
    """Ten hours of wear, looked at every half hour, as it comes."""
    for begin in range(COMMISSIONING + 1, WORN, 30):
        await line.read(begin, begin + 30, wear=(begin - COMMISSIONING) / 900, worse=1 / 900)
        await line.look()


async def test_a_wearing_bearing_becomes_one_order_with_its_evidence(line: WatchedLine) -> None:
    await line.commission()
    assert (await line.stands()).standing is Standing.WELL
    await wear_out(line)
    found = await line.stands()
    assert found.standing is Standing.DRIFTING
    assert {each.cause for each in found.open_alerts} == {Cause.PATTERN, Cause.LEVEL}
    [order] = await line.orders()
    assert (order.failure_mode, order.status) == (FailureMode.BEARING_WEAR, Status.REQUESTED)
    assert f"{LINE}/bearing-temperature" in order.evidence["points"]
    told = order.evidence["finding"]["contributions"][0]
    assert told["observed"] > told["expected"], "what was seen stands beside what is usual"
    async with line.work() as work:
        standing = await alarms.alarms(work, kind=Kind.EQUIPMENT, active=True)
    assert {each.id for each in standing} == {each.alarm_id for each in await line.alerts()}
    assert {each.order_id for each in await line.alerts()} == {order.id}, "one machine is repaired once"


async def test_commissioning_ends_in_a_first_version_that_says_so(line: WatchedLine) -> None:
    await line.read(0, COMMISSIONING // 2)
    await line.look()
    assert (await line.stands()).standing is Standing.LEARNING
    await line.read(COMMISSIONING // 2, COMMISSIONING + 1)
    await line.look(COMMISSIONING + 1)
    [model] = await line.models()
    assert (model.number, model.status, model.made_by) == (1, ModelStatus.IN_FORCE, "health")
    assert model.reason == "first version, learned in commissioning"
    assert (model.learned_from, model.learned_to) >= (at(0), at(COMMISSIONING - 1))
    card = model.score_card
    assert (card["judged"], card["false_alerts"]) == (True, 0)
    assert card["notices"]["vibration"]["shift"] < 0.2, "a fifth of a millimetre a second would be noticed"
