"""What an order does to its machine: under maintenance from the start of the work to its verification.

A machine that two orders are worked on for is free when both are verified. What it was before the work, it is again:
one that was dirty is still to be cleaned. Work that makes it dirty says so.
"""

from __future__ import annotations

from mes.equipment import service as equipment
from mes.maintenance import checks
from mes.maintenance.checks import CheckKind
from mes.maintenance.model import Order
from mes.maintenance.records import SQL
from mes.plant import service as plant
from mes.plant.model import EquipmentStatus
from telemetry.work import Work

_AGAIN = {
    EquipmentStatus.IN_USE: EquipmentStatus.TO_CLEAN,  # of a batch that waits for it
    EquipmentStatus.TO_CLEAN: EquipmentStatus.TO_CLEAN,
    EquipmentStatus.CLEANING: EquipmentStatus.TO_CLEAN,  # it was broken off
    EquipmentStatus.OUT_OF_SERVICE: EquipmentStatus.OUT_OF_SERVICE,
}


async def tell_machine(work: Work, step: str, order: Order) -> None:
    """Take the machine for the work, or free it, as the step asks."""
    machine = await plant.machine(work, order.equipment_id)
    if machine.status is EquipmentStatus.RETIRED:
        return
    if step in {"start", "resume", "rework"}:
        status = EquipmentStatus.UNDER_MAINTENANCE
    elif step == "verify" or (step == "cancel" and order.started_at):
        status = await _freed(work, order)
    else:
        return
    await plant.set_equipment_status(work, order.equipment_id, status, reason=order.number)


async def _freed(work: Work, order: Order) -> EquipmentStatus:
    if await work.scalar(SQL["others_at_work"], equipment_id=order.equipment_id, id=order.id):
        return EquipmentStatus.UNDER_MAINTENANCE
    judged = await checks.checks(work, order.id)
    if any(each.needed and each.kind is CheckKind.CLEAN for each in judged):
        return EquipmentStatus.TO_CLEAN
    before = EquipmentStatus.READY
    for entry in await equipment.log_of(work, order.equipment_id):
        if entry.status is not EquipmentStatus.UNDER_MAINTENANCE:
            before = entry.status
    return _AGAIN.get(before, EquipmentStatus.READY)
