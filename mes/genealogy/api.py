"""Genealogy over HTTP: traces with quantities, and where lots stood."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from mes.border import Signed, Transaction
from mes.genealogy import service, temperature
from mes.genealogy.model import Direction, Edge
from mes.genealogy.service import DEEPEST, Node
from mes.genealogy.temperature import History
from mes.shipments.told import delivery_json

router = APIRouter(prefix="/genealogy", tags=["genealogy"])
LotId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Depth = Annotated[int, Query(ge=1, le=DEEPEST)]


@router.get("/{lot_id}")
async def show_trace(
    lot_id: LotId, work: Transaction, _: Signed, direction: Direction = Direction.BACKWARD, depth: Depth = DEEPEST
) -> dict[str, Any]:
    """Every lot that a lot went into, or was made of."""
    found = await service.trace(work, lot_id, direction, depth=depth)
    return {
        "direction": direction,
        "nodes": [_node(node) for node in found.nodes],
        "edges": [_edge(edge) for edge in found.edges],
        "cut": found.cut,
        "contradictions": [_edge(edge) for edge in found.circles],
    }


@router.get("/{lot_id}/temperature")
async def show_places(lot_id: LotId, work: Transaction, _: Signed, depth: Depth = DEEPEST) -> dict[str, Any]:
    """Where a lot and all its inputs stood, by which points the temperature there is known, and excursions."""
    return {"items": [_history(each) for each in await temperature.of_batch(work, lot_id, depth=depth)]}


def _node(node: Node) -> dict[str, Any]:
    lot = node.lot
    return {
        "lot_id": lot.id,
        "number": lot.number,
        "item": lot.item,
        "quality_status": lot.quality_status,
        "active_holds": lot.active_holds,
        "depth": node.depth,
        "carried": [{"quantity": str(quantity), "unit": unit} for unit, quantity in node.carried],
        "on_hand": {"quantity": str(node.on_hand), "unit": lot.unit},
        "standing": [{"zone_id": s.zone_id, "quantity": str(s.quantity)} for s in node.standing],
        "shipped": [delivery_json(each) for each in node.shipped],
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return asdict(edge) | {"quantity": str(edge.quantity)}


def _history(history: History) -> dict[str, Any]:
    stays = [
        {
            "zone": None if stay.zone is None else stay.zone.code,
            "from": stay.start,
            "to": stay.end,
            "point_ids": stay.point_ids,
            "making": stay.making,
        }
        for stay in history.stays
    ]
    exposures = [
        {"excursion": each.excursion.number, "from": each.exposed.exposed_from, "to": each.exposed.exposed_to}
        for each in history.exposures
    ]
    about = {"lot_id": history.lot.id, "number": history.lot.number, "depth": history.depth, "until": history.until}
    return about | {"stays": stays, "exposures": exposures}
