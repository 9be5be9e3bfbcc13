"""A plant to look at: the demo plant's model, two hours of readings, lots in the rooms, one room that was too warm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import numpy as np

from mes.inventory import service as inventory
from mes.inventory import stock
from mes.people import service as people
from mes.people import signatures
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.quality import excursions
from mes.trips import service as trips
from mes.watch import judging, recording
from mes.watch.plant import look
from models.columns import Columns
from telemetry import queries, store
from telemetry.batch import Batch, BatchBuilder, Gap
from telemetry.clock import to_us
from telemetry.quality import Quality
from telemetry.wire import Message
from telemetry.work import Pool, Work, begin
from tests.plugins.database import NOW

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
SQL = queries.load(Path(__file__).with_name("readings.sql"))
PASSWORD = "a password of the tests"
PEOPLE = {"qa": "zh", "operator": "zh", "maintenance": "zh", "engineer": "en", "warehouse": "zh", "lead": "zh"}
LOTS = {
    "cold-room-1": ("FG-PEN", "P2601A", "P2601B"),
    "cold-room-2": ("FG-PEN", "P2601C", "P2601D", "P2602A"),
    "freezer-1": ("RM-ENZYME", "E2601A"),
    "truck-1": ("FG-KIT", "K2601A"),
}

_sequences = count(1)


@dataclass(frozen=True, slots=True)
class Furnished:
    """What the tests ask for by name."""

    excursion_id: int
    point_ids: Mapping[str, int]  # by measuring point's name
    lot_ids: Mapping[str, int]  # by number


async def furnish(pool: Pool, now: datetime, *, cleared: bool = True) -> Furnished:
    """Fill an empty database. With `cleared` the room is cold again and QA may judge; else it is still out."""
    async with begin(pool, "plant", now) as work:
        await apply(work, read_plant(DEMO), "first start")
        for name, language in PEOPLE.items():
            await people.create_person(work, name, f"{name} (demo)", [name], PASSWORD, language=language)
    async with begin(pool, "warehouse", now - timedelta(hours=20)) as work:
        lot_ids = await _receive(work, now)
    async with begin(pool, "ingest", now) as work:
        await _read(work, now, cleared)
    async with begin(pool, "watch", now) as work:
        excursion_id = await _judge(work)
        points = {point.name: point.point_id for point in await plant.points(work)}
    return Furnished(excursion_id, points, lot_ids)


async def measure(pool: Pool, now: datetime, sequence: int, values: Mapping[str, float]) -> None:
    """New readings of points by name, as an edge's message that the gateway stores."""
    builder = BatchBuilder()
    for name, value in values.items():
        builder.add(name, to_us(now), to_us(now), value, Quality.GOOD)
    message = Message("edge-test", 1, sequence, builder.take())
    async with begin(pool, "gateway", now) as work:
        await store.append(work, [store.arrival(message, "live", site="hainan")])


async def give_up(pool: Pool, gap: Gap) -> None:
    """An edge tells what it could not keep."""
    async with begin(pool, "gateway", NOW) as work:
        message = Message("edge-test", 2, next(_sequences), Batch(()), (gap,))
        await store.append(work, [store.arrival(message, "live", site="hainan")])


async def _receive(work: Work, now: datetime) -> dict[str, int]:
    lot_ids = {}
    who = Credentials("qa", PASSWORD, "test")
    signed = await signatures.sign(
        work,
        who,
        Meaning.RELEASED,
        "in order",
        record_type="lot",
        record_id="first",
        record_version=1,
        content={},
        roles=["qa"],
    )
    for zone_code, (item, *numbers) in LOTS.items():
        zone = await plant.zone_named(work, zone_code)
        for place, number in enumerate(numbers):
            lot = await stock.receive_lot(
                work,
                number=number,
                item=item,
                quantity=Decimal(240 + 20 * place),
                zone_id=zone.id,
                expires_on=date(now.year + 1, 6, 30),
            )
            await inventory.release_lot(work, lot.id, signature_id=signed.id, reason="in order")
            lot_ids[number] = lot.id
    return lot_ids


async def _read(work: Work, now: datetime, cleared: bool) -> None:
    warm = await plant.zone_named(work, "cold-room-2")
    span = {"out_from": now - timedelta(minutes=55), "out_to": now - timedelta(minutes=12 if cleared else -60)}
    start = now - timedelta(hours=2)
    await work.run(SQL["make_room"], start=start, until=now)
    await work.run(SQL["insert"], warm_zone=warm.id, start=start, until=now, silent=["fill-weight"], **span)
    for edge in ("edge-line", "edge-cold-store", "edge-fleet"):
        await work.run(SQL["fate"], edge=edge, now=now)
    await work.run(SQL["set_aside"], now=now)


async def _judge(work: Work) -> int:
    """What the watch would find in these readings."""
    known = await look(work)
    judged = [point_id for point_id in known.points if known.is_judged(point_id)]
    armed = await trips.armed(work, known.zones_of(judged))
    found = {}
    for point_id in judged:
        columns = await store.series(work, [point_id], 0, to_us(work.now) + 1)
        as_arrays = Columns(
            np.frombuffer(columns.time_us, np.int64),
            np.frombuffer(columns.value, np.float64),
            np.frombuffer(columns.quality, np.uint8),
        )
        fresh = judging.judge(as_arrays, known.segments_of(point_id, armed), to_us(work.now))
        if fresh:
            found[point_id] = judging.Difference(fresh=tuple(fresh))
    await recording.record(work, known, found, late_s=3600)
    return (await excursions.excursions(work))[0].id
