"""What comes next for a shipment, and what is missing for it: said before somebody tries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mes.shipments.arriving import arriving_facts
from mes.shipments.leaving import leaving_facts
from mes.shipments.model import MACHINE, Shipment, Status
from mes.shipments.rows import picks
from mes.trips import service as trips
from telemetry.work import Work

FORWARD: Mapping[Status, str] = MappingProxyType(
    {
        Status.PLANNED: "finish_picking",
        Status.PICKED: "load",
        Status.LOADED: "ship",
        Status.SHIPPED: "deliver",
    }
)
"""By state: the step that leads on."""
_BY_HAND = "?"
"""In place of what a person says with the step."""


@dataclass(frozen=True, slots=True)
class Ahead:
    step: str
    missing: tuple[str, ...]  # guards that would refuse it now


async def ahead(work: Work, found: Shipment) -> Ahead | None:
    """None: it is over."""
    step = FORWARD.get(found.status)
    if step is None:
        return None
    carrying = None if found.trip_id is None else await trips.trip(work, found.trip_id)
    if step == "deliver":
        facts = replace(await arriving_facts(work, carrying), receiver=_BY_HAND)
    else:
        facts = await leaving_facts(work, found.id, await picks(work, [found.id]), carrying)
    return Ahead(step, MACHINE.missing(step, found.status, facts))
