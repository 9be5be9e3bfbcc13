"""What happens while nothing is read: delays pass, time becomes unknown, lots are moved into a room that is out."""

from __future__ import annotations

from datetime import timedelta

from mes.inventory import service as inventory
from mes.quality import episodes, excursions
from mes.quality.model import Episode
from mes.watch.claims import judge_points
from mes.watch.plant import Plant
from mes.watch.settings import WatchSettings
from telemetry.clock import to_us
from telemetry.work import Work


async def judge_open(work: Work, plant: Plant, settings: WatchSettings, *, all_of_them: bool) -> None:
    """Judge episodes again whose delay has passed since; with `all_of_them` every open one, so that numbers go on."""
    found = [e for e in await episodes.open_episodes(work) if plant.is_judged(e.point_id)]
    asked = [e for e in found if all_of_them or _is_due(work, plant, e)]
    now_us = to_us(work.now)
    await judge_points(work, plant, {e.point_id: (now_us, now_us) for e in asked}, settings)


def _is_due(work: Work, plant: Plant, episode: Episode) -> bool:
    if episode.raised_at is not None:
        return False
    delays = [
        timedelta(seconds=min(held.limit.delays_s))
        for held in plant.held.get(episode.rule_id, ())
        if held.level is episode.level and held.counted_by == episode.counted_by
    ]
    return bool(delays) and episode.started_at + min(delays) <= work.now


async def hold_moved_lots(work: Work, plant: Plant) -> None:
    """Block what came into a zone while it was out. A zone that is being written is left to the next time."""
    active = await excursions.active(work)
    if not active:
        return
    out = {excursion.zone_id for excursion in active}
    zones = [zone_id for zone_id in plant.zones if plant.around(zone_id) & out]
    since = min(excursion.started_at for excursion in active)
    stood = {
        around for stay in await inventory.stays_in(work, zones, since, None) for around in plant.around(stay.zone_id)
    }
    for excursion in active:
        if excursion.zone_id in stood and await excursions.try_zone(work, excursion.zone_id):
            await excursions.expose(work, await excursions.excursion(work, excursion.id))
