"""Which lots an excursion touches: those that stood there while it was out, no other (half open on both sides)."""

from __future__ import annotations

from mes.quality import excursions
from tests.plugins.cold_room import ColdStore, minute


async def test_the_five_lots_of_the_specification(cold_store: ColdStore) -> None:
    """Out 09:20 to 09:55. L3 comes at the very end; late readings that extend it to 10:10 add L3, the others stay."""
    for number in ("L1", "L4"):
        await cold_store.put_lot(number, at=-60)
    await cold_store.put_lot("L5", "cold-room-2-r2", at=-60)
    await cold_store.move_lot("L1", "cold-room-1", at=20)
    await cold_store.warm_up(until=30)
    await cold_store.move_lot("L4", "cold-room-1", at=30)
    await cold_store.read(*((m, 8.6) for m in range(31, 55)))
    await cold_store.put_lot("L2", at=55 - 1 / 60)
    await cold_store.put_lot("L3", at=55)
    await cold_store.read((55, 7.4))
    assert await cold_store.held() == {"L2", "L4", "L5"}
    holds = await cold_store.rows("select id from lot_hold order by id")

    # At 10:15 the logger's memory is read: 09:55 was the first of two probes only, and it was out until 10:10.
    cold_store.clock.at = minute(75)
    await cold_store.read(*((m, 8.4) for m in range(40, 70)), (70, 7.3), probe="air-2", lane="backlog")
    assert await cold_store.held() == {"L2", "L3", "L4", "L5"}
    assert (await cold_store.rows("select id from lot_hold order by id"))[: len(holds)] == holds
    async with cold_store.work() as work:
        [excursion] = await excursions.excursions(work)
        lots = {row.lot_id: row for row in await excursions.lots_of(work, [excursion.id])}
    assert excursion.ended_at == minute(70)
    assert lots[cold_store.lots["L4"]].exposure_s == 600
    assert lots[cold_store.lots["L3"]].exposure_s == 900


async def test_a_lot_put_into_a_room_that_is_out_is_held_at_once(cold_store: ColdStore) -> None:
    await cold_store.warm_up(until=31)
    await cold_store.put_lot("NEW", at=31)
    await cold_store.look(at=31.1)
    assert await cold_store.held() == {"NEW"}


async def test_a_lot_that_leaves_keeps_its_hold_and_its_exposure(cold_store: ColdStore) -> None:
    await cold_store.put_lot("GONE")
    await cold_store.warm_up(until=31)
    await cold_store.move_lot("GONE", "cold-room-1", at=40)
    await cold_store.look(at=41)
    assert await cold_store.held() == {"GONE"}
    async with cold_store.work() as work:
        [row] = await excursions.lots_of(work, [1])
    assert (row.exposed_from, row.exposed_to, row.exposure_s) == (minute(20), minute(40), 1200)
