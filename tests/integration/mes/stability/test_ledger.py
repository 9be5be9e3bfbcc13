"""What lots drew of their stability: by where they stood and what was read there, through splits, merges, late data."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import psycopg
import pytest

from mes.inventory import service as inventory
from mes.inventory.splitting import LotsDiffer, NothingToMerge
from mes.transitions import Refused
from tests.integration.mes.stability.conftest import drawn, merge, read_steadily, split
from tests.plugins.cold_room import ColdStore, minute
from tests.plugins.database import Database


async def test_time_out_of_the_cold_is_drawn_where_nothing_is_out_of_limits(store: ColdStore) -> None:
    """B1 stands at 5 °C, then 40 min in a room at 7 °C, then at 5 °C again."""
    await store.put_lot("B1", at=0)
    await read_steadily(store, range(61), 5)
    await read_steadily(store, range(61), 7, "cold-room-1")
    await store.move_lot("B1", "cold-room-1", at=10)
    await store.move_lot("B1", "cold-room-2", at=50)
    await store.look(61)
    assert await drawn(store, "B1") == [0, 40, 0]
    assert await store.count("excursion") == 0


async def test_an_exhausted_lot_is_on_hold_and_one_with_little_left_is_told_of(store: ColdStore) -> None:
    await store.put_lot("B1", at=0)
    await read_steadily(store, range(216), 7)
    await store.look(216)
    assert await store.rows("select count(*) from alarm where kind = 'stability'") == [(0,)]  # 216 of 240: a tenth left
    await read_steadily(store, range(217, 220), 7)
    await store.look(220)
    assert await store.rows("select priority from alarm where kind = 'stability'") == [("medium",)]
    assert await store.held() == set()
    await read_steadily(store, range(220, 242), 7)
    await store.look(242)
    assert await store.rows("select priority from alarm where kind = 'stability'") == [("high",)]
    assert await store.rows("select cause from lot_hold where lifted_at is null") == [("stability:6.5..7.5",)]


async def test_silence_is_charged_and_given_back_when_the_readings_come(store: ColdStore) -> None:
    """Nothing was heard from minute 10 on: a reading holds for 5 min, the rest counts as the strictest band."""
    await store.put_lot("B1", at=0)
    await read_steadily(store, range(11), 5)
    await store.look(40)
    assert await drawn(store, "B1") == [0, 0, 25]
    await read_steadily(store, range(11, 41), 6, late=True)
    await store.look(42)
    assert await drawn(store, "B1") == [31, 0, 0]
    amounts = await store.rows("select band, sum(amount_us)::bigint from stability_entry group by band order by band")
    assert amounts == [("5.5..6.5", 31 * 60_000_000), ("7.5..9.5", 0)]


async def test_counting_again_books_nothing(store: ColdStore) -> None:
    await store.put_lot("B1", at=0)
    await read_steadily(store, range(31), 6)
    await store.look(32)
    before = await store.rows("select * from stability_entry order by id")
    assert before
    for _ in range(2):
        await store.another_watch().tick()
    assert await store.rows("select * from stability_entry order by id") == before


async def test_a_move_recorded_late_is_counted_as_it_was(store: ColdStore) -> None:
    await store.put_lot("B1", at=0)
    await read_steadily(store, range(61), 5)
    await read_steadily(store, range(61), 7, "cold-room-1")
    await store.look(61)
    assert await drawn(store, "B1") == [0, 0, 0]
    await store.move_lot("B1", "cold-room-1", at=20)
    await store.look(122)
    assert (await drawn(store, "B1"))[1] == 45  # to minute 61, and as long as the last reading holds from 60 on


async def test_what_is_made_of_lots_begins_with_what_they_had_drawn(store: ColdStore) -> None:
    await store.put_lot("B1", at=0)
    await store.put_lot("B2", "cold-room-1", at=0)
    await read_steadily(store, range(21), 6)
    await read_steadily(store, range(21), 7, "cold-room-1")
    store.clock.at = minute(20)
    await split(store, "B1", "B1-A")
    await read_steadily(store, range(21, 41), 6)
    await read_steadily(store, range(21, 41), 5, "cold-room-1")
    await store.look(40)
    assert await drawn(store, "B1-A") == await drawn(store, "B1") == [40, 0, 0]
    await store.move_lot("B1", "cold-room-1", at=40)
    store.clock.at = minute(41)
    await merge(store, ("B1", "B2"), "B3", "cold-room-1")
    await read_steadily(store, range(41, 61), 5)
    await read_steadily(store, range(41, 61), 6, "cold-room-1")
    await store.look(61)
    assert await drawn(store, "B3") == [60, 21, 0]  # 40 of B1, 21 of B2, and 20 of its own
    assert await drawn(store, "B1-A") == [41, 0, 0]
    lineage = await store.rows("select kind, parent_id from stability_entry where kind = 'inherit' order by id")
    assert lineage == [("inherit", store.lots["B1"]), ("inherit", None), ("inherit", None)]


async def test_what_came_late_about_a_lot_is_passed_on_to_its_parts(store: ColdStore) -> None:
    await store.put_lot("B1", at=0)
    await read_steadily(store, range(6), 5)
    store.clock.at = minute(20)
    await split(store, "B1", "B1-A")
    await store.look(30)
    assert await drawn(store, "B1-A") == [0, 0, 20]  # silent from minute 10 on: half of it inherited
    await read_steadily(store, range(6, 31), 7, late=True)
    await store.look(32)
    assert await drawn(store, "B1-A") == await drawn(store, "B1") == [0, 26, 0]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_in_whatever_order_it_came_the_ledger_says_what_the_readings_say(store: ColdStore, seed: int) -> None:
    """Two rooms over two hours, pieces of them lost on the way and delivered in any order, lots split and merged."""
    delivery = Delivery(store, Random(seed))
    await store.put_lot("B1", "cold-room-1", at=0)
    await store.put_lot("B2", "cold-room-2", at=0)
    for piece in range(12):
        await delivery.go_on(piece)
        if piece == 3:
            await split(store, "B1", "B1-A")
        if piece == 5:
            await store.move_lot("B1", "cold-room-2", at=60)
            store.clock.at = minute(60.5)
            await merge(store, ("B1", "B2"), "B3")
    await delivery.finish()
    one, two = delivery.spent("cold-room-1", 0, 60), delivery.spent("cold-room-2", 0, 60.5)
    moved = delivery.spent("cold-room-2", 60, 60.5)
    both = [max(a + b, c) for a, b, c in zip(one, moved, two, strict=True)]
    whole = [a + b for a, b in zip(both, delivery.spent("cold-room-2", 60.5, 120), strict=True)]
    assert (await drawn(store, "B3"))[:2] == pytest.approx(whole)
    assert (await drawn(store, "B1-A"))[:2] == pytest.approx(delivery.spent("cold-room-1", 0, 120))
    unknown = {(await drawn(store, number))[2] for number in ("B3", "B1-A")}
    assert unknown == {65.0}  # from minute 125 on nothing was read


@dataclass
class Delivery:
    """Ten minutes of a room are a piece; some come at once, the others when chance wills."""

    store: ColdStore
    random: Random
    waiting: list[tuple[str, int]] = field(default_factory=list)
    course: dict[str, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        rooms = ("cold-room-1", "cold-room-2")
        self.course = {room: [self.random.choice((5.0, 5.0, 6.0, 7.0)) for _ in range(12)] for room in rooms}

    async def go_on(self, piece: int) -> None:
        for room in self.course:
            if self.random.random() < 0.5:
                self.waiting.append((room, piece))
            else:
                await self._bring(room, piece, late=False)
        await self.store.look(piece * 10 + 10)
        self.random.shuffle(self.waiting)
        if self.waiting and piece > 6:
            await self._bring(*self.waiting.pop(), late=True)

    async def finish(self) -> None:
        for room, piece in self.waiting:
            await self._bring(room, piece, late=True)
        for room in self.course:
            await read_steadily(self.store, [120], 5, room)
        await self.store.look(125)
        await self.store.look(190)

    async def _bring(self, room: str, piece: int, *, late: bool) -> None:
        minutes = range(piece * 10, piece * 10 + 10)
        await read_steadily(self.store, minutes, self.course[room][piece], room, late=late)

    def spent(self, room: str, start: float, end: float) -> list[float]:
        """Minutes at 6 and at 7 °C, by the readings alone."""
        found = {6.0: 0.0, 7.0: 0.0}
        for piece, value in enumerate(self.course[room]):
            if value in found:
                found[value] += max(0.0, min(end, piece * 10 + 10) - max(start, piece * 10))
        return list(found.values())


async def test_what_is_on_hold_is_neither_split_nor_merged(store: ColdStore) -> None:
    await store.put_lot("B1", at=0)
    await store.warm_up()
    with pytest.raises(Refused) as refused:
        await split(store, "B1", "B1-A")
    assert refused.value.failed == ("lot_is_not_on_hold",)
    with pytest.raises(NothingToMerge):
        await merge(store, ("B1", "B1"), "B2")


async def test_only_lots_of_one_status_are_merged(store: ColdStore) -> None:
    await store.put_lot("B1", at=0)
    await store.put_lot("B2", at=0)
    async with store.work() as work:
        await inventory.quarantine_lot(work, store.lots["B2"], reason="retest")
    with pytest.raises(LotsDiffer):
        await merge(store, ("B1", "B2"), "B3")


async def test_a_part_of_a_lot_that_was_exposed_is_affected_too(store: ColdStore) -> None:
    """The room was warm while the part was still in B1; that is known only when the readings come late."""
    await store.put_lot("B1", at=0)
    await read_steadily(store, range(6), 5)
    store.clock.at = minute(60)
    await split(store, "B1", "B1-A")
    await read_steadily(store, range(6, 40), 9, late=True)
    await read_steadily(store, range(40, 61), 5, late=True)
    await store.look(61)
    assert await store.held() == {"B1", "B1-A"}
    exposed = await store.rows("select exposure_s from excursion_lot order by lot_id")
    assert exposed == [(34 * 60,), (34 * 60,)]


async def test_the_ledger_only_grows(store: ColdStore, database: Database) -> None:
    await store.put_lot("B1", at=0)
    await read_steadily(store, range(31), 6)
    await store.look(31)
    assert await store.count("stability_entry") > 0
    with psycopg.connect(database.owner, autocommit=True) as owner:
        for change in (
            "update stability_entry set amount_us = 1",
            "delete from stability_entry",
            "truncate stability_entry",
        ):
            with pytest.raises(psycopg.Error):
                owner.execute(change.encode())
