"""One door for the steps of a shipment: what pages and programs say with a step, and which function takes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from mes.shipments import service
from mes.shipments.model import Shipment
from telemetry.errors import NotFound
from telemetry.work import Work


class ShipmentStepUnknown(NotFound):
    """A shipment knows no such step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says with a step; empty where the step doesn't ask for it."""

    note: str = ""
    trip_id: int | None = None
    to_zone_id: int | None = None
    receiver: str = ""
    proof: str = ""
    at: datetime | None = None


_Take = Callable[[Work, int, int, Said], Awaitable[Shipment]]
_STEPS: dict[str, _Take] = {
    "finish_picking": lambda w, i, v, s: service.finish_picking(w, i, version=v, note=s.note),
    "pick_again": lambda w, i, v, s: service.pick_again(w, i, version=v),
    "load": lambda w, i, v, s: service.load(w, i, version=v, trip_id=s.trip_id),
    "unload": lambda w, i, v, s: service.unload(w, i, version=v, to_zone_id=s.to_zone_id),
    "ship": lambda w, i, v, s: service.ship(w, i, version=v),
    "deliver": lambda w, i, v, s: service.deliver(w, i, version=v, receiver=s.receiver, proof=s.proof, at=s.at),
    "refuse": lambda w, i, v, s: service.refuse(w, i, version=v, note=s.note, at=s.at),
    "cancel": lambda w, i, v, s: service.cancel(w, i, version=v, note=s.note),
}


async def take_step(work: Work, shipment_id: int, step: str, *, version: int, said: Said) -> Shipment:
    """Take a step. Raises ShipmentStepUnknown, and what the step raises."""
    if step not in _STEPS:
        raise ShipmentStepUnknown(step=step)
    return await _STEPS[step](work, shipment_id, version, said)
