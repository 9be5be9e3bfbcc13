"""The demo plant's thermal model: the power-fail test of its mapping study, put in force for that room."""

from __future__ import annotations

from mes.forecast import service as forecasts
from mes.plant import service as plant
from telemetry.work import Work

ROOM = "cold-room-2"
REASON = "power-fail test before use; the quickest position to warm"


async def model_demo(work: Work) -> None:
    """Give the mapped room its thermal model; a plant that has one keeps it."""
    zone = await plant.zone_named(work, ROOM)
    offered = await forecasts.tested(work, zone.id)
    if offered and zone.id not in await forecasts.models_in_force(work):
        await forecasts.adopt_study(work, zone.id, offered[0].number, offered[0].code, reason=REASON)
