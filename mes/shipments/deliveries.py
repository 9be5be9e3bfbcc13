"""Where lots went: what genealogy and recall ask of shipments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from mes.shipments.model import Delivery, Returned
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


async def delivered_lots(work: Work, lots: Sequence[str]) -> list[Delivery]:
    """All that has left of the lots with these numbers, or is on its way; a row a shipment and lot, newest last."""
    return await _with_returns(work, await work.all(SQL["deliveries"], Delivery, numbers=list(lots), lot_ids=None))


async def deliveries_of(work: Work, lot_ids: Iterable[int]) -> list[Delivery]:
    """The same by the lots' ids."""
    found = await work.all(SQL["deliveries"], Delivery, numbers=None, lot_ids=list(lot_ids))
    return await _with_returns(work, found)


async def _with_returns(work: Work, found: Sequence[Delivery]) -> list[Delivery]:
    if not found:
        return []
    came = await work.all(SQL["returns"], Returned, shipment_ids=sorted({each.shipment_id for each in found}))
    back: dict[tuple[int, int], list[Returned]] = {}
    for each in came:
        back.setdefault((each.shipment_id, each.origin_id), []).append(each)
    return [replace(each, returned=tuple(back.get((each.shipment_id, each.lot_id), ()))) for each in found]
