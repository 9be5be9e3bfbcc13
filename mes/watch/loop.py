"""The loop: new batches every quarter of a second, what passes without a reading every second, machines now and then.

All that it knows is in the database; what it remembers may be lost at any moment. Any number of watches run side by
side. Where the database is not there it waits and goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime, timedelta

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from mes.batches import service as batches
from mes.gauges import due as gauges_due
from mes.maintenance import planning, stops
from mes.mapping import due as mapping_due
from mes.quality import due as falling_due
from mes.quality import rejudging
from mes.recall import running_out
from mes.rounds import missing
from mes.rounds import service as inspections
from mes.sensors import due
from mes.stability import service as stability
from mes.trips import service as trips
from mes.watch import adding_up, arming, claims, edges, foreseeing, lasting, machines, passing, rates, silence
from mes.watch.heard import Heard
from mes.watch.plant import Plant, look, renew
from mes.watch.settings import WatchSettings
from telemetry.clock import Clock
from telemetry.work import Pool, Work, begin

ACTOR = "watch"
log = logging.getLogger(__name__)
Round = Callable[[Work, Plant], Awaitable[None]]


class Watch:
    """One watch: a pool of connections, a clock, and memories that may be lost."""

    def __init__(self, pool: Pool, clock: Clock, settings: WatchSettings) -> None:
        self._pool, self._clock, self._settings = pool, clock, settings
        self._began = clock.now()
        self._plant: Plant | None = None
        self._heard = Heard()
        self._armed: arming.Armed = {}
        self._normals = machines.Normals()
        self._ordinary = foreseeing.Ordinary()
        self._due: dict[str, datetime] = {}  # when a round or a failed edge is next looked at

    async def sweep(self) -> claims.Seen:
        """Look at what came, of all edges at once: first what is live, then a piece of each backlog."""
        async with self._begin() as work:
            waiting = [edge for edge in await claims.edges_waiting(work) if self._is_due(f"edge {edge}", 0)]
        live, backlog = await self._look_at(waiting, live=True), await self._look_at(waiting, live=False)
        again = await self._judge_again()
        batches = live.batches + backlog.batches + again
        return claims.Seen(batches, is_all=live.is_all and backlog.is_all and not again)

    async def _look_at(self, edges: Sequence[str], *, live: bool) -> claims.Seen:
        """All edges in one transaction; where that fails, each in its own, so that one keeps none from being seen."""
        if not edges:
            return claims.Seen()
        try:
            async with self._begin() as work:
                plant = await self._plant_now(work)
                return await claims.watch_edges(work, plant, edges, self._settings, live=live, heard=self._heard)
        except (psycopg.OperationalError, PoolTimeout):
            raise
        except Exception:
            if len(edges) > 1:
                log.warning("edges can't be looked at together now; each is looked at by itself", exc_info=True)
                seen = [await self._look_at([edge], live=live) for edge in edges]
                return claims.Seen(sum(each.batches for each in seen), all(each.is_all for each in seen))
            # Whatever it is, the others must not wait for it. Its batches stay unwatched, and are looked at again.
            log.exception("edge %s can't be looked at now", edges[0])
            self._put_off(f"edge {edges[0]}")
            return claims.Seen()

    async def _judge_again(self) -> int:
        """Judge again what somebody asked for. Answers how many points."""
        async with self._begin() as work:
            asked = await rejudging.take(work, self._settings.rejudged)
            if asked:
                plant = await self._plant_now(work)
                spans = claims.spans_of((each.point_id, each.start_at, each.end_at) for each in asked)
                judged = {point_id: span for point_id, span in spans.items() if plant.is_judged(point_id)}
                await claims.judge_points(work, plant, judged, self._settings)
                await stability.note_late(work, spans)
                await rejudging.done(work, asked)
            return len(asked)

    async def tick(self) -> None:
        """Look for what passes without a reading; each thing as often as the settings say."""
        settings = self._settings
        rounds: tuple[tuple[str, float, Round], ...] = (
            ("open", settings.silence_s, self._open_episodes),
            ("delays", settings.tick_s, self._delays),
            ("sums", settings.tick_s, self._sums),
            ("vehicles", settings.tick_s, self._vehicles),
            ("moved lots", settings.tick_s, self._moved_lots),
            ("silence", settings.silence_s, self._silence),
            ("lasting", settings.silence_s, self._lasting),
            ("rates", settings.rates_s, self._rates),
            ("machines", settings.machines_s, self._machines),
            ("forecasts", settings.forecasts_s, self._forecasts),
            ("stability", settings.stability_s, self._stability),
            ("calibrations", settings.calibrations_s, self._calibrations),
            ("deviations", settings.deviations_s, self._deviations),
            ("recalls", settings.recalls_s, self._recalls),
            ("trips", settings.trips_s, self._trips),
            ("maintenance plans", settings.maintenance_s, self._plans),
            ("stops", settings.maintenance_s, self._stops),
            ("inspection rounds", settings.inspections_s, self._inspections),
            ("captures", settings.stability_s, self._captures),
        )
        for name, every_s, work_round in rounds:
            if every_s and self._is_due(name, every_s):
                await self._go_round(name, work_round)

    async def _go_round(self, name: str, work_round: Round) -> None:
        try:
            async with self._begin() as work:
                if await work.scalar(claims.SQL["try_tick"]):
                    await work_round(work, await self._plant_now(work))
        except (psycopg.OperationalError, PoolTimeout):
            self._armed.clear()  # what was found of it may not have been written
            raise
        except Exception:  # one round that fails must not keep the others from being gone
            log.exception("the round %s can't be gone now", name)
            self._put_off(name)

    def _put_off(self, name: str) -> None:
        self._due[name] = self._clock.now() + timedelta(seconds=self._settings.backoff_s)

    async def _delays(self, work: Work, plant: Plant) -> None:
        await passing.judge_open(work, plant, self._settings, all_of_them=False)

    async def _sums(self, work: Work, plant: Plant) -> None:
        await adding_up.watch_sums(work, plant)

    async def _vehicles(self, work: Work, plant: Plant) -> None:
        await arming.follow_vehicles(work, plant, self._settings, self._armed)

    async def _moved_lots(self, work: Work, plant: Plant) -> None:
        await passing.hold_moved_lots(work, plant)

    async def _open_episodes(self, work: Work, plant: Plant) -> None:
        await passing.judge_open(work, plant, self._settings, all_of_them=True)

    async def _silence(self, work: Work, plant: Plant) -> None:
        await silence.stale_points(work, plant, self._settings, self._heard)
        await edges.lost_edges(work, self._settings, self._began)
        await edges.clocks(work, plant, self._settings)
        await edges.unconfigured_points(work, plant)
        await edges.rejected_batches(work, self._settings)

    async def _lasting(self, work: Work, plant: Plant) -> None:
        await lasting.power(work, plant, self._settings)
        await lasting.doors(work, plant, self._settings)

    async def _rates(self, work: Work, plant: Plant) -> None:
        await rates.watch_rates(work, plant)

    async def _machines(self, work: Work, plant: Plant) -> None:
        await machines.look_at_machines(work, plant, self._settings, self._normals)

    async def _forecasts(self, work: Work, plant: Plant) -> None:
        await foreseeing.foresee(work, plant, self._settings, self._ordinary)

    async def _stability(self, work: Work, _: Plant) -> None:
        await stability.count_round(work)

    async def _calibrations(self, work: Work, plant: Plant) -> None:
        await due.watch_calibrations(work, plant.points.values())
        await gauges_due.watch_gauges(work)
        await mapping_due.watch_mappings(work)

    async def _deviations(self, work: Work, _: Plant) -> None:
        await falling_due.watch_deviations(work)

    async def _recalls(self, work: Work, _: Plant) -> None:
        await running_out.watch_recalls(work)

    async def _trips(self, work: Work, _: Plant) -> None:
        await trips.recheck(work)

    async def _plans(self, work: Work, _: Plant) -> None:
        await planning.look_at_plans(work)

    async def _stops(self, work: Work, _: Plant) -> None:
        await stops.look_for_stops(work)

    async def _inspections(self, work: Work, _: Plant) -> None:
        await inspections.look_at_rounds(work)
        await missing.watch_rounds(work)

    async def _captures(self, work: Work, _: Plant) -> None:
        await batches.look_again(work)

    async def _plant_now(self, work: Work) -> Plant:
        memory = timedelta(seconds=self._settings.plant_s)
        if self._plant is None or not timedelta() <= work.now - self._plant.seen_at < memory:
            self._plant = await look(work, self._plant)
        self._plant = await renew(work, self._plant)
        return self._plant

    def _is_due(self, name: str, every_s: float) -> bool:
        now = self._clock.now()
        if now < self._due.get(name, now):
            return False
        self._due[name] = now + timedelta(seconds=every_s)
        return True

    def _begin(self) -> AbstractAsyncContextManager[Work]:
        return begin(self._pool, ACTOR, self._clock.now())


async def run_watch(settings: WatchSettings, stop: asyncio.Event, clock: Clock) -> None:
    """Watch until `stop` is set. A database that is not there is waited for.

    What came is looked at beside the rounds: neither waits for the other.
    """
    pool = AsyncConnectionPool(settings.dsn, min_size=1, max_size=3, open=False, timeout=10)
    async with pool:
        watch = Watch(pool, clock, settings)

        async def sweep() -> float:
            seen = await watch.sweep()
            return settings.poll_s if seen.is_all else 0

        async def tick() -> float:
            await watch.tick()
            return settings.poll_s

        async with asyncio.TaskGroup() as group:
            group.create_task(_again_and_again(sweep, settings, stop))
            group.create_task(_again_and_again(tick, settings, stop))


async def _again_and_again(work: Callable[[], Awaitable[float]], settings: WatchSettings, stop: asyncio.Event) -> None:
    """Do it until `stop` is set, each time as many seconds later as it says."""
    wait_s = settings.poll_s
    while not stop.is_set():
        try:
            wait_s = await work()
        except (psycopg.OperationalError, PoolTimeout) as lost:
            wait_s = min(max(2 * wait_s, settings.poll_s), settings.backoff_s)
            log.warning("the database is not there, trying again in %.2f s: %s", wait_s, lost)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait_s)
