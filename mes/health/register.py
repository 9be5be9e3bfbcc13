"""The register with what the plant found of each version: how often it advised, and what mechanics said of it."""

from __future__ import annotations

from dataclasses import dataclass

from mes.health import service, versions
from mes.health.model import Cause, HealthModel
from mes.maintenance.figures import Precision, precision
from mes.maintenance.verdicts import last_words
from mes.plant import service as plant
from mes.plant.model import Equipment
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A version beside its machine and its record in the plant."""

    model: HealthModel
    machine: Equipment
    precision: Precision


async def register(work: Work, equipment_id: int | None = None) -> list[Registered]:
    """All versions, by machine, the newest of each first."""
    machines = {machine.id: machine for machine in await plant.equipment(work)}
    found = await versions.models(work, equipment_id)
    return [
        Registered(model=each, machine=machines[each.equipment_id], precision=await precision_of(work, each.id))
        for each in found
        if each.equipment_id in machines
    ]


async def registered(work: Work, model_id: int) -> Registered:
    """One version. Raises HealthModelNotFound, EquipmentNotFound."""
    found = await versions.model(work, model_id)
    machine = await plant.machine(work, found.equipment_id)
    return Registered(model=found, machine=machine, precision=await precision_of(work, model_id))


async def precision_of(work: Work, model_id: int) -> Precision:
    """Of what called the crew; advice that the model itself doesn't fit any more is no advice on the machine."""
    told = await service.alerts(work, model_id=model_id, limit=1000)
    alarm_ids = [each.alarm_id for each in told if each.alarm_id is not None and each.cause is not Cause.MODEL]
    said = await last_words(work, alarm_ids)
    return precision(len(alarm_ids), said.values())
