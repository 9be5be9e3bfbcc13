"""What follows from a balance: a lot without time left is blocked at once, one with little left is told of."""

from __future__ import annotations

from collections.abc import Collection

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.inventory import service as inventory
from mes.inventory.model import Lot, QualityStatus
from mes.stability import ledger
from mes.stability.model import KeptProfile
from mes.stability.profiles import in_force
from models.stability import Budget, budget
from telemetry.work import Work

CAUSE = "stability:"
"""Begins the cause of a hold on a lot whose budget is exhausted; the band stands behind it."""


def budget_of(kept: KeptProfile, spent: ledger.Spent) -> Budget:
    """What is left of the kept profile."""
    return budget(kept.profile, [spent.get(band, 0) for band in kept.profile.names])


async def look(work: Work, lot_ids: Collection[int]) -> None:
    """Hold what is exhausted, tell of what is low, and end the alarm of what is neither."""
    lots = await inventory.lots(work, lot_ids=sorted(lot_ids)) if lot_ids else []
    profiles = await in_force(work, {lot.item_id for lot in lots})
    of_lot = {lot.id: profiles[lot.item_id] for lot in lots if lot.item_id in profiles}
    spent = await ledger.spent(work, list(of_lot), of_lot)
    for lot in lots:
        if lot.id in of_lot:
            await _follow(work, lot, budget_of(of_lot[lot.id], spent[lot.id]))


async def _follow(work: Work, lot: Lot, found: Budget) -> None:
    is_over = lot.quality_status is QualityStatus.REJECTED or lot.quantity <= 0
    if found.exhausted is not None and not is_over:
        reason = f"stability budget exhausted: {found.exhausted} °C / 稳定性预算已用尽：{found.exhausted} °C"
        await inventory.place_hold(work, lot.id, cause=CAUSE + found.exhausted, reason=reason)
    if is_over or (found.exhausted is None and not found.is_low):
        await alarms.clear(work, Kind.STABILITY, lot.number, at=work.now)
    else:
        await _tell(work, lot, found)


async def _tell(work: Work, lot: Lot, found: Budget) -> None:
    left = f"{max(0.0, 100 * found.left):.0f} %"
    is_out = found.exhausted is not None
    en = f"exhausted ({found.exhausted} °C), the lot is on hold" if is_out else f"{left} left"
    zh = f"已用尽（{found.exhausted} °C），批次已冻结" if is_out else f"剩余 {left}"
    occurrence = Occurrence(
        kind=Kind.STABILITY,
        source=lot.number,
        priority=Priority.HIGH if is_out else Priority.MEDIUM,
        message_en=f"{lot.number}: stability budget {en}",
        message_zh=f"{lot.number}：稳定性预算{zh}",
        raised_at=work.now,
    )
    await alarms.raise_alarm(work, occurrence)
