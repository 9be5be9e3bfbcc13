"""What each lot of an excursion had of it: when it was there while it was out, how warm that was, where it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import numpy as np

from mes.inventory import service as inventory
from mes.inventory.model import Lot, Standing
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.quality import excursions
from mes.quality.model import Excursion
from mes.stability import service as stability
from models.columns import SECOND_US, Columns, columns, hold_us
from models.exposure import exposed
from models.interval import Interval
from models.kinetics import mean_kinetic_c
from telemetry.clock import MICROSECOND, from_us, to_us
from telemetry.work import Work

Read = Sequence[tuple[MeasuringPoint, Columns]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFacts:
    """One lot. Temperatures are of the probe that was warmest over the lot's own exposure; None: nothing was read."""

    lot_id: int
    number: str
    item_id: int
    exposure: tuple[Interval, ...]
    lowest: float | None
    highest: float | None
    kinetic_c: float | None
    known_s: float
    unknown_s: float
    bands_s: Mapping[str, float]  # time in the bands of its stability profile
    zone_ids: tuple[int, ...]  # where it was at that moment; empty: it is used up or has left the plant

    @property
    def exposure_s(self) -> float:
        return sum(i.length_us for i in self.exposure) / SECOND_US

    @property
    def document(self) -> dict[str, Any]:
        names = ("lot_id", "number", "lowest", "highest", "kinetic_c", "known_s", "unknown_s", "exposure_s")
        told = {name: getattr(self, name) for name in names}
        return told | {"bands_s": dict(self.bands_s), "zone_ids": list(self.zone_ids)}


async def facts_of_lots(work: Work, found: Excursion, read: Read, until: datetime) -> tuple[LotFacts, ...]:
    """By lot, from readings that cover the excursion; who left before it was discovered is among them."""
    rows = await excursions.lots_of(work, [found.id])
    lots = await inventory.lots(work, lot_ids=[row.lot_id for row in rows]) if rows else []
    stays = await inventory.stood(work, [lot.id for lot in lots]) if lots else []
    within = frozenset(zone.id for zone in await plant.zone_with_descendants(work, found.zone_id))
    out = _out(found, until)
    own = {lot.id: [s for s in stays if s.lot_id == lot.id] for lot in lots}
    return tuple([await _facts(work, lot, own[lot.id], within, out, read, until) for lot in lots])


async def exposure_of(work: Work, found: Excursion, lot: Lot) -> tuple[Interval, ...]:
    """When one lot stood there while it was out, as a part of another lot too."""
    stays = await inventory.stood(work, [lot.id])
    within = frozenset(zone.id for zone in await plant.zone_with_descendants(work, found.zone_id))
    return _exposure(stays, within, _out(found, work.now), work.now)


def _out(found: Excursion, until: datetime) -> Interval:
    return Interval(to_us(found.started_at), to_us(min(found.ended_at or until, until)))


def _exposure(
    stays: Sequence[Standing], within: frozenset[int], out: Interval, until: datetime
) -> tuple[Interval, ...]:
    there = (
        Interval(to_us(s.from_time), to_us(until if s.to_time is None else s.to_time))
        for s in stays
        if s.zone_id in within
    )
    return exposed([out], there)


async def _facts(
    work: Work,
    lot: Lot,
    stays: Sequence[Standing],
    within: frozenset[int],
    out: Interval,
    read: Read,
    until: datetime,
) -> LotFacts:
    own = _exposure(stays, within, out, until)
    told = [_warmth(point, course, own) for point, course in read]
    worst = max((each for each in told if each[0] is not None), key=lambda each: each[2] or 0.0, default=None)
    bands: dict[str, float] = {}
    for each in own:
        for band, us in (
            await stability.drawn_between(work, lot, from_us(each.start_us), from_us(each.end_us))
        ).items():
            bands[band] = bands.get(band, 0.0) + us / SECOND_US
    whole_s = sum(i.length_us for i in own) / SECOND_US
    later = until + MICROSECOND
    lowest, highest, kinetic_c, known_s = worst or (None, None, None, 0.0)
    return LotFacts(
        lot_id=lot.id,
        number=lot.number,
        item_id=lot.item_id,
        exposure=own,
        lowest=lowest,
        highest=highest,
        kinetic_c=kinetic_c,
        known_s=known_s,
        unknown_s=whole_s - known_s,
        bands_s=bands,
        zone_ids=tuple(sorted({s.zone_id for s in stays if s.from_time <= until and (s.to_time or later) > until})),
    )


def _warmth(
    point: MeasuringPoint, course: Columns, own: Sequence[Interval]
) -> tuple[float | None, float | None, float | None, float]:
    """Lowest, highest, mean kinetic temperature and known seconds over the lot's own time there."""
    values: list[float] = []
    weights: list[int] = []
    for each in own:
        known = columns(course.time_us, course.value, course.quality, until_us=each.end_us)
        known = known.take(np.lexsort((known.value, known.time_us)))
        begin = np.maximum(known.time_us, each.start_us)
        held = known.time_us + hold_us(known, point.stale_s, each.end_us) - begin
        rows = (held > 0) & ~np.isnan(known.value)
        values += known.value[rows].tolist()
        weights += held[rows].tolist()
    if not values:
        return None, None, None, 0.0
    kinetic_c = mean_kinetic_c(values, weights)
    return min(values), max(values), kinetic_c if isfinite(kinetic_c) else None, sum(weights) / SECOND_US
