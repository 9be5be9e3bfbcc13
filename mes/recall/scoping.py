"""From the lots that a recall begins with to all that it reaches: traces, stock and deliveries, kept as lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from psycopg.types.json import Jsonb

from mes.genealogy import service as genealogy
from mes.genealogy.model import Direction, Edge, Link
from mes.genealogy.service import Node
from mes.inventory import service as inventory
from mes.inventory import stock
from mes.plant import service as plant
from mes.recall import reach
from mes.recall.model import Recall
from mes.recall.reach import Line, Origin, Reached, Sent, Stage
from mes.shipments import service as shipments
from mes.shipments.model import Delivery
from mes.shipments.rows import picks
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
PRODUCT = "product"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How far a recall reached when it was looked at."""

    recall_id: int
    number: int
    digest: str
    taken_by: str
    taken_at: datetime
    signature_id: int | None  # None: not seen by QA


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far it reaches now."""

    lines: tuple[Line, ...]
    cut: bool  # a walk ended at its depth, and there is more

    @property
    def lot_ids(self) -> list[int]:
        return sorted({line.lot_id for line in self.lines})


@dataclass(slots=True)
class _Walked:
    nodes: dict[int, Node] = field(default_factory=dict)
    level: dict[int, int] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    sent: dict[int, list[Delivery]] = field(default_factory=dict)
    cut: bool = False


async def reaches(
    work: Work, starts: Iterable[int], *, depth: int = genealogy.DEEPEST, since: datetime | None = None
) -> Reach:
    """All that came of these lots, where it stands and where it went; what came back is looked at as well.

    `since`: when the holds were placed. What was split off or merged later was counted then. Raises LotNotFound.
    """
    walked, first = _Walked(), list(starts)
    for lot_id in first:
        await _walk(work, walked, lot_id, 0, depth)
    while missing := {id_: level for id_, level in _came_back(walked).items() if id_ not in walked.nodes}:
        for lot_id, level in missing.items():
            await _walk(work, walked, lot_id, level, depth)
    found = reach.lines(
        await _reached(work, walked, first),
        [_sent(each) for rows in walked.sent.values() for each in rows],
        made_of_counted=_parted(walked, since),
    )
    return Reach(lines=tuple(found), cut=walked.cut)


async def reaches_locked(work: Work, recall: Recall, *, since: datetime | None = None) -> Reach:
    """The same, with every lot locked until the end of this work: what somebody issues at this moment is in it."""
    starts = await starts_of(work, recall.id)
    locked: set[int] = set()
    while True:
        found = await reaches(work, starts, since=since)
        if set(found.lot_ids) <= locked:
            return found
        locked |= set(found.lot_ids)
        await stock.lock(work, sorted(locked))


async def starts_of(work: Work, recall_id: int) -> list[int]:
    """Ids of the lots that it begins with."""
    rows = await work.all(SQL["starts"], _Start, recall_id=recall_id)
    return [row.lot_id for row in rows]


async def scopes(work: Work, recall_id: int) -> list[Scope]:
    """Every scope that was kept, oldest first."""
    return await work.all(SQL["scopes"], Scope, recall_id=recall_id)


async def lines(work: Work, recall_id: int, scope: int) -> list[Line]:
    """Lines of one of them, nearest first."""
    return await work.all(SQL["lines"], Line, recall_id=recall_id, scope=scope)


async def newest(work: Work, recall_id: int) -> tuple[Scope | None, list[Line]]:
    """The scope that holds; None: none was signed yet."""
    kept = await scopes(work, recall_id)
    return (kept[-1], await lines(work, recall_id, kept[-1].number)) if kept else (None, [])


async def keep(work: Work, recall: Recall, found: Sequence[Line], *, signature_id: int | None = None) -> int:
    """Keep a scope beside those before it. Answers its number. Leaves the audit to the caller."""
    last, before = await newest(work, recall.id)
    number = last.number + 1 if last else 1
    facts = {"recall_id": recall.id, "number": number, "digest": reach.digest(found), "signature_id": signature_id}
    await work.run(SQL["add_scope"], **facts, actor=work.actor, now=work.now)
    rows = [asdict(line) for line in reach.numbered(before, found, number)]
    await work.run(SQL["add_lines"], recall_id=recall.id, scope=number, lines=Jsonb(rows, dumps=_text))
    return number


def is_signed(kept: Sequence[Scope]) -> bool:
    """Whether QA has signed what the newest scope says."""
    return bool(kept) and kept[-1].digest in {each.digest for each in kept if each.signature_id is not None}


def _text(rows: object) -> str:
    return json.dumps(rows, default=str)


@dataclass(frozen=True, slots=True)
class _Start:
    lot_id: int


async def _walk(work: Work, walked: _Walked, lot_id: int, level: int, depth: int) -> None:
    found = await genealogy.trace(work, lot_id, Direction.FORWARD, depth=depth)
    walked.cut = walked.cut or found.cut
    walked.edges += found.edges
    for node in found.nodes:
        at = level + node.depth
        if at < walked.level.get(node.lot.id, at + 1):
            walked.level[node.lot.id] = at
        walked.nodes[node.lot.id] = node
    fresh = [id_ for id_ in walked.nodes if id_ not in walked.sent]
    for id_ in fresh:
        walked.sent[id_] = []
    for each in await shipments.deliveries_of(work, fresh):
        walked.sent[each.lot_id].append(each)


def _came_back(walked: _Walked) -> dict[int, int]:
    """Lots that came back from a delivery, with their level."""
    return {
        back.lot_id: walked.level[each.lot_id] + 1
        for rows in walked.sent.values()
        for each in rows
        for back in each.returned
    }


def _parted(walked: _Walked, since: datetime | None) -> set[int]:
    if since is None:
        return set()
    parts = {Link.SPLIT, Link.MERGE}
    return {edge.child_id for edge in walked.edges if edge.link in parts and edge.first_at > since}


async def _on_the_road(work: Work, walked: _Walked) -> dict[int, Decimal]:
    """By lot: what a vehicle of ours carries to a customer: in the plant's books, and counted with its shipment."""
    under_way = {each.shipment_id for rows in walked.sent.values() for each in rows if each.arrived_at is None}
    found: dict[int, Decimal] = {}
    for each in await picks(work, under_way) if under_way else ():
        if each.left_at is None:
            found[each.lot_id] = found.get(each.lot_id, Decimal(0)) + each.quantity
    return found


async def _reached(work: Work, walked: _Walked, first: Sequence[int]) -> list[Reached]:
    origin = dict.fromkeys(_came_back(walked), Origin.RETURNED) | dict.fromkeys(first, Origin.START)
    moving = await _on_the_road(work, walked)
    goes_on = {edge.parent_id for edge in walked.edges if edge.link is Link.CONSUME}
    items = await inventory.items_by_id(work, {node.lot.item_id for node in walked.nodes.values()})
    zones: Mapping[int, str] = {zone.id: zone.code for zone in await plant.zones(work)}
    return [
        Reached(
            lot=node.lot,
            stage=_stage(items[node.lot.item_id].kind, id_ in goes_on),
            level=walked.level[id_],
            origin=origin.get(id_, Origin.TRACE),
            quantity=node.lot.quantity - moving.get(id_, Decimal(0)),
            places=reach.places(zones, [(each.zone_id, each.quantity) for each in node.standing]),
        )
        for id_, node in walked.nodes.items()
    ]


def _stage(kind: str, goes_on: bool) -> Stage:
    if kind != PRODUCT:
        return Stage.RAW
    return Stage.SEMI_FINISHED if goes_on else Stage.FINISHED


def _sent(each: Delivery) -> Sent:
    return Sent(
        lot_id=each.lot_id,
        shipment=each.shipment_no,
        consignee=each.consignee,
        address=each.address,
        contact=each.contact,
        quantity=each.quantity,
        unit=each.unit,
        shipped_at=each.shipped_at,
        returned=tuple(back.lot_id for back in each.returned),
    )
