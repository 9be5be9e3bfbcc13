"""The demo plant's trucks: what a visitor finds on the road and at receiving."""

from __future__ import annotations

from datetime import timedelta

from isotherm.demo import FOLDER
from isotherm.demo_stock import stock_demo
from isotherm.demo_trips import send_trucks
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.trips import service as trips
from mes.trips.model import Status
from simulators.history import history
from telemetry import store
from telemetry.wire import Message
from telemetry.work import Pool, begin
from tests.plugins.database import NOW


async def test_one_truck_is_on_the_road_and_one_waits_for_receiving(pool: Pool) -> None:
    async with begin(pool, "demo", NOW) as work:
        await apply(work, read_plant(FOLDER), reason="start")
        await stock_demo(work, NOW)
    past = [each for each in history(NOW - timedelta(hours=11), NOW, 1) if each[0] == "edge-fleet"]
    async with begin(pool, "demo", NOW) as work:
        messages = [Message(edge, 1, n, batch) for n, (edge, batch) in enumerate(past, 1)]
        await store.append(work, [store.arrival(message) for message in messages])
    await send_trucks(pool, NOW)
    await send_trucks(pool, NOW)
    async with begin(pool, "demo", NOW) as work:
        waiting, driving = await trips.trips(work)
        assert (driving.status, waiting.status) == (Status.UNDER_WAY, Status.ARRIVED)
        [record] = await trips.records(work, waiting.id)
        assert record.conforms, record.content["checks"]
        assert [lot["lot"] for lot in record.content["lots"]] == ["PEN-2610-06", "PEN-2610-08"]
        assert record.content["distance_km"] > 10
