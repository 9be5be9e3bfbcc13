"""Counts what lots drew: where they stood and what the probes there read in, rows of the ledger out.

What a time cost is always computed whole and held against what is booked of it; the difference is booked. So the
ledger says in the end what the stored readings say, in whatever order they came and however often it is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.types.json import Json

from mes.inventory import service as inventory
from mes.inventory.lineage import Parentage, ancestry, descent
from mes.inventory.model import Lot
from mes.stability import late, ledger, watching
from mes.stability.late import HOLD
from mes.stability.ledger import SQL, Draft, correction
from mes.stability.model import (
    AWAY,
    BUCKET_US,
    KeptProfile,
    Kind,
    Slice,
    Stay,
    away_stay,
    bucket_start_us,
    buckets,
    changed_from_us,
    slices,
)
from mes.stability.probes import Thermometers, thermometers
from mes.stability.profiles import in_force
from models.interval import Interval, merged
from models.stability import drawn, inherited
from telemetry.clock import MICROSECOND, from_us, to_us
from telemetry.work import Work

SETTLED_US = 60_000_000
"""Time so long ago is not looked at again by itself: who brings readings of it says so (`late.note`)."""
MOST_US = 86_400_000_000
"""How much of a lot's past is counted at once, at most: the rest follows with the next rounds."""
BACK_US = HOLD // MICROSECOND
"""A reading changes what is known for some time after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    lot_id: int
    profile_id: int
    through: datetime
    stays: list[list[int | None]]

    def as_stays(self) -> list[Stay]:
        return [Stay(int(zone or 0), int(start or 0), end) for zone, start, end in self.stays]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """One lot, and what is to be counted of it."""

    lot: Lot
    kept: KeptProfile
    stays: list[Stay]
    begin_us: int
    cuts: frozenset[int]
    ranges: tuple[Interval, ...]  # whole buckets, in order
    through_us: int

    def slices(self, within: Interval) -> list[Slice]:
        return slices(self.stays, within)


async def count_lots(
    work: Work, lots: Sequence[Lot], again: Mapping[int, Sequence[Interval]] | None = None
) -> list[int]:
    """Count these lots up to now, and some times again; answers the lots whose balance changed.

    The caller holds the ledger's lock. Lots of items without a profile are left out.
    """
    profiles = await in_force(work, {lot.item_id for lot in lots})
    chosen = [lot for lot in lots if lot.item_id in profiles]
    if not chosen:
        return []
    counts = await _counts(work, chosen, profiles, again or {})
    changed = await _draw(work, [count for count in counts if count.ranges])
    family = await descent(work, {*changed, *(lot.id for lot in chosen)})
    changed |= await _inherit(work, family, await ancestry(work, [lot.id for lot in chosen]))
    await watching.look(work, changed)
    return sorted(changed)


async def _counts(
    work: Work, lots: Sequence[Lot], profiles: Mapping[int, KeptProfile], again: Mapping[int, Sequence[Interval]]
) -> list[_Count]:
    ids = [lot.id for lot in lots]
    accounts = {(a.lot_id, a.profile_id): a for a in await work.all(SQL["accounts"], _Account, lot_ids=ids)}
    stays: dict[int, list[Stay]] = {id_: [] for id_ in ids}
    for s in await inventory.standings(work, ids):
        end_us = None if s.to_time is None else to_us(s.to_time)
        stays[s.lot_id].append(Stay(s.zone_id, to_us(s.from_time), end_us))
    for parentage in await ancestry(work, ids):
        if (away := away_stay(parentage, stays.get(parentage.child_id, ()))) is not None:
            stays[parentage.child_id].append(away)
    cuts = {id_: frozenset[int]() for id_ in ids}
    for each in await descent(work, ids):
        if each.parent_id in cuts:
            cuts[each.parent_id] |= {to_us(each.at)}
    now_us = to_us(work.now)
    return [
        _count(lot, kept, stays[lot.id], cuts[lot.id], accounts.get((lot.id, kept.id)), again.get(lot.id, ()), now_us)
        for lot in lots
        if stays[lot.id]
        for kept in (profiles[lot.item_id],)
    ]


def _count(
    lot: Lot,
    kept: KeptProfile,
    stays: list[Stay],
    cuts: frozenset[int],
    account: _Account | None,
    again: Sequence[Interval],
    now_us: int,
) -> _Count:
    begin = max(min(s.start_us for s in stays), to_us(kept.effective_from))
    trusted = begin if account is None else to_us(account.through)
    if account is not None and (changed := changed_from_us(account.as_stays(), stays)) is not None:
        trusted = max(begin, min(trusted, changed))
    start = bucket_start_us(trusted, begin, cuts)
    until = max(start, min(now_us, start + MOST_US))
    asked = [Interval(start, until)]
    for each in again:
        first, last = max(begin, each.start_us), min(trusted, each.end_us + BACK_US)
        if first < last:
            asked.append(Interval(bucket_start_us(first, begin, cuts), last))
    return _Count(
        lot=lot,
        kept=kept,
        stays=stays,
        begin_us=begin,
        cuts=cuts,
        ranges=tuple(_whole(each, begin, until, cuts) for each in merged(asked)),
        through_us=max(begin, min(until, now_us - SETTLED_US)),
    )


def _whole(asked: Interval, begin: int, until: int, cuts: Iterable[int]) -> Interval:
    """To the end of its last bucket, or to what is counted so far."""
    [last] = buckets(bucket_start_us(asked.end_us - 1, begin, cuts), asked.end_us, cuts)[-1:]
    after = [edge for edge in (*cuts, (last.start_us // BUCKET_US + 1) * BUCKET_US) if edge > last.start_us]
    return Interval(asked.start_us, max(asked.end_us, min(min(after), until)))


async def _draw(work: Work, counts: Sequence[_Count]) -> set[int]:
    """Book what differs, and remember up to where each lot is counted."""
    if not counts:
        return set()
    plant = await thermometers(work)
    await _read(work, plant, counts)
    since = from_us(min(count.ranges[0].start_us for count in counts))
    ids, profile_ids = [c.lot.id for c in counts], {c.kept.id for c in counts}
    so_far = await ledger.booked(work, ids, profile_ids, since)
    costs = _Costs(plant)
    drafts = [draft for count in counts for draft in _drafts(count, costs, so_far)]
    await ledger.book(work, drafts)
    for count in counts:
        stays = Json([list(stay) for stay in count.stays])
        facts = {"lot_id": count.lot.id, "profile_id": count.kept.id, "through": from_us(count.through_us)}
        await work.run(SQL["keep_account"], **facts, stays=stays)
    return {draft.lot_id for draft in drafts}


async def _read(work: Work, plant: Thermometers, counts: Sequence[_Count]) -> None:
    spans = [each for count in counts for each in count.ranges]
    wanted: set[int] = set()
    for count in counts:
        zones = {z for r in count.ranges for piece in count.slices(r) for z in piece.zone_ids}
        wanted |= {p for zone_id in zones for p in plant.of(zone_id, count.kept.probe)}
    await plant.read(work, wanted, Interval(min(s.start_us for s in spans), max(s.end_us for s in spans)))


class _Costs:
    """What a time in a zone costs by a profile; many lots share one answer."""

    def __init__(self, plant: Thermometers) -> None:
        self._plant = plant
        self._known: dict[tuple[int, int, Interval], tuple[int, ...]] = {}

    def of(self, kept: KeptProfile, zone_id: int, interval: Interval) -> tuple[int, ...]:
        key = (kept.id, zone_id, interval)
        if key not in self._known:
            probes = self._plant.within(zone_id, kept.probe, interval)
            self._known[key] = drawn(kept.profile, probes, interval)
        return self._known[key]

    def target(self, count: _Count, bucket: Interval) -> ledger.Spent:
        """What a lot drew in a bucket; of parts in several zones the worst, band by band."""
        total = [0] * len(count.kept.profile.names)
        for piece in count.slices(bucket):
            costs = [self.of(count.kept, zone_id, piece.interval) for zone_id in sorted(piece.zone_ids)]
            total = [sum_ + max(each) for sum_, each in zip(total, zip(*costs, strict=True), strict=True)]
        return {band: us for band, us in zip(count.kept.profile.names, total, strict=True) if us}


def _drafts(count: _Count, costs: _Costs, so_far: Mapping[tuple[int, datetime], ledger.Spent]) -> Iterable[Draft]:
    for asked in count.ranges:
        for bucket in buckets(asked.start_us, asked.end_us, count.cuts):
            key = (count.lot.id, from_us(bucket.start_us))
            pieces = count.slices(bucket)
            zone_id = min(pieces[0].zone_ids) if pieces else AWAY
            for band, amount in correction(costs.target(count, bucket), so_far.get(key, {})).items():
                yield Draft(
                    lot_id=count.lot.id,
                    profile_id=count.kept.id,
                    band=band,
                    kind=Kind.DRAW,
                    amount_us=amount,
                    bucket_from=from_us(bucket.start_us),
                    bucket_to=from_us(bucket.end_us),
                    zone_id=zone_id or None,
                    cause="stay" if zone_id else "away",
                )


async def _inherit(work: Work, below: Iterable[Parentage], above: Iterable[Parentage]) -> set[int]:
    """Book what lots inherited, the older first, so that what a parent inherited goes on to its children."""
    made: dict[int, list[Parentage]] = {}
    for each in sorted({*below, *above}, key=lambda p: (p.at, p.child_id, p.parent_id)):
        made.setdefault(each.child_id, []).append(each)
    if not made:
        return set()
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=list(made))}
    profiles = await in_force(work, {lot.item_id for lot in lots.values()})
    changed = set()
    for child_id, parents in made.items():
        kept = profiles.get(lots[child_id].item_id)
        if kept is not None and await _inherit_one(work, child_id, parents, kept):
            changed.add(child_id)
    return changed


async def _inherit_one(work: Work, child_id: int, parents: Sequence[Parentage], kept: KeptProfile) -> bool:
    before = [await ledger.drawn_before(work, p.parent_id, kept.id, p.at) for p in parents]
    missing = correction(inherited(before), await ledger.inherited_so_far(work, child_id, kept.id))
    parent_id = parents[0].parent_id if len(parents) == 1 else None
    rows = [
        Draft(
            lot_id=child_id,
            profile_id=kept.id,
            band=band,
            kind=Kind.INHERIT,
            amount_us=us,
            parent_id=parent_id,
            cause="lineage",
        )
        for band, us in missing.items()
    ]
    await ledger.book(work, rows)
    return bool(missing)


async def count_round(work: Work) -> None:
    """One round of the watch: all lots that are here, and what readings that came late touch. Skips if one is at it."""
    if not await in_force(work, None) or not await ledger.try_lock(work):
        return
    dues = await late.due(work)
    again = await late.touched_lots(work, dues)
    await count_lots(work, await _here(work, again), again)
    await late.done(work, dues)


async def _here(work: Work, again: Collection[int]) -> list[Lot]:
    """Lots of items with a profile that are in the plant, were counted of late, or are asked for."""
    profiles = await in_force(work, None)
    items = [item for item in await inventory.items(work) if item.id in profiles]
    found = [lot for item in items for lot in await inventory.lots(work, item=item.code)]
    recent = {lot_id for (lot_id,) in await _recent(work)}
    return [lot for lot in found if lot.quantity > 0 or lot.id in recent or lot.id in again]


async def _recent(work: Work) -> list[tuple[int]]:
    answer = await work.db.execute(SQL["recently_counted"], {"since": work.now - timedelta(days=1)})
    return await answer.fetchall()


async def count_zone(work: Work, zone_ids: Collection[int]) -> None:
    """Count what stands in these zones now, and stood there of late: an excursion there has changed."""
    profiles = await in_force(work, None)
    if not profiles:
        return
    await ledger.lock(work)
    there = await inventory.stays_in(work, sorted(zone_ids), work.now - timedelta(hours=1), None)
    lots = await inventory.lots(work, lot_ids=sorted({s.lot_id for s in there}))
    await count_lots(work, [lot for lot in lots if lot.item_id in profiles])
