"""QA asks what a batch and all its inputs went through: every place, what was out of limits, what nobody knows."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from dashboards.lot_courses import gather
from dashboards.lot_picture import draw
from mes.genealogy.temperature import of_batch
from telemetry.clock import to_us
from tests.integration.genealogy.plant_of_lots import plant_of_lots
from tests.plugins.cold_room import ColdStore, minute

PLANT = ZoneInfo("Asia/Shanghai")


async def test_a_batch_shows_its_inputs_over_every_place(cold_store: ColdStore) -> None:
    await cold_store.put_lot("RAW", "cold-room-2", at=-60)
    await cold_store.read(*((float(m), 5.0) for m in range(-60, -29)), probe="air-1")  # then nothing for half an hour
    await cold_store.warm_up(until=35)
    await cold_store.move_lot("RAW", "cold-room-1", at=40)
    await cold_store.look(60)
    async with cold_store.work() as work:
        made = await plant_of_lots(work, cold_store.rooms)
        made.lots["RAW"] = cold_store.lots["RAW"]
        await made.lot("LOOSE", "API")  # never put anywhere
        await made.batch("FG", "KIT", RAW="3", LOOSE="1")
        histories = await of_batch(work, made.lots["FG"])
        by_number = {history.lot.number: history for history in histories}
        raw = by_number["RAW"]
        assert [(s.zone.code if s.zone else None, s.start, s.end) for s in raw.stays] == [
            ("cold-room-2", minute(-60), minute(40)),
            ("cold-room-1", minute(40), minute(60)),
        ]
        assert (raw.until, raw.depth) == (minute(60), 1)
        [exposure] = raw.exposures
        assert exposure.excursion.started_at == minute(20)
        assert by_number["LOOSE"].stays == ()  # it came in the moment in which it went in

        found = await gather(work, histories)
        assert found is not None
        warm, cold = found.rows[made.lots["RAW"]]
        assert (warm.lowest, warm.highest) == (5.0, 8.6)
        assert warm.out_s == pytest.approx(20 * 60)  # 09:20 to the move; the last reading holds for five minutes
        assert cold.lowest is None
        assert cold.unknown_s == 20 * 60
        picture = draw(found, PLANT, to_us(work.now))
        assert picture.chart is not None
        assert len(picture.lanes) == 3
        assert [tick.value for tick in picture.chart.limits] == [2.0, 8.0]
        lane = next(lane for lane in picture.lanes if lane.history.lot.number == "RAW")
        assert len(lane.spans) == 2
        assert lane.hatch
        assert lane.out
