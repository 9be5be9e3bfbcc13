"""One lot with everything that happened to it, gathered for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mes.audit import service as audit
from mes.audit.service import Entry
from mes.inventory import lineage
from mes.inventory import service as inventory
from mes.inventory.lineage import Parentage
from mes.inventory.model import Hold, Lot, Standing, Unusable
from mes.inventory.usable import why_unusable
from mes.orders import service as orders
from mes.orders.sheets import Direction, genealogy
from mes.people import service as people
from mes.people.model import Verified
from mes.plant import service as plant
from mes.plant.model import Zone
from mes.quality import excursions
from mes.quality.model import Excursion, ExposedLot
from mes.stability import service as stability
from mes.stability.model import Entry as Drawn
from mes.stability.model import Probe
from mes.stability.probes import thermometers
from mes.stability.service import Left
from telemetry.work import Work

_LEAST = timedelta(minutes=30)
_WIDTH = 1000
_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The temperature over one stay: which points, from when to when (None: to now)."""

    zone: Zone
    stay: Standing
    point_ids: tuple[int, ...]
    x: float  # of a thousand, over all stays
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """Rows of the ledger that follow each other and say the same, as one."""

    newest: Drawn
    since: datetime
    amount_us: int


def lines_of(rows: Sequence[Drawn]) -> list[LedgerLine]:
    """Rows, newest first, with what was drawn of one band in one place, quarter by quarter, in one line."""
    found: list[LedgerLine] = []
    for row in rows:
        last = found[-1] if found else None
        since = row.bucket_from or row.at
        if last is not None and _goes_on(row, last):
            found[-1] = replace(last, since=min(since, last.since), amount_us=last.amount_us + row.amount_us)
        else:
            found.append(LedgerLine(newest=row, since=since, amount_us=row.amount_us))
    return found


def _goes_on(row: Drawn, line: LedgerLine) -> bool:
    newest = line.newest
    same = (row.kind, row.band, row.zone_id, row.amount_us > 0) == (
        newest.kind,
        newest.band,
        newest.zone_id,
        newest.amount_us > 0,
    )
    return same and row.bucket_to is not None and row.bucket_from is not None and row.bucket_to >= line.since


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    lot: Lot
    against: Sequence[Unusable]
    traces: Sequence[Trace]  # oldest first; as a part of other lots too
    holds: Sequence[Hold]
    excursions: Sequence[tuple[Excursion, ExposedLot]]
    left: Left | None
    lines: Sequence[LedgerLine]  # newest first
    zones: Mapping[int, Zone]
    parents: Sequence[tuple[Parentage, Lot]]
    children: Sequence[tuple[Parentage, Lot]]
    batches: Sequence[str]  # it went into, directly or by what was made of it
    signatures: Sequence[Verified]
    trail: Sequence[Entry]

    @property
    def standing(self) -> list[Trace]:
        """Where it stands now."""
        return [trace for trace in self.traces if trace.stay.to_time is None]

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """All of its time here."""
        start = min((t.stay.from_time for t in self.traces), default=now - _LEAST)
        ends = [t.stay.to_time or now for t in self.traces]
        return start, max([start + _LEAST, *ends])


_OF_THE_ACT = ("decision", "was", "lift", "left_s", "excursion", "given_back_us")
"""What a signature on a lot says of the decision itself; the lot keeps it in its holds and its ledgers."""


async def gather(work: Work, lot_id: int) -> LotView:
    """Raises LotNotFound."""
    lot = await inventory.lot(work, lot_id)
    zones = {zone.id: zone for zone in await plant.zones(work)}
    found = await excursions.of_lot(work, lot_id)
    exposed = {
        row.excursion_id: row
        for row in await excursions.lots_of(work, [each.id for each in found])
        if row.lot_id == lot_id
    }
    above = [each for each in await lineage.ancestry(work, [lot_id]) if each.child_id == lot_id]
    below = [each for each in await lineage.descent(work, [lot_id]) if each.parent_id == lot_id]
    family = await inventory.lots(work, lot_ids=[*(p.parent_id for p in above), *(c.child_id for c in below)])
    named = {each.id: each for each in family}
    return LotView(
        lot=lot,
        against=why_unusable(lot, work.now, await plant.time_zone(work)),
        traces=await _traces(work, lot_id, zones),
        holds=await inventory.holds(work, lot_ids=[lot_id]),
        excursions=[(each, exposed[each.id]) for each in found if each.id in exposed],
        left=(await stability.left_of(work, [lot_id])).get(lot_id),
        lines=lines_of(await stability.entries(work, lot_id, limit=_ROWS)),
        zones=zones,
        parents=[(each, named[each.parent_id]) for each in above],
        children=[(each, named[each.child_id]) for each in below],
        batches=await _batches(work, lot_id),
        signatures=await people.verified_signatures_of(
            work, "lot", lot_id, {"lot": lot.number, "expires_on": lot.expires_on}, of_the_act=_OF_THE_ACT
        ),
        trail=await audit.entries(work, entity="lot", entity_id=lot_id, limit=50),
    )


async def _traces(work: Work, lot_id: int, zones: dict[int, Zone]) -> list[Trace]:
    stays = sorted(await inventory.stood(work, [lot_id]), key=lambda s: (s.from_time, s.id))
    if not stays:
        return []
    for zone_id in {s.zone_id for s in stays} - zones.keys():
        zones[zone_id] = await plant.zone(work, zone_id)  # retired since
    probes = await thermometers(work)
    start = stays[0].from_time
    whole_s = max((max(s.to_time or work.now for s in stays) - start).total_seconds(), 1.0)
    found = []
    for stay in stays:
        x = (stay.from_time - start).total_seconds() / whole_s * _WIDTH
        width = ((stay.to_time or work.now) - stay.from_time).total_seconds() / whole_s * _WIDTH
        points = tuple(probes.of(stay.zone_id, Probe.AIR))
        found.append(
            Trace(zone=zones[stay.zone_id], stay=stay, point_ids=points, x=round(x, 1), width=round(max(width, 1.5), 1))
        )
    return found


async def _batches(work: Work, lot_id: int) -> list[str]:
    links = await genealogy(work, lot_id, Direction.FORWARD)
    return [(await orders.batch(work, batch_id)).number for batch_id in dict.fromkeys(link.batch_id for link in links)]
