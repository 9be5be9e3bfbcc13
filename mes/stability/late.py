"""Readings of a time that has been counted: the time is noted as due, and counted again with the next round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.inventory import service as inventory
from mes.inventory.lineage import descent, passed_on
from mes.plant import service as plant
from mes.sensors.places import places
from mes.stability.ledger import SQL
from mes.stability.probes import CELSIUS
from models.interval import Interval
from telemetry.clock import from_us, to_us
from telemetry.work import Work

LATE = timedelta(seconds=30)
"""What comes so long after its own time may have been counted without: half of what the counting leaves open."""
HOLD = timedelta(hours=1)
"""For so long a reading may hold, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    id: int
    zone_id: int
    from_time: datetime
    to_time: datetime


async def note(work: Work, spans: Mapping[int, tuple[int, int]]) -> None:
    """By point: from when to when (µs) its readings have changed. What is new as a reading should be costs nothing."""
    before_us = to_us(work.now - LATE)
    old = {point_id: span for point_id, span in spans.items() if span[0] < before_us}
    if not old:
        return
    known = {p.point_id: p for p in await plant.points(work) if p.unit == CELSIUS and p.point_id in old}
    moved = await places(work) if known else {}
    rows: dict[int, tuple[int, int]] = {}
    for point_id, point in known.items():
        stays = moved.get(point_id)
        zones = {stay.zone_id for stay in stays} if stays is not None else {point.zone_id}
        for zone_id in zones - {None}:
            first, last = rows.get(zone_id or 0, old[point_id])
            rows[zone_id or 0] = min(first, old[point_id][0]), max(last, old[point_id][1])
    if rows:
        starts, ends = ([from_us(span[side]) for span in rows.values()] for side in (0, 1))
        await work.run(SQL["note_due"], zone_ids=list(rows), starts=starts, ends=ends)


async def due(work: Work) -> list[Due]:
    """What is to be counted again."""
    return await work.all(SQL["due"], Due)


async def done(work: Work, dues: Sequence[Due]) -> None:
    """It has been."""
    if dues:
        await work.run(SQL["done"], ids=[each.id for each in dues], now=work.now)


async def touched_lots(work: Work, dues: Sequence[Due]) -> dict[int, list[Interval]]:
    """By lot: the times that are to be counted again, where it stood in the zone or in one within it."""
    found: dict[int, list[Interval]] = {}
    for each in dues:
        within = [zone.id for zone in await plant.zone_with_descendants(work, each.zone_id)]
        there = await inventory.stays_in(work, within, each.from_time, each.to_time + HOLD)
        ids = {s.lot_id for s in passed_on(there, await descent(work, {s.lot_id for s in there}))}
        for lot_id in ids:
            found.setdefault(lot_id, []).append(Interval(to_us(each.from_time), to_us(each.to_time) + 1))
    return found
