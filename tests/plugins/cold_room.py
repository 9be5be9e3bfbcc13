"""Two cold rooms with two probes each, lots in them, readings that come through the store, and a watch that looks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from math import nan
from pathlib import Path
from typing import Any

import pytest

from mes.border import Doors, transaction
from mes.inventory import service as inventory
from mes.inventory import stock
from mes.inventory.model import QualityStatus
from mes.people import service as people
from mes.people.model import Credentials
from mes.plant import service as plant
from mes.watch import WatchSettings
from mes.watch.loop import Watch
from models.policy import Policy
from telemetry import queries, store
from telemetry.batch import Reading, batch_of
from telemetry.clock import HeldClock, to_us
from telemetry.wire import Message
from telemetry.work import Pool, Work, begin

NINE = datetime(2026, 1, 15, 1, 0, tzinfo=UTC)
"""09:00 in the plant."""
SQL = queries.load(Path(__file__).with_name("cold_room.sql"))
PASSWORD = "correct-horse"
GOOD, BAD = 192, 16


def minute(number: float) -> datetime:
    """So many minutes after nine."""
    return NINE + timedelta(minutes=number)


@dataclass(slots=True)
class ColdStore:
    """The plant of the stories. Minutes are counted from nine."""

    pool: Pool
    clock: HeldClock
    settings: WatchSettings
    rooms: dict[str, int] = field(default_factory=dict)
    lots: dict[str, int] = field(default_factory=dict)
    sequences: Any = field(default_factory=lambda: count(1))
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = self.another_watch()

    def another_watch(self) -> Watch:
        return Watch(self.pool, self.clock, self.settings)

    @asynccontextmanager
    async def work(self, actor: str = "qa") -> AsyncIterator[Work]:
        """A request of a person: one transaction, and what is refused is remembered."""
        async with transaction(Doors(self.pool, self.clock), actor) as work:
            yield work

    def name(self, probe: str = "air-1", room: str = "cold-room-2") -> str:
        return f"hainan/cold-store/{room}/{probe}"

    def message(
        self,
        values: Iterable[tuple[float, float]],
        *,
        probe: str = "air-1",
        room: str = "cold-room-2",
        edge: str = "edge-cold-store",
    ) -> Message:
        """Readings at minutes after nine; a value that is not a number is a bad reading."""
        readings = [
            Reading(self.name(probe, room), to_us(minute(m)), to_us(minute(m)), v, BAD if v != v else GOOD)
            for m, v in values
        ]
        return Message(edge, 1, next(self.sequences), batch_of(readings))

    async def store(self, *messages: Message, lane: str = "live") -> None:
        async with begin(self.pool, "gateway", self.clock.now()) as work:
            await store.append(work, [store.arrival(each, lane) for each in messages])

    async def read(
        self, *values: tuple[float, float], probe: str = "air-1", room: str = "cold-room-2", lane: str = "live"
    ) -> None:
        """Readings come in one batch, each at its minute; the clock goes to the last one, unless they come late."""
        self.clock.at = max(self.clock.at, minute(max(m for m, _ in values)))
        await self.store(self.message(values, probe=probe, room=room), lane=lane)
        await self.look()

    async def look(self, at: float | None = None) -> None:
        """The watch looks once, at this minute."""
        if at is not None:
            self.clock.at = minute(at)
        await self.watch.sweep()
        await self.watch.tick()

    async def warm_up(self, *, until: float = 30.0) -> None:
        """The story of the specification: normal, then out from 09:20 on, a reading a minute."""
        course = [(m, 5.0 if m < 20 else 8.3 if m < 30 else 8.6) for m in range(int(until) + 1)]
        await self.read(*course[:28])
        for reading in course[28:]:
            await self.read(reading)

    async def put_lot(
        self,
        number: str,
        room: str = "cold-room-2",
        *,
        at: float = -600,
        status: QualityStatus = QualityStatus.RELEASED,
    ) -> int:
        """A lot that stands in a room since a minute."""
        async with begin(self.pool, "warehouse", max(self.clock.at, minute(at))) as work:
            lot = await stock.receive_lot(
                work,
                number=number,
                item="PEN",
                quantity=Decimal(100),
                zone_id=self.rooms[room],
                expires_on=None,
                received_at=minute(at),
                decided=status,
            )
        self.lots[number] = lot.id
        return lot.id

    async def judge_by(self, policy: Policy) -> None:
        """From now on the rooms are held against this policy."""
        async with begin(self.pool, "plant", self.clock.at) as work:
            await plant.add_rule_version(work, "cold-2-8", policy, effective_from=self.clock.at, reason="a story")

    async def buy_truck(self) -> None:
        """A vehicle with one probe."""
        async with begin(self.pool, "plant", self.clock.at) as work:
            await work.run(SQL["truck"])
            self.rooms = {zone.code: zone.id for zone in await plant.zones(work)}

    async def move_lot(self, number: str, room: str, *, at: float) -> None:
        async with begin(self.pool, "warehouse", max(self.clock.at, minute(at))) as work:
            await stock.move_lot(work, self.lots[number], to_zone_id=self.rooms[room], at=minute(at))

    async def held(self) -> set[str]:
        """Numbers of the lots with an active hold."""
        async with self.work() as work:
            return {lot.number for lot in await inventory.lots(work, hold=True)}

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database says."""
        async with begin(self.pool, "test", self.clock.now()) as work:
            answer = await work.db.execute(query.encode(), values or None)
            return list(await answer.fetchall())

    async def count(self, table: str) -> int:
        [(n,)] = await self.rows(f"select count(*) from {table}")
        return int(n)


@pytest.fixture
async def cold_store(pool: Pool, clock: HeldClock) -> ColdStore:
    """Cold rooms 1 and 2, limits 2 to 8 °C with a delay of 10 minutes, people of every role, no lots yet."""
    clock.at = NINE
    made = ColdStore(pool, clock, WatchSettings(dsn="", plant_s=0, edge_lost_s=180))
    async with begin(pool, "plant", NINE) as work:
        for name in ("plant", "rule", "item"):
            await work.run(SQL[name])
        made.rooms = {zone.code: zone.id for zone in await plant.zones(work)}
        await people.create_person(work, "qa", "QA", ["qa"], PASSWORD)
        await work.run(SQL["colleagues"], usernames=["qa-2", "maintenance", "maintenance-2", "operator", "lead"])
    return made


def signed_by(username: str = "qa", password: str = PASSWORD) -> Credentials:
    """What a person types to sign."""
    return Credentials(username, password)


UNKNOWN = nan
