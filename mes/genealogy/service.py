"""Traces of a lot, forward and backward, with what was used of each, what is left of it and to whom it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeVar

from mes.genealogy.model import Direction, Edge, circles, walk
from mes.inventory import service as inventory
from mes.inventory.model import Lot, Standing
from mes.shipments.deliveries import deliveries_of
from mes.shipments.model import Delivery
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
DEEPEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A lot that the walk met."""

    lot: Lot
    depth: int  # 0: the one asked about
    carried: tuple[tuple[str, Decimal], ...]  # by unit: what the edges of the walk brought along; none for the first
    standing: tuple[Standing, ...]  # where it stands now
    shipped: tuple[Delivery, ...] = ()  # to whom it went, oldest first

    @property
    def on_hand(self) -> Decimal:
        return self.lot.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    direction: Direction
    nodes: tuple[Node, ...]  # nearest first
    edges: tuple[Edge, ...]
    cut: bool  # the walk ended at its depth, and there is more
    circles: tuple[Edge, ...]  # facts that contradict each other: a circle without rework

    def node(self, lot_id: int) -> Node:
        return next(node for node in self.nodes if node.lot.id == lot_id)

    @property
    def shipped(self) -> list[Delivery]:
        """All that left of its lots, oldest first: where a recall must go."""
        return sorted(
            (each for node in self.nodes for each in node.shipped), key=lambda each: (each.shipped_at, each.shipment_id)
        )


async def trace(work: Work, lot_id: int, direction: Direction, *, depth: int = DEEPEST) -> Trace:
    """Every lot that a lot went into or was made of, and every edge between them. Raises LotNotFound."""
    await inventory.lot(work, lot_id)
    found = walk(lot_id, await work.all(SQL[direction], Edge, lot_id=lot_id), direction, depth)
    ids = list(found.depth)
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=ids)}
    there = _by_lot(await inventory.standings(work, ids, now_only=True))
    went = _by_lot(await deliveries_of(work, ids))
    nodes = tuple(
        Node(
            lot=lots[id_],
            depth=at,
            carried=tuple(sorted(found.carried.get(id_, {}).items())) if at else (),
            standing=tuple(there.get(id_, ())),
            shipped=tuple(went.get(id_, ())),
        )
        for id_, at in found.depth.items()
    )
    return Trace(direction=direction, nodes=nodes, edges=found.edges, cut=found.cut, circles=circles(found.edges))


async def family(work: Work, lot_id: int, *, depth: int = DEEPEST) -> list[Lot]:
    """A lot with all that it was made of, nearest first. Raises LotNotFound."""
    return [node.lot for node in (await trace(work, lot_id, Direction.BACKWARD, depth=depth)).nodes]


class _OfLot(Protocol):
    @property
    def lot_id(self) -> int: ...


Row = TypeVar("Row", bound=_OfLot)


def _by_lot(rows: Sequence[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.lot_id, []).append(row)
    return found
