"""The worker: makes the reports that are asked for, asks for those of the calendar, looks back over doubted readings,
and takes up what was dropped.

procrastinate hands out the jobs, over the same database. Any number of workers may run; each may be killed at any time.
"""

from __future__ import annotations

import asyncio
import logging

from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Status
from psycopg_pool import AsyncConnectionPool

from dashboards.reports import making
from dashboards.reports.kinds import KINDS
from gateway.patience import keep_on
from mes.reports import calendar, service
from mes.reports.model import Report
from mes.reports.queue import LOOK_BACK, MAKE, NAME, SCHEMA
from mes.sensors import looking
from telemetry.clock import Clock
from telemetry.errors import Unavailable
from telemetry.work import Pool, Work, begin

log = logging.getLogger("isotherm.reports")
EVERY_MINUTE = "* * * * *"
AT_ONCE = 2
STOP_WITHIN_S = 5.0
GONE_AFTER_S = 60.0


class QueueLeft(Unavailable):
    """The worker has lost the queue."""


async def run_worker(dsn: str, stop: asyncio.Event, clock: Clock) -> None:
    """Work until `stop` is set. A database that is not there is waited for."""

    async def serve() -> None:
        async with AsyncConnectionPool(dsn, min_size=1, max_size=2 * AT_ONCE + 1, open=False, timeout=10) as pool:
            await _serve(dsn, pool, stop, clock)

    await keep_on("worker", serve, stop)


async def _serve(dsn: str, pool: Pool, stop: asyncio.Event, clock: Clock) -> None:
    await look_after(pool, clock)
    queue = PsycopgConnector(conninfo=dsn, kwargs={"options": f"-c search_path={SCHEMA}"}, min_size=1, max_size=4)
    app = tasks(pool, clock, queue)
    async with app.open_async():
        working = asyncio.create_task(_work(app))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            working.cancel()
            await asyncio.gather(stopping, working, return_exceptions=True)
        if not stop.is_set():
            raise QueueLeft


async def _work(app: App) -> None:
    await app.run_worker_async(
        queues=[NAME],
        concurrency=AT_ONCE,
        install_signal_handlers=False,
        delete_jobs="always",  # what became of a report stands in its row
        shutdown_graceful_timeout=STOP_WITHIN_S,
    )


def tasks(pool: Pool, clock: Clock, queue: PsycopgConnector) -> App:
    """What the queue can ask a worker to do."""
    app = App(connector=queue)

    @app.task(name=MAKE, queue=NAME)
    async def make_report(report_id: int) -> None:
        await making.make(pool, clock, report_id)

    @app.task(name=LOOK_BACK, queue=NAME)
    async def look_back(look_back_id: int) -> None:
        await looking.look_back(pool, clock, look_back_id)

    @app.periodic(cron=EVERY_MINUTE)
    @app.task(name="look_after_reports", queue=NAME, queueing_lock="look-after-reports")
    async def look_after_reports(timestamp: int) -> None:
        await look_after(pool, clock)
        await clear_away_dropped(app)

    return app


async def clear_away_dropped(app: App) -> None:
    """Jobs of workers that are gone: what they were to make has been given to the queue anew."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=GONE_AFTER_S):
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)


async def look_after(pool: Pool, clock: Clock) -> list[Report]:
    """Ask for what the calendar asks for, and give what was dropped to the queue again. Answers what is new."""
    async with begin(pool, making.ACTOR, clock.now()) as work:
        asked = [report for kind in KINDS for report in await _of_calendar(work, kind)]
    async with begin(pool, making.ACTOR, clock.now()) as work:
        if taken_up := await service.defer_unmade(work):
            log.info("reports %s had been dropped", ", ".join(map(str, taken_up)))
        await looking.defer_unlooked(work)
    return asked


async def _of_calendar(work: Work, code: str) -> list[Report]:
    monthly = KINDS[code].monthly
    if monthly is None:
        return []
    subjects = [subject.key for subject in await monthly(work)]
    return await calendar.ask_for_months(work, code, subjects)
