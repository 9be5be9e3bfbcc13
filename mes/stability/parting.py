"""Lots are split and merged, and what was made of them is counted at once: it never begins with a full budget."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from mes.inventory import service as inventory
from mes.inventory import splitting
from mes.inventory.model import Lot
from mes.stability import ledger
from mes.stability.accounting import count_lots
from telemetry.work import Work


async def split(
    work: Work, lot_id: int, *, number: str, quantity: Decimal, zone_id: int | None = None, reason: str
) -> Lot:
    """Make a lot of its own of a part. Raises as `splitting.split_lot` does."""
    made = await splitting.split_lot(work, lot_id, number=number, quantity=quantity, zone_id=zone_id, reason=reason)
    return await counted(work, [lot_id], made)


async def merge(work: Work, lot_ids: Sequence[int], *, number: str, zone_id: int, reason: str) -> Lot:
    """Make one lot of several. Raises as `splitting.merge_lots` does."""
    made = await splitting.merge_lots(work, lot_ids, number=number, zone_id=zone_id, reason=reason)
    return await counted(work, lot_ids, made)


async def counted(work: Work, parents: Sequence[int], made: Lot) -> Lot:
    """Count a lot that was made of others, with what they had drawn until then."""
    await ledger.lock(work)
    await count_lots(work, await inventory.lots(work, lot_ids=[*parents, made.id]))
    return await inventory.lot(work, made.id)
