"""The lot that a batch makes: it is there from the order's release on, without quantity and place until it is made.

So whatever goes into the batch is linked to its lot from the first issue on.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal

from mes.inventory import service
from mes.inventory.ledger import Cause, Kind
from mes.inventory.model import Lot, QualityStatus
from mes.inventory.service import SQL
from mes.inventory.standing import put
from mes.inventory.stock import UNKNOWN, LotNumberTaken, lock, positive
from mes.plant import service as plant
from mes.transitions import Refused
from telemetry.work import Work


async def begin_lot(work: Work, *, number: str, item: str, reason: str) -> Lot:
    """A lot in the making: nothing of it is there yet. Raises ItemNotFound, LotNumberTaken."""
    what = await service.item_named(work, item)
    said = {"number": number, "item_id": what.id, "quantity": Decimal(0), "unit": what.unit}
    facts = said | {"received_at": work.now, "expires_on": None, "quality_status": QualityStatus.QUARANTINE}
    lot_id = await work.scalar(SQL["add_lot"], **facts, **asdict(UNKNOWN))
    if lot_id is None:
        raise LotNumberTaken(number=number)
    work.audit("lot.begin", "lot", lot_id, after=facts | {"item": item}, reason=reason)
    return await service.lot(work, lot_id)


async def finish_lot(
    work: Work, lot_id: int, *, quantity: Decimal, zone_id: int, expires_on: date | None, reason: str
) -> Lot:
    """The batch is made: so much of its lot stands there, in quarantine until quality assurance decides.

    Raises LotNotFound, ZoneNotFound, QuantityNotPositive, Refused where it was made already.
    """
    where = await plant.zone(work, zone_id)
    await lock(work, [lot_id])
    before = await service.lot(work, lot_id)
    if await service.standings(work, [lot_id]):
        raise Refused("lot", lot_id, "finish", ["lot_is_in_the_making"])
    dates = {"expires_on": expires_on, "manufactured_on": work.now.astimezone(await plant.time_zone(work)).date()}
    await work.run(SQL["finish_lot"], lot_id=lot_id, quantity=positive(quantity), now=work.now, **dates)
    await put(work, lot_id, zone_id, quantity, work.now, Cause(Kind.YIELD, before.number))
    after = {"quantity": quantity, "unit": before.unit, "zone": where.code, "expires_on": expires_on}
    work.audit("lot.finish", "lot", lot_id, before={"quantity": before.quantity}, after=after, reason=reason)
    return await service.lot(work, lot_id)
