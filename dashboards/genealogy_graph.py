"""The picture of a genealogy: lots as boxes in columns, what went into what as lines between them. Pure geometry.

Columns follow what is made of what, from left to right; within a column lots stand near what they are made of, so that
few lines cross. What rework brings back is drawn below the boxes, from right to left.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mes.genealogy.model import Edge, ranks

BOX_WIDTH, BOX_HEIGHT = 168, 52
GAP_X, GAP_Y = 96, 18
MARGIN = 8
MOST_BOXES = 150
"""More than these can't be read on a page: the table tells them."""
_TIDYINGS = 4


@dataclass(frozen=True, slots=True)
class Box:
    lot_id: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    edge: Edge
    path: str
    x: float  # where its quantity stands
    y: float


@dataclass(frozen=True, slots=True)
class Graph:
    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def lay_out(lots: Collection[int], edges: Sequence[Edge]) -> Graph | None:
    """Boxes and lines; None where there are too many boxes to be read."""
    if len(lots) > MOST_BOXES:
        return None
    columns = _columns(ranks(lots, edges), edges)
    tallest = max(len(column) for column in columns)
    boxes: dict[int, Box] = {}
    for at, column in enumerate(columns):
        free = (tallest - len(column)) * (BOX_HEIGHT + GAP_Y) // 2
        for row, lot_id in enumerate(column):
            x = MARGIN + at * (BOX_WIDTH + GAP_X)
            boxes[lot_id] = Box(lot_id, x, MARGIN + free + row * (BOX_HEIGHT + GAP_Y))
    back = sum(boxes[edge.parent_id].x >= boxes[edge.child_id].x for edge in edges)
    return Graph(
        width=2 * MARGIN + len(columns) * (BOX_WIDTH + GAP_X) - GAP_X,
        height=2 * MARGIN + tallest * (BOX_HEIGHT + GAP_Y) - GAP_Y + (back and 26 + 12 * back),
        boxes=tuple(boxes.values()),
        lines=_lines(edges, boxes, MARGIN + tallest * (BOX_HEIGHT + GAP_Y)),
    )


def _columns(rank: Mapping[int, int], edges: Sequence[Edge]) -> list[list[int]]:
    """Lots by column; none is empty. Each is ordered by the mean place of its neighbours, there and back."""
    used = {value: at for at, value in enumerate(sorted(set(rank.values())))}
    columns: list[list[int]] = [[] for _ in used]
    for lot_id in sorted(rank):
        columns[used[rank[lot_id]]].append(lot_id)
    neighbours: dict[int, set[int]] = {lot_id: set() for lot_id in rank}
    for edge in edges:
        neighbours[edge.parent_id].add(edge.child_id)
        neighbours[edge.child_id].add(edge.parent_id)
    for _ in range(_TIDYINGS):
        places = {lot_id: row - len(column) / 2 for column in columns for row, lot_id in enumerate(column)}
        for column in columns:
            column.sort(key=lambda lot_id: (_mean([places[n] for n in neighbours[lot_id]]), lot_id))
            places |= {lot_id: row - len(column) / 2 for row, lot_id in enumerate(column)}
    return columns


def _mean(places: Sequence[float]) -> float:
    return sum(places) / len(places) if places else 0.0


def _lines(edges: Sequence[Edge], boxes: Mapping[int, Box], below: int) -> tuple[Line, ...]:
    found = []
    lane = below
    for edge in edges:
        parent, child = boxes[edge.parent_id], boxes[edge.child_id]
        if parent.x < child.x:
            found.append(_onward(edge, parent, child))
        else:
            found.append(_backward(edge, parent, child, lane))
            lane += 12
    return tuple(found)


def _onward(edge: Edge, parent: Box, child: Box) -> Line:
    x1, y1 = parent.x + BOX_WIDTH, parent.y + BOX_HEIGHT // 2
    x2, y2 = child.x, child.y + BOX_HEIGHT // 2
    bend = max((x2 - x1) // 2, 24)
    return Line(edge, f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}", x1 + 6, y1 + (y2 - y1) * 0.12 - 4)


def _backward(edge: Edge, parent: Box, child: Box, lane: int) -> Line:
    x1, y1 = parent.x + BOX_WIDTH * 2 // 3, parent.y + BOX_HEIGHT
    x2, y2 = child.x + BOX_WIDTH // 3, child.y + BOX_HEIGHT
    return Line(edge, f"M{x1} {y1}V{lane}H{x2}V{y2}", (x1 + x2) / 2, lane - 3)
