"""A mock recall of the demo plant, begun some hours before the first start: its scope waits for quality assurance."""

from __future__ import annotations

from datetime import datetime, timedelta

from isotherm.demo_shipments import DELIVERED_LOT
from mes.inventory import service as inventory
from mes.recall import service as recalls
from mes.recall.model import Kind, RecallClass
from telemetry.work import Work

BEGUN_BY, BEFORE = "lead", timedelta(hours=3)


async def rehearse_recall(work: Work, started: datetime) -> None:
    """Begin it, unless the plant has a recall already. `started`: not after `work.now`."""
    lot = await inventory.lot_named(work, DELIVERED_LOT)
    if lot is None or await recalls.recalls(work, limit=1):
        return
    opening = recalls.Opening(
        kind=Kind.MOCK,
        recall_class=RecallClass.II,
        reason="年度模拟召回：气泡投诉的批次 Yearly rehearsal with the lot of the complaint about bubbles",
        lot_ids=(lot.id,),
    )
    lead = Work(BEGUN_BY, started - BEFORE, work.db)
    await recalls.open_recall(lead, opening)
    await lead.flush()
