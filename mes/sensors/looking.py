"""Look-backs that a worker does: in a transaction of their own, with word of how far they are in another.

A job may be lost or doubled without harm: whether it is done stands in the look-back's row.
"""

from __future__ import annotations

from mes.reports import queue
from mes.sensors import look_backs
from mes.sensors.look_backs import SQL
from telemetry.clock import Clock
from telemetry.work import Pool, Work, begin

ACTOR = "look-back"


async def look_back(pool: Pool, clock: Clock, look_back_id: int) -> bool:
    """Look at one; False where that is done, or another worker does it. Raises LookBackNotFound."""

    async def told(share: float) -> None:
        async with begin(pool, ACTOR, clock.now()) as beside:
            await beside.run(SQL["tell_share"], id=look_back_id, share=share)

    async with begin(pool, ACTOR, clock.now()) as work:
        if not await work.scalar(SQL["try_look"], id=look_back_id):
            return False
        found = await look_backs.look_back(work, look_back_id)
        if found.looked_at is None:
            await look_backs.look(work, found, told, clock)
    return found.looked_at is None


async def defer_unlooked(work: Work) -> list[int]:
    """Give look-backs that nobody has finished to the queue again; answers which."""
    rows = await (await work.db.execute(SQL["unlooked"])).fetchall()
    return [id_ for (id_,) in rows if await queue.put(work, queue.LOOK_BACK, f"look-back-{id_}", look_back_id=id_)]
