"""What stands in the demo plant when it opens: lots that came and moved in the days before.

Told in days before the first start. Everything goes through the services, with audit rows by whoever the work is by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mes.inventory import service as inventory
from mes.inventory import stock
from mes.inventory.model import Lot, QualityStatus
from mes.plant import service as plant
from telemetry.work import Work

REASON = "opening stock of the demo plant"


@dataclass(frozen=True, slots=True)
class Stock:
    """A lot: what it is, how long it may be used, and where it stood: (days before the start, zone) in order."""

    number: str
    item: str
    quantity: str
    life_days: int | None  # from the start on; None: it does not expire
    places: tuple[tuple[float, str], ...]
    status: QualityStatus = QualityStatus.RELEASED


C1, C2, FREEZER, TRUCK1, TRUCK2 = "cold-room-1", "cold-room-2", "freezer-1", "truck-1", "truck-2"
WAITING = QualityStatus.QUARANTINE

LOTS = (
    # Cold room 2: raw material and finished pens; this is the room whose compressor fails.
    Stock("INS-2610-01", "RM-INSULIN", "4200", 310, ((9.2, C2),)),
    Stock("INS-2610-02", "RM-INSULIN", "4150", 325, ((7.4, C1), (3.1, C2))),
    Stock("INS-2611-01", "RM-INSULIN", "4300", 352, ((2.6, C2),), WAITING),
    Stock("CRE-2610-01", "RM-CRESOL", "9000", 140, ((10.5, C2),)),
    Stock("CRE-2611-01", "RM-CRESOL", "9000", 171, ((4.2, C2),)),
    Stock("PRO-2609-01", "RM-PROTAMINE", "640", 88, ((11.8, C2),)),
    Stock("ANT-2610-01", "RM-ANTIBODY", "180", 60, ((8.3, C1), (5.0, C2))),
    Stock("ANT-2611-01", "RM-ANTIBODY", "200", 92, ((1.9, C2),)),
    Stock("PEN-2610-11", "FG-PEN", "12400", 700, ((6.6, C2),)),
    Stock("PEN-2611-01", "FG-PEN", "12150", 712, ((3.4, C2),)),
    Stock("PEN-2611-02", "FG-PEN", "11980", 718, ((1.2, C2),), WAITING),
    Stock("KIT-2611-01", "FG-KIT", "860", 240, ((2.2, C2),)),
    Stock("KIT-2611-02", "FG-KIT", "840", 245, ((0.8, C1), (0.3, C2))),
    # Stood in cold room 2 and left it before the failure.
    Stock("INS-2609-03", "RM-INSULIN", "3900", 284, ((12.6, C2), (1.5, C1))),
    Stock("PRO-2610-02", "RM-PROTAMINE", "700", 118, ((6.1, C2), (0.9, C1))),
    Stock("PEN-2610-09", "FG-PEN", "12020", 688, ((11.1, C2), (0.4, TRUCK1))),
    Stock("PEN-2610-10", "FG-PEN", "12310", 693, ((9.0, C2), (0.4, TRUCK1))),
    Stock("KIT-2610-04", "FG-KIT", "900", 221, ((8.8, C2), (0.35, TRUCK2))),
    # Cold room 1.
    Stock("CRE-2609-02", "RM-CRESOL", "8800", 95, ((12.9, C1),)),
    Stock("CON-2610-01", "RM-CONJUGATE", "1500", 45, ((7.7, C1),)),
    Stock("CON-2611-01", "RM-CONJUGATE", "1500", 75, ((2.0, C1),), WAITING),
    Stock("ANT-2609-02", "RM-ANTIBODY", "90", 75, ((12.2, C1),)),
    Stock("PEN-2611-03", "FG-PEN", "12260", 720, ((0.6, C1),), WAITING),
    Stock("PEN-2610-07", "FG-PEN", "5400", 671, ((10.0, C1),)),
    Stock("KIT-2610-02", "FG-KIT", "410", 205, ((9.6, C1),)),
    Stock("KIT-2610-03", "FG-KIT", "880", 212, ((5.3, C1),)),
    # Freezer 1.
    Stock("ENZ-2609-01", "RM-ENZYME", "350", 400, ((13.0, FREEZER),)),
    Stock("ENZ-2610-01", "RM-ENZYME", "420", 430, ((8.1, FREEZER),)),
    Stock("ENZ-2611-01", "RM-ENZYME", "420", 462, ((2.8, FREEZER),), WAITING),
    Stock("CAL-2610-01", "RM-CALIBRATOR", "260", 190, ((10.3, FREEZER),)),
    Stock("CAL-2611-01", "RM-CALIBRATOR", "280", 215, ((3.9, FREEZER),)),
    Stock("CAL-2608-02", "RM-CALIBRATOR", "40", -2, ((13.1, FREEZER),)),  # expired: may not be picked
    # On the road.
    Stock("PEN-2610-05", "FG-PEN", "8000", 655, ((9.4, C1), (0.4, TRUCK1))),
    Stock("KIT-2610-01", "FG-KIT", "300", 198, ((10.8, C1), (0.4, TRUCK1))),
    Stock("PEN-2610-06", "FG-PEN", "7600", 660, ((9.1, C1), (0.35, TRUCK2))),
    Stock("PEN-2610-08", "FG-PEN", "9900", 680, ((8.5, C1), (0.35, TRUCK2))),
    Stock("INS-2609-02", "RM-INSULIN", "1200", 270, ((0.3, TRUCK2),), WAITING),  # on its way in
    # On the line.
    Stock("CAR-2610-01", "RM-CARTRIDGE", "96000", None, ((6.0, "line-1"),)),
    Stock("BOD-2610-01", "RM-PEN-BODY", "60000", None, ((5.5, "line-1"),)),
    Stock("BOD-2611-01", "RM-PEN-BODY", "60000", None, ((1.1, "line-1"),)),
)


async def stock_demo(work: Work, started: datetime) -> None:
    """Fill an empty plant with lots; a plant that has any lot is left as it is.

    `started` is the moment of the first start, from which all dates are told; not after `work.now`.
    """
    if await inventory.lots(work, limit=1):
        return
    zones = {zone.code: zone.id for zone in await plant.zones(work)}
    today = started.astimezone(await plant.time_zone(work)).date()
    for row in LOTS:
        expires_on = None if row.life_days is None else today + timedelta(days=row.life_days)
        (days, place), *moves = row.places
        lot = await stock.receive_lot(
            work,
            number=row.number,
            item=row.item,
            quantity=Decimal(row.quantity),
            zone_id=zones[place],
            expires_on=expires_on,
            received_at=started - timedelta(days=days),
            reason=REASON,
            decided=row.status,
        )
        await _move(work, lot, [(started - timedelta(days=days), zones[place]) for days, place in moves])


async def _move(work: Work, lot: Lot, moves: list[tuple[datetime, int]]) -> None:
    for at, zone_id in moves:
        await stock.move_lot(work, lot.id, to_zone_id=zone_id, at=at, reason=REASON)
