"""A truck's air counts while lots are on board, from the load on, and no longer than to the last one's leaving."""

from __future__ import annotations

from mes.trips.service import ON_AND_ON, armed
from models.interval import Interval
from telemetry.clock import to_us
from tests.plugins.cold_room import ColdStore, minute


async def vehicle(store: ColdStore, code: str = "truck-1", *, compartments: int = 0) -> int:
    """A truck in the plant; the bins in it are `<code>-1`, ..."""
    insert = (
        "insert into zone (code, site, area, kind, name_en, name_zh, policy, parent_id)"
        " values (%s, 'hainan', 'fleet', %s, %s, %s, 'cold-2-8', %s) returning id"
    )
    [(truck,)] = await store.rows(insert, code, "vehicle", code, code, None)
    store.rooms[code] = truck
    for n in range(1, compartments + 1):
        [(inner,)] = await store.rows(insert, f"{code}-{n}", "bin", code, code, truck)
        store.rooms[f"{code}-{n}"] = inner
    return int(truck)


async def test_an_empty_truck_is_not_judged_and_a_room_always_is(cold_store: ColdStore) -> None:
    truck, room = await vehicle(cold_store), cold_store.rooms["cold-room-2"]
    async with cold_store.work() as work:
        found = await armed(work, [truck, room])
    assert found[truck] == ()
    assert found[room] == (Interval(-ON_AND_ON, ON_AND_ON),)


async def test_lots_that_stand_in_it_arm_it_with_its_compartments(cold_store: ColdStore) -> None:
    truck = await vehicle(cold_store, compartments=2)
    inner = cold_store.rooms["truck-1-2"]
    await cold_store.put_lot("A", at=-600)
    await cold_store.put_lot("B", at=-600)
    await cold_store.move_lot("A", "truck-1-1", at=-60)
    await cold_store.move_lot("B", "truck-1", at=-50)
    await cold_store.move_lot("A", "cold-room-1", at=-20)
    await cold_store.move_lot("B", "cold-room-1", at=-10)
    await cold_store.move_lot("A", "truck-1-1", at=-5)
    async with cold_store.work() as work:
        found = await armed(work, [truck, inner])
        lately = await armed(work, [truck], since=minute(-8))
    first = Interval(to_us(minute(-60)), to_us(minute(-10)))
    second = Interval(to_us(minute(-5)), ON_AND_ON)
    assert found[truck] == found[inner] == (first, second)
    assert lately[truck] == (second,)
