"""Whatever comes, in whatever order and however often: the watch's episodes are those of all readings judged at once.

A whole policy (warning, alarm, critical, sides with delays of their own, a cumulative rule, an open door), two probes
and a door; readings late and double, some uncertain, some bad, gaps; watches that end and begin anew, and two at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.quality import episodes, excursions
from mes.quality.model import Judged
from mes.watch.context import when_on
from mes.watch.judging import judge
from mes.watch.plant import look
from models.columns import Columns
from models.limits import Side
from models.policy import CumulativeRule
from telemetry.batch import Reading, batch_of
from telemetry.clock import from_us, to_us
from telemetry.wire import Message
from tests.integration.mes.watch.test_whole_policies import DOOR, POLICY, SITE
from tests.plugins.cold_room import BAD, GOOD, ColdStore, minute

UNCERTAIN = 0x40
SUM = CumulativeRule(side=Side.HIGH, limit=8.0, allowed_s=1800.0, window_s=7200.0, citation=SITE)
WHOLE = replace(POLICY, contexts=(DOOR,), cumulative=(SUM,))
PROBES = ("air-1", "air-2")
HOURS = 3


def course(cold_store: ColdStore, chance: Random) -> list[Reading]:
    """Two probes that drift in and out, with gaps, and a door that now and then is open."""
    found = []
    for probe in PROBES:
        value, m = 5.0, 0.0
        while (m := m + chance.choice([0.5, 1, 1, 1, 2, 9])) < HOURS * 60:
            value = min(17.0, max(-2.0, value + chance.uniform(-1.5, 1.6)))
            quality = chance.choices([GOOD, UNCERTAIN, BAD], [20, 2, 1])[0]
            at, read = to_us(minute(m)), float("nan") if quality == BAD else round(value, 1)
            found.append(Reading(cold_store.name(probe), at, at, read, quality))
    for m in range(0, HOURS * 60, 4):
        at = to_us(minute(m))
        found.append(Reading(cold_store.name("door"), at, at, float(chance.random() < 0.3), GOOD))
    return sorted(found, key=lambda reading: reading.device_us)


def columns_of(readings: Sequence[Reading], name: str) -> Columns:
    own = [reading for reading in readings if reading.point == name]
    return Columns(
        np.array([r.device_us for r in own], dtype=np.int64),
        np.array([r.value for r in own]),
        np.array([r.quality for r in own], dtype=np.uint8),
    )


async def at_once(cold_store: ColdStore, readings: Sequence[Reading]) -> list[tuple[str, Judged]]:
    """What all readings together say at the end."""
    end = to_us(cold_store.clock.at)
    async with cold_store.work() as work:
        plant = await look(work)
    open_door = when_on(columns_of(readings, cold_store.name("door")), 300, end)
    found = []
    for point in plant.points.values():
        if point.name in {cold_store.name(probe) for probe in PROBES}:
            judged = judge(columns_of(readings, point.name), plant.segments_of(point.point_id, {}), end, open_door)
            found += [(point.name, each) for each in judged]
    return sorted(found, key=_order)


async def stored(cold_store: ColdStore) -> list[tuple[str, Judged]]:
    async with cold_store.work() as work:
        names = {point_id: point.name for point_id, point in (await look(work)).points.items()}
        found = await episodes.standing_since(work, from_us(0))
    return sorted(((names[e.point_id], e.judged) for e in found), key=_order)


def _order(each: tuple[str, Judged]) -> tuple[object, ...]:
    name, judged = each
    return name, judged.counted_by, judged.level, judged.side, judged.started_at


async def send(cold_store: ColdStore, readings: Sequence[Reading], chance: Random) -> None:
    """In pieces: mostly as they happen, some much later, some twice; the door by itself."""
    door = cold_store.name("door")
    pieces = []
    for own in ([r for r in readings if r.point != door], [r for r in readings if r.point == door]):
        at = 0
        while at < len(own):
            piece = own[at : at + chance.randint(1, 40)]
            late_us = chance.randint(0, 90 * 60_000_000) if chance.random() < 0.25 else 0
            pieces.append((piece[-1].device_us + late_us, piece))
            at += len(piece)
    again = chance.sample(pieces, len(pieces) // 4)
    pieces += [(place + chance.randint(1, 90 * 60_000_000), piece) for place, piece in again]
    for _, piece in sorted(pieces, key=lambda each: each[0]):
        cold_store.clock.at = max(cold_store.clock.at, from_us(piece[-1].device_us))
        message = Message("edge-cold-store", 1, next(cold_store.sequences), batch_of(piece))
        await cold_store.store(message, lane=chance.choice(["live", "live", "backlog"]))
        if chance.random() < 0.15:
            cold_store.watch = cold_store.another_watch()
        if chance.random() < 0.6:
            await cold_store.look()


@pytest.mark.parametrize("seed", range(5))
async def test_any_history_gives_the_episodes_of_all_readings_at_once(cold_store: ColdStore, seed: int) -> None:
    chance = Random(seed)
    cold_store.settings = replace(cold_store.settings, anchor_rows=chance.choice([8, 1800]), machines_s=0)
    cold_store.watch = cold_store.another_watch()
    await cold_store.judge_by(WHOLE)
    await cold_store.put_lot("B2601A")
    readings = course(cold_store, chance)
    await send(cold_store, readings, chance)
    await cold_store.look(at=HOURS * 60 + 1)
    await cold_store.another_watch().sweep()

    expected = await at_once(cold_store, readings)
    assert len(expected) > 10
    assert await stored(cold_store) == expected
    async with cold_store.work() as work:
        raised = {name for name, each in expected if each.raised_at is not None and each.ended_at is None}
        assert set(await alarms.standing(work, Kind.TEMPERATURE)) == raised
        kept = await episodes.standing_since(work, from_us(0))
        known = {each.id: each for each in await excursions.excursions(work)}
    for episode in kept:
        if episode.raised_at is not None and episode.level != "warn":
            home = known[episode.excursion_id or 0]
            assert home.started_at <= episode.started_at
            assert home.ended_at is None or (episode.ended_at is not None and episode.ended_at <= home.ended_at)
