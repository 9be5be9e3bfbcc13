"""A compressor that runs and doesn't cool: advice for the crew with its evidence, before any limit is passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from mes.alarms import service as alarms
from mes.alarms.model import Kind, State
from mes.maintenance import service as maintenance
from models.compressor import CompressorSettings
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.wire import Message
from tests.plugins.cold_room import GOOD, ColdStore, minute

SETTINGS = CompressorSettings(learn_s=1800)


def history(cold_store: ColdStore, start: int, end: int, *, cools: bool) -> list[Message]:
    """Minutes of a compressor that runs half of each 40 minutes; air is 9 K above the coil while it cools."""
    chance = Random(7)
    readings = []
    for half_minute in range(2 * start, 2 * end):
        m = half_minute / 2
        running = m % 40 < 20
        air = 5 + chance.uniform(-0.2, 0.2)
        coil = air - (9 if cools else 0.5) * running + chance.uniform(-0.3, 0.3)
        current = (4.2 if cools else 2.0) * running + chance.uniform(-0.05, 0.05)
        for probe, value in (("running", running), ("current", current), ("coil-temperature", coil), ("defrost", 0)):
            name = cold_store.name(probe, "cold-room-2-compressor")
            readings.append(Reading(name, to_us(minute(m)), to_us(minute(m)), float(value), GOOD))
        for probe, value in (("air-1", air), ("door", 0.0)):
            readings.append(Reading(cold_store.name(probe), to_us(minute(m)), to_us(minute(m)), value, GOOD))
    pieces = [readings[at : at + 500] for at in range(0, len(readings), 500)]
    return [Message("edge-cold-store", 1, next(cold_store.sequences), batch_of(piece)) for piece in pieces]


async def test_the_crew_is_asked_before_a_limit_is_passed(cold_store: ColdStore) -> None:
    cold_store.settings = replace(cold_store.settings, compressor=SETTINGS, learn_again_s=60)
    cold_store.watch = cold_store.another_watch()
    lot = await cold_store.put_lot("B2601A")
    cold_store.clock.at = minute(0)
    await cold_store.store(*history(cold_store, -480, 0, cools=True), lane="import")
    while await cold_store.watch.sweep():
        pass
    await cold_store.look(at=0)
    async with cold_store.work() as work:
        assert await alarms.alarms(work, kind=Kind.EQUIPMENT) == []

    cold_store.clock.at = minute(60)
    await cold_store.store(*history(cold_store, 0, 60, cools=False))
    await cold_store.look()
    async with cold_store.work() as work:
        [alarm] = await alarms.alarms(work, kind=Kind.EQUIPMENT)
        [order] = await maintenance.orders(work)
    assert alarm.source == "hainan/cold-store/cold-room-2-compressor"
    assert (order.failure_mode, order.alarm_id, order.excursion_id) == ("not_cooling", alarm.id, None)
    assert order.evidence["finding"]["model"] == "compressor"
    assert order.evidence["normal"]["difference_k"] > 8
    assert len(order.evidence["points"]) == 6
    assert await cold_store.held() == set()  # a model advises: lots are none of its business
    assert lot

    cold_store.clock.advance(timedelta(seconds=31))
    await cold_store.look()
    async with cold_store.work() as work:
        assert len(await maintenance.orders(work)) == 1

    cold_store.clock.at = minute(130)
    await cold_store.store(*history(cold_store, 60, 130, cools=True))
    await cold_store.look()
    async with cold_store.work() as work:
        [alarm] = await alarms.alarms(work, kind=Kind.EQUIPMENT)
    assert alarm.state is State.RTN_UNACKED
