"""Excursions as the plant makes them: the watch files episodes under them, their window and their lots follow.

Whoever calls a function that writes holds the zone's lock (`lock_zones`), so that two watches never do half each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import reduce
from pathlib import Path

from mes.inventory import service as inventory
from mes.inventory.model import Exposure
from mes.plant import service as plant
from mes.quality import deviations, episodes
from mes.quality.model import JUDGED, Condition, Episode, Excursion, ExcursionStatus, ExposedLot
from mes.quality.states import EXCURSION, ExcursionFacts
from mes.stability import service as stability
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("excursions.sql"))


class ExcursionNotFound(NotFound):
    """There is no such excursion."""


async def lock_zones(work: Work, zone_ids: Iterable[int]) -> None:
    """Wait until nobody else writes episodes or excursions of these zones, and keep it so to the end of the work."""
    await work.run(SQL["lock_zone"], zone_ids=sorted(set(zone_ids)))


async def try_zone(work: Work, zone_id: int) -> bool:
    """The same for one zone, without waiting; False: somebody is at it."""
    return bool(await work.scalar(SQL["try_zone"], zone_id=zone_id))


async def active(work: Work) -> list[Excursion]:
    """Excursions with a probe that is still out."""
    return await work.all(SQL["active"], Excursion)


async def file_episode(work: Work, zone_id: int, episode: Episode) -> tuple[Excursion, bool]:
    """File a raised episode under the zone's excursion that it touches; else under a new one (True)."""
    span = {"start": episode.started_at, "end": episode.ended_at}
    found = await work.one(SQL["touching"], Excursion, zone_id=zone_id, **span)
    is_new = found is None
    excursion = found or await _open(work, zone_id, episode)
    await episodes.file_under(work, episode, excursion.id)
    return excursion, is_new


async def _open(work: Work, zone_id: int, episode: Episode) -> Excursion:
    condition = Condition.ACTIVE if episode.ended_at is None else Condition.CLEARED
    facts = {"condition": condition, "started_at": episode.started_at, "late": episode.late}
    number = await plant.next_number(work, "EXC")
    opened = await work.one(SQL["open"], Excursion, number=number, zone_id=zone_id, now=work.now, **facts)
    if opened is None:
        raise ExcursionNotFound(number=number)
    after = {"number": number, "zone_id": zone_id, "episode_id": episode.id}
    work.audit("excursion.open", "excursion", opened.id, after=after | facts)
    await work.emit("excursion.opened", excursion_id=opened.id, **after, **facts)
    await deviations.draft_for(work, opened, await plant.zone(work, zone_id))
    return opened


async def settle(work: Work, excursion_id: int, *, late: bool = False) -> Excursion:
    """Let an excursion follow its episodes: window, condition, exposed lots and their holds.

    What QA has signed is opened again when any of it changes. Call it only when an episode changed.
    """
    before = await excursion(work, excursion_id)
    if before.status in JUDGED:
        before = await _reopen(work, before)
    filed = await episodes.filed_under(work, excursion_id)
    standing = [e for e in filed if e.withdrawn_at is None]
    standing = await _hand_over(work, before, standing)
    after = await _set_window(work, before, standing, late)
    await expose(work, after)
    await stability.count_zone(work, [zone.id for zone in await plant.zone_with_descendants(work, after.zone_id)])
    return after


async def _hand_over(work: Work, before: Excursion, standing: list[Episode]) -> list[Episode]:
    """An episode that goes on again belongs to the zone's active excursion, where there is another by now."""
    going_on = [e for e in standing if e.ended_at is None]
    if before.condition is Condition.ACTIVE or not going_on:
        return standing
    other = await work.one(SQL["active_in"], Excursion, zone_id=before.zone_id)
    if other is None:
        return standing
    for episode in going_on:
        await episodes.file_under(work, episode, other.id)
    await settle(work, other.id)
    return [e for e in standing if e.ended_at is not None]


async def _set_window(work: Work, before: Excursion, standing: Sequence[Episode], late: bool) -> Excursion:
    start, end = _window(before, standing, work.now)
    if (start, end) == (before.started_at, before.ended_at):
        return before
    condition = Condition.ACTIVE if end is None else Condition.CLEARED
    window = {"started_at": start, "ended_at": end, "condition": condition}
    after = await work.one(SQL["set_window"], Excursion, id=before.id, late=late, **window)
    if after is None:
        raise ExcursionNotFound(excursion_id=before.id)
    cleared = condition is Condition.CLEARED and before.ended_at is None
    action = "clear" if cleared else "extend"
    was = {name: getattr(before, name) for name in window}
    work.audit(f"excursion.{action}", "excursion", before.id, before=was, after=window)
    await work.emit(f"excursion.{action}ed", excursion_id=before.id, number=before.number, **window)
    return after


def _window(before: Excursion, standing: Sequence[Episode], now: datetime) -> tuple[datetime, datetime | None]:
    """From the earliest start to the latest end; where no episode stands any more, what was known stays."""
    if not standing:
        return before.started_at, before.ended_at or max(now, before.started_at)
    start = min(e.started_at for e in standing)
    ends = [e.ended_at for e in standing if e.ended_at is not None]
    return start, max(ends) if len(ends) == len(standing) else None


async def _reopen(work: Work, before: Excursion) -> Excursion:
    """Late readings changed what was signed: every lot is asked for again, and blocked until it is."""
    EXCURSION.step("reopen", before.id, before.status, ExcursionFacts())
    decided = [asdict(row) for row in await lots_of(work, [before.id])]
    await work.run(SQL["undecide"], excursion_id=before.id)
    after = await work.one(SQL["reopen"], Excursion, id=before.id)
    if after is None:
        raise ExcursionNotFound(excursion_id=before.id)
    was = {"status": before.status, "signature": before.signature_id, "lots": decided}
    work.audit("excursion.reopen", "excursion", before.id, before=was, after={"status": after.status}, reason=_LATE)
    await work.emit("excursion.reopened", excursion_id=before.id, number=before.number)
    for row in decided:
        await inventory.place_hold(work, row["lot_id"], cause=after.hold_cause, reason=f"{after.number}: {_LATE}")
    await stability.take_back(work, after.hold_cause, reason=f"{after.number}: {_LATE}")
    await deviations.reopen_for(work, after, _LATE)
    return after


_LATE = "late readings changed the facts"


async def expose(work: Work, found: Excursion) -> list[int]:
    """Block every lot that stood in the zone during the window; answers the ones that are new. None is ever removed."""
    known = {row.lot_id: row for row in await lots_of(work, [found.id])}
    fresh = []
    for exposure in await _exposed(work, found):
        row = known.get(exposure.lot_id)
        if row is None:
            await _add_lot(work, found, exposure)
            fresh.append(exposure.lot_id)
        elif (row.exposed_from, row.exposed_to) != (exposure.exposed_from, exposure.exposed_to):
            await _write_exposure(work, found, exposure)
            was = {"exposed_from": row.exposed_from, "exposed_to": row.exposed_to, "exposure_s": row.exposure_s}
            work.audit("excursion.exposure", "excursion", found.id, before=was, after=_told(exposure))
    if fresh:
        await work.run(SQL["touch"], id=found.id)
    return fresh


async def _exposed(work: Work, found: Excursion) -> list[Exposure]:
    """Lots that stood there while a probe was out; where times out add up, not those of the time between."""
    filed = [e for e in await episodes.filed_under(work, found.id) if e.withdrawn_at is None]
    by_lot: dict[int, list[Exposure]] = {}
    for start, end in _times(filed) or [(found.started_at, found.ended_at)]:
        for exposure in await inventory.lots_exposed(work, found.zone_id, start, end):
            by_lot.setdefault(exposure.lot_id, []).append(exposure)
    return [reduce(_and_again, parts) for parts in by_lot.values()]


def _times(standing: Iterable[Episode]) -> list[tuple[datetime, datetime | None]]:
    """When some probe was out, in order, as times that neither touch nor overlap."""
    found: list[tuple[datetime, datetime | None]] = []
    for start, end in sorted(((e.started_at, e.ended_at) for e in standing), key=lambda time: time[0]):
        last = found[-1] if found else None
        if last is None or (last[1] is not None and last[1] < start):
            found.append((start, end))
        elif last[1] is not None and (end is None or end > last[1]):
            found[-1] = (last[0], end)
    return found


def _and_again(before: Exposure, after: Exposure) -> Exposure:
    """What a lot had of two times, the later one second."""
    return replace(before, exposed_to=after.exposed_to, exposure_s=before.exposure_s + after.exposure_s)


async def _add_lot(work: Work, found: Excursion, exposure: Exposure) -> None:
    await _write_exposure(work, found, exposure)
    work.audit("excursion.lot", "excursion", found.id, after=_told(exposure))
    zone = await plant.zone(work, found.zone_id)
    reason = f"{found.number}: {zone.name_en} / {zone.name_zh}"
    await inventory.place_hold(work, exposure.lot_id, cause=found.hold_cause, reason=reason)


async def _write_exposure(work: Work, found: Excursion, exposure: Exposure) -> None:
    await work.run(SQL["expose"], excursion_id=found.id, **_told(exposure))


def _told(exposure: Exposure) -> dict[str, object]:
    return {name: getattr(exposure, name) for name in ("lot_id", "exposed_from", "exposed_to", "exposure_s")}


async def excursion(work: Work, excursion_id: int) -> Excursion:
    """One excursion. Raises ExcursionNotFound."""
    found = await work.one(SQL["excursion"], Excursion, id=excursion_id)
    if found is None:
        raise ExcursionNotFound(excursion_id=excursion_id)
    return found


async def excursions(
    work: Work,
    *,
    statuses: Iterable[ExcursionStatus] | None = None,
    condition: Condition | None = None,
    zone_id: int | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Excursion]:
    """Excursions, newest first, filtered. `below`: only ids below, for the next page."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    filters = {"statuses": chosen, "condition": condition, "zone_id": zone_id, "below": below}
    return await work.all(SQL["excursions"], Excursion, **filters, limit=limit)


async def touching(work: Work, lot_ids: Iterable[int], statuses: Iterable[ExcursionStatus]) -> list[Excursion]:
    """Excursions of these states in which any of the lots was exposed, oldest first."""
    wanted, chosen = sorted(set(lot_ids)), [str(status) for status in statuses]
    return await work.all(SQL["touching_lots"], Excursion, lot_ids=wanted, statuses=chosen) if wanted else []


async def of_lot(work: Work, lot_id: int) -> list[Excursion]:
    """Excursions in which a lot was exposed, newest first."""
    return await work.all(SQL["of_lot"], Excursion, lot_id=lot_id)


async def lots_of(work: Work, excursion_ids: Sequence[int]) -> list[ExposedLot]:
    """Lots exposed in these excursions, by excursion and lot."""
    return await work.all(SQL["lots"], ExposedLot, excursion_ids=list(excursion_ids))
