"""What is made of what, as a graph of lots, and the walk through it. Pure.

An edge says that so much of a lot went into another one. The facts are issues into batches, splits and merges; nothing
is kept twice. Circles come of rework alone; a walk meets every lot once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Direction(StrEnum):
    FORWARD = "forward"  # what a lot went into
    BACKWARD = "backward"  # what a lot was made of


class Link(StrEnum):
    CONSUME = "consume"  # issued into the batch that made the other lot
    REWORK = "rework"  # the same, into a batch of the same item
    SPLIT = "split"
    MERGE = "merge"
    RETURNED = "returned"  # a customer sent it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """So much of the parent went into the child."""

    parent_id: int
    child_id: int
    link: Link
    quantity: Decimal  # of the parent, in its unit; what was returned is taken off
    unit: str
    batch_id: int | None  # None: a split or a merge
    batch: str | None
    order: str | None
    first_at: datetime
    last_at: datetime
    times: int  # how many issues it sums

    def __post_init__(self) -> None:
        object.__setattr__(self, "link", Link(self.link))

    def ends(self, direction: Direction) -> tuple[int, int]:
        """The lot nearer to the one asked about, and the farther one."""
        pair = (self.parent_id, self.child_id)
        return pair if direction is Direction.FORWARD else (pair[1], pair[0])


@dataclass(frozen=True, slots=True)
class Walk:
    """Which lots a walk met, and by which edges."""

    depth: Mapping[int, int]  # by lot: the least number of edges to it; 0: the lot asked about
    edges: tuple[Edge, ...]
    cut: bool  # there is more beyond the depth asked for
    carried: Mapping[int, Mapping[str, Decimal]] = field(default_factory=dict)
    """By lot and unit: what all edges of the walk bring along with it. Backward: what of the lot itself went in."""


def walk(start: int, edges: Iterable[Edge], direction: Direction, depth: int) -> Walk:
    """From a lot along the edges, nearest first, at most `depth` of them away. Every edge between lots met counts."""
    leaving: dict[int, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.ends(direction)[0], []).append(edge)
    found, taken, front, cut = {start: 0}, list[Edge](), [start], False
    while front:
        near = front.pop(0)
        for edge in leaving.get(near, ()):
            far = edge.ends(direction)[1]
            if found[near] >= depth:
                cut = cut or far not in found
                continue
            taken.append(edge)
            if far not in found:
                found[far] = found[near] + 1
                front.append(far)
    return Walk(found, tuple(taken), cut, _carried(taken, direction))


def _carried(edges: Iterable[Edge], direction: Direction) -> dict[int, dict[str, Decimal]]:
    found: dict[int, dict[str, Decimal]] = {}
    for edge in edges:
        sums = found.setdefault(edge.ends(direction)[1], {})
        sums[edge.unit] = sums.get(edge.unit, Decimal(0)) + edge.quantity
    return found


def circles(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """Edges that lie on a circle without rework: facts that contradict each other, for somebody to look at."""
    left = [edge for edge in edges if edge.link is not Link.REWORK]
    while True:
        parents, children = {edge.parent_id for edge in left}, {edge.child_id for edge in left}
        inner = [edge for edge in left if edge.parent_id in children and edge.child_id in parents]
        if len(inner) == len(left):
            return tuple(inner)
        left = inner


def ranks(lots: Collection[int], edges: Iterable[Edge]) -> dict[int, int]:
    """A column for each lot, for a picture: behind all that it is made of, but for what rework brings back."""
    onward = _onward(edges)
    found = dict.fromkeys(lots, 0)
    for _ in found:  # the longest way has fewer edges than there are lots
        late = [edge for edge in onward if found[edge.child_id] <= found[edge.parent_id] < len(found)]
        if not late:
            break
        for edge in late:
            found[edge.child_id] = max(found[edge.child_id], min(found[edge.parent_id] + 1, len(found)))
    return found


def _onward(edges: Iterable[Edge]) -> list[Edge]:
    """Edges without those of rework that close a circle."""
    by_kind = sorted(edges, key=lambda edge: edge.link is Link.REWORK)
    kept: list[Edge] = []
    after: dict[int, set[int]] = {}
    for edge in by_kind:
        if edge.link is Link.REWORK and _leads(edge.child_id, edge.parent_id, after):
            continue
        kept.append(edge)
        after.setdefault(edge.parent_id, set()).add(edge.child_id)
    return kept


def _leads(start: int, end: int, after: Mapping[int, Collection[int]]) -> bool:
    """Whether a way goes from one lot to another."""
    seen, left = {start}, [start]
    while left:
        for far in set(after.get(left.pop(), ())) - seen:
            seen.add(far)
            left.append(far)
    return end in seen
