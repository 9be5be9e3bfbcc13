"""What a person wants to know about a lot at a glance: where it stands, what blocks it, whether it may be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mes.inventory import service
from mes.inventory.model import Hold, Lot, Standing, Unusable
from mes.inventory.usable import why_unusable
from mes.plant import service as plant
from mes.plant.model import Zone
from telemetry.work import Work


@dataclass(frozen=True, slots=True)
class Place:
    """A stay of a lot, or a part of it, in a zone."""

    zone: Zone
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSheet:
    lot: Lot
    against: tuple[Unusable, ...]  # why it may not be used now; empty: it may
    places: tuple[Place, ...]  # oldest first
    holds: tuple[Hold, ...]  # oldest first


async def lot_sheets(work: Work, lots: Sequence[Lot], *, history: bool = False) -> list[LotSheet]:
    """A sheet for each lot: where it stands and its active holds; with `history` also where it stood and old holds."""
    standings = await service.standings(work, [lot.id for lot in lots], now_only=not history)
    return await sheets_at(work, lots, standings, history=history)


async def sheets_at(
    work: Work, lots: Sequence[Lot], standings: Sequence[Standing], *, history: bool = False
) -> list[LotSheet]:
    """The same where it is known already where they stand."""
    zones, calendar, blocked = await work.together(
        plant.zones_by_id(work, {standing.zone_id for standing in standings}),
        plant.time_zone(work),
        service.holds(work, lot_ids=[lot.id for lot in lots]),
    )
    holds = [hold for hold in blocked if history or hold.active]
    return [
        LotSheet(
            lot=lot,
            against=tuple(why_unusable(lot, work.now, calendar)),
            places=tuple(Place(zones[s.zone_id], s) for s in standings if s.lot_id == lot.id),
            holds=tuple(hold for hold in holds if hold.lot_id == lot.id),
        )
        for lot in lots
    ]
