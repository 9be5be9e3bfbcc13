"""The plant at this moment: the newest reading of every measuring point, beside the limits in force."""

from __future__ import annotations

from dashboards.plantview import ReadingView
from mes.plant import service as plant
from telemetry import store
from telemetry.work import Work


async def current(work: Work) -> list[ReadingView]:
    """Every point of the plant model, by id, those never heard of too."""
    points = await plant.points(work)
    last = {value.point_id: value for value in await store.last_values(work, [p.point_id for p in points])}
    rules = await plant.rules_in_force(work, work.now)
    return [ReadingView(p, last.get(p.point_id), rules.get(p.policy or ""), work.now) for p in points]
