"""The queue between who asks for a report and who makes it: procrastinate, in the schema `queue` of the same database.

A job is put there in the transaction that asks: both are there or neither. The queue may lose or double a job without
harm, since the report's own row says whether it is made: see `service.unmade` and `service.hold`.
"""

from __future__ import annotations

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from mes.reports.sql import SQL
from telemetry.work import Work

SCHEMA = "queue"
NAME = "reports"
MAKE = "make_report"
LOOK_BACK = "look_back"  # over the readings of a sensor that was found wrong: mes/sensors/looking.py
_APP = App(connector=PsycopgConnector())  # never opened: it only knows how a job is written


async def defer(work: Work, report_id: int) -> bool:
    """Let a worker make this report after the commit; False where such a job waits already."""
    return await put(work, MAKE, f"report-{report_id}", report_id=report_id)


async def put(work: Work, task: str, lock: str, **facts: int) -> bool:
    """Let a worker do something after the commit; False where a job with this lock waits already."""
    job = _APP.configure_task(task, queue=NAME, queueing_lock=lock, connection=work.db)
    await work.run(SQL["look_into_queue"])
    try:
        async with work.db.transaction():  # a savepoint: a job that is there already undoes nothing else
            await job.defer_async(**facts)
    except AlreadyEnqueued:
        return False
    finally:
        await work.run(SQL["look_away"])
    return True
