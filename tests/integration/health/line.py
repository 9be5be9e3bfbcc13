"""A filling line whose health is watched: a reading a minute, healthy or with a bearing that wears."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mes.border import Doors, transaction
from mes.health import service, versions
from mes.health.loop import HealthWatch
from mes.health.model import Alert, HealthModel, Sample
from mes.health.service import MachineHealth
from mes.health.settings import HealthSettings
from mes.health.words import HealthWords
from mes.maintenance import service as maintenance
from mes.maintenance.model import Order
from mes.people import service as people
from mes.plant import service as plant
from mes.plant.apply import apply
from mes.plant.check import read_plant
from telemetry import store
from telemetry.batch import Reading, batch_of
from telemetry.clock import HeldClock, to_us
from telemetry.wire import Message
from telemetry.work import Pool, Work, begin

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
LINE = "hainan/filling/line-1"
MIDNIGHT = datetime(2026, 1, 15, tzinfo=UTC)
PASSWORD = "correct-horse"
CREW = {"maintenance": "maintenance", "maintenance-2": "maintenance", "qa": "qa", "qa-2": "qa", "engineer": "engineer"}
COMMISSIONING = 800
"""Minutes of it."""
SIGNALS = {"current": "motor-current", "vibration": "vibration", "bearing": "bearing-temperature"}
WORDS: dict[str, Any] = {
    "equipment": "filling/line-1",
    "signals": SIGNALS,
    "runs": [{"signal": "state", "equals": 1}],
    "settle_min": 5,
    "commissioning_days": COMMISSIONING / 1_440,
    "limits": {"vibration": {"high": 4.5}},
}


@dataclass(slots=True)
class WatchedLine:
    """The story's plant. Minutes are counted from midnight; the clock is held."""

    pool: Pool
    clock: HeldClock
    settings: HealthSettings = field(default_factory=HealthSettings)
    equipment_id: int = 0
    watch: HealthWatch = field(init=False)
    _sequences: Iterable[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.watch = self.another_watch()

    def another_watch(self) -> HealthWatch:
        """One that remembers nothing."""
        return HealthWatch(self.pool, self.clock, self.settings)

    @asynccontextmanager
    async def work(self, actor: str = "qa") -> AsyncIterator[Work]:
        async with transaction(Doors(self.pool, self.clock), actor) as work:
            yield work

    async def read(self, first: int, last: int, *, wear: float = 0.0, worse: float = 0.0, state: float = 1) -> None:
        """Readings of the minutes from `first` to before `last`; wear grows by `worse` a minute."""
        await self.store(self.messages(first, last, wear=wear, worse=worse, state=state))
        self.clock.at = max(self.clock.at, at(last - 1) + timedelta(seconds=30))

    def messages(
        self, first: int, last: int, *, wear: float = 0.0, worse: float = 0.0, state: float = 1
    ) -> list[Message]:
        readings: list[Reading] = []
        for minute in range(first, last):
            for measure, value in course(minute, wear + worse * (minute - first), state).items():
                us = to_us(at(minute))
                readings.append(Reading(f"{LINE}/{measure}", us, us, value, 192))
        pieces = [readings[place : place + 400] for place in range(0, len(readings), 400)]
        return [Message("edge-line", 1, next(iter(self._sequences)), batch_of(piece)) for piece in pieces]

    async def store(self, messages: Iterable[Message], *, at_: datetime | None = None) -> None:
        """As the gateway does it, entered at this moment: unless said, when its first reading was made."""
        for message in messages:
            first = datetime.fromtimestamp(message.batch.device_us[0] / 1e6, UTC)
            async with begin(self.pool, "gateway", at_ or first) as work:
                await store.append(work, [store.arrival(message, "live")])

    async def look(self, minute: float | None = None, watch: HealthWatch | None = None) -> None:
        """Until nothing waits any more."""
        if minute is not None:
            self.clock.at = at(minute)
        while await (watch or self.watch).look():
            pass

    async def commission(self) -> None:
        """Healthy until its commissioning is over, and learned."""
        await self.read(0, COMMISSIONING + 1)
        await self.look(COMMISSIONING + 1)

    async def stands(self) -> MachineHealth:
        async with self.work() as work:
            return await service.machine_health(work, self.equipment_id)

    async def alerts(self) -> list[Alert]:
        """Oldest first."""
        async with self.work() as work:
            return list(reversed(await service.alerts(work, self.equipment_id)))

    async def orders(self) -> list[Order]:
        async with self.work() as work:
            return await maintenance.orders(work, equipment_id=self.equipment_id)

    async def models(self) -> list[HealthModel]:
        async with self.work() as work:
            return await versions.models(work, self.equipment_id)

    async def samples(self) -> list[Sample]:
        async with self.work() as work:
            return await service.samples(work, self.equipment_id, at(0), at(100_000), most=10_000)


def at(minute: float) -> datetime:
    return MIDNIGHT + timedelta(minutes=minute)


def course(minute: int, wear: float, state: float) -> dict[str, float]:
    """What the line's instruments say: noise by the minute alone, so that a reading is always the same."""
    noise = np.random.default_rng(minute).normal(0, 1, 3)
    if state != 1:
        return {"motor-current": 0.05, "vibration": 0.05, "bearing-temperature": 21.0, "state": state}
    return {
        "motor-current": 2.27 + 0.6 * wear + 0.02 * noise[0],
        "vibration": 1.0 + 4.6 * wear**2 + 0.02 * noise[1],
        "bearing-temperature": 37.0 + 34 * wear + 0.3 * noise[2],
        "state": 1.0,
    }


async def watched_line(pool: Pool, clock: HeldClock, **words: object) -> WatchedLine:
    """The demo plant with this machine watched alone, and people; nothing read yet."""
    clock.at = MIDNIGHT
    made = WatchedLine(pool, clock)
    model = replace(read_plant(DEMO), machine_health=(HealthWords.model_validate(WORDS | words),))
    async with begin(pool, "plant", MIDNIGHT) as work:
        await apply(work, model, reason="a story")
        made.equipment_id = (await plant.machine_named(work, LINE)).id
        for name, role in CREW.items():
            await people.create_person(work, name, name, [role], PASSWORD)
    return made


@pytest.fixture
async def line(pool: Pool, clock: HeldClock) -> WatchedLine:
    return await watched_line(pool, clock)
