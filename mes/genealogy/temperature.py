"""What lots went through: every place where they stood, which points told of it, and the excursions they were in.

Of an input only the time counts until the last of it went in: what became of the rest is another lot's story.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mes.genealogy.model import Direction
from mes.genealogy.service import DEEPEST, SQL, Trace, trace
from mes.inventory import service as inventory
from mes.inventory.model import Lot
from mes.plant import service as plant
from mes.plant.model import Zone
from mes.quality import excursions
from mes.quality.model import Excursion, ExposedLot
from mes.stability.model import Probe
from mes.stability.probes import Thermometers, thermometers
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A lot, or a part of it, was at one place in [start, end)."""

    lot_id: int
    zone: Zone | None  # None: nobody says where, and so nothing is known of its temperature
    start: datetime
    end: datetime | None  # None: it still is
    point_ids: tuple[int, ...]  # that tell the temperature there; none: it is unknown
    making: str | None = None  # the batch, while the lot was being made


@dataclass(frozen=True, slots=True)
class Exposure:
    excursion: Excursion
    exposed: ExposedLot


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One lot with its stays, oldest first."""

    lot: Lot
    depth: int  # 0: the one asked about
    until: datetime | None  # when the last of it went in; None: it is looked at up to now
    stays: tuple[Stay, ...]
    exposures: tuple[Exposure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    lot_id: int
    batch: str
    zone_id: int | None
    name_en: str
    name_zh: str
    start: datetime
    end: datetime | None


async def of_batch(work: Work, lot_id: int, *, depth: int = DEEPEST) -> list[History]:
    """A lot and all its inputs, nearest first. Raises LotNotFound."""
    made = await trace(work, lot_id, Direction.BACKWARD, depth=depth)
    return await temperature_of(work, [node.lot.id for node in made.nodes], until=_went_in(made), depths=_depths(made))


async def temperature_of(
    work: Work,
    lot_ids: Sequence[int],
    *,
    until: Mapping[int, datetime] | None = None,
    depths: Mapping[int, int] | None = None,
) -> list[History]:
    """Where each of these lots stood, in their order, up to `until` where that is said."""
    ends, levels = until or {}, depths or {}
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=list(lot_ids))}
    stays = await _stays(work, lot_ids, ends)
    exposures = await _exposures(work, lot_ids, ends)
    return [
        History(
            lot=lots[id_],
            depth=levels.get(id_, 0),
            until=ends.get(id_),
            stays=_whole(lots[id_], [s for s in stays if s.lot_id == id_], ends.get(id_)),
            exposures=tuple(e for e in exposures if e.exposed.lot_id == id_),
        )
        for id_ in lot_ids
        if id_ in lots
    ]


def _whole(lot: Lot, stays: Iterable[Stay], until: datetime | None) -> tuple[Stay, ...]:
    """The stays in order, with time of which nobody says where the lot was as stays of its own."""
    known = sorted(stays, key=lambda stay: stay.start)
    making = [stay.start for stay in known if stay.making]
    found: list[Stay] = []
    reached: datetime | None = min(making, default=lot.received_at)
    for stay in known:
        if reached is not None and stay.start > reached:
            found.append(_nowhere(lot, reached, stay.start))
        found.append(stay)
        reached = None if reached is None or stay.end is None else max(reached, stay.end)
    if until is not None and reached is not None and reached < until:
        found.append(_nowhere(lot, reached, until))
    return tuple(found)


def _nowhere(lot: Lot, start: datetime, end: datetime) -> Stay:
    return Stay(lot_id=lot.id, zone=None, start=start, end=end, point_ids=())


async def _stays(work: Work, lot_ids: Sequence[int], ends: Mapping[int, datetime]) -> list[Stay]:
    probes = await thermometers(work)
    zones = dict(probes.zones)
    stood = await inventory.stood(work, lot_ids)
    made = await work.all(SQL["making"], _Making, lot_ids=list(lot_ids))
    named = {s.zone_id for s in stood} | {m.zone_id for m in made if m.zone_id is not None}
    for zone_id in named - zones.keys():
        zones[zone_id] = await plant.zone(work, zone_id)  # retired since
    stayed = [
        Stay(
            lot_id=s.lot_id,
            zone=zones[s.zone_id],
            start=s.from_time,
            end=s.to_time,
            point_ids=_points(probes, s.zone_id),
        )
        for s in stood
    ]
    on_lines = [
        Stay(
            lot_id=m.lot_id,
            zone=None if m.zone_id is None else zones[m.zone_id],
            start=m.start,
            end=m.end,
            point_ids=() if m.zone_id is None else _points(probes, m.zone_id),
            making=m.batch,
        )
        for m in made
    ]
    return [kept for stay in [*on_lines, *stayed] if (kept := _until(stay, ends.get(stay.lot_id)))]


def _points(probes: Thermometers, zone_id: int) -> tuple[int, ...]:
    return tuple(probes.of(zone_id, Probe.AIR))


def _until(stay: Stay, end: datetime | None) -> Stay | None:
    """The stay as far as it lies before that end."""
    if end is None:
        return stay
    if stay.start >= end:
        return None
    last = end if stay.end is None else min(stay.end, end)
    return Stay(
        lot_id=stay.lot_id,
        zone=stay.zone,
        start=stay.start,
        end=last,
        point_ids=stay.point_ids,
        making=stay.making,
    )


async def _exposures(work: Work, lot_ids: Iterable[int], ends: Mapping[int, datetime]) -> list[Exposure]:
    wanted = set(lot_ids)
    found = {each.id: each for id_ in sorted(wanted) for each in await excursions.of_lot(work, id_)}
    rows = await excursions.lots_of(work, sorted(found))
    return [
        Exposure(found[row.excursion_id], row)
        for row in rows
        if row.lot_id in wanted and (row.lot_id not in ends or row.exposed_from < ends[row.lot_id])
    ]


def _went_in(made: Trace) -> dict[int, datetime]:
    """By lot: when the last of it went into a lot of the trace."""
    found: dict[int, datetime] = {}
    for edge in made.edges:
        found[edge.parent_id] = max(edge.last_at, found.get(edge.parent_id, edge.last_at))
    found.pop(made.nodes[0].lot.id, None)  # reworked: it is looked at to the end
    return found


def _depths(made: Trace) -> dict[int, int]:
    return {node.lot.id: node.depth for node in made.nodes}
