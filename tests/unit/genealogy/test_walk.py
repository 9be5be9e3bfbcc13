"""Walks through graphs of lots, held against a naive one that follows every way."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mes.genealogy.model import Direction, Edge, Link, circles, ranks, walk

AT = datetime(2026, 1, 15, tzinfo=UTC)


def went(parent: int, child: int, quantity: str = "1", *, link: Link = Link.CONSUME, batch: int = 1) -> Edge:
    return Edge(
        parent_id=parent,
        child_id=child,
        link=link,
        quantity=Decimal(quantity),
        unit="kg",
        batch_id=batch,
        batch=f"B{batch}",
        order=None,
        first_at=AT,
        last_at=AT,
        times=1,
    )


def naive(start: int, edges: list[Edge], direction: Direction, depth: int) -> tuple[dict[int, int], set[Edge]]:
    """Every way of at most so many edges, each followed to its end."""
    least: dict[int, int] = {start: 0}
    used: set[Edge] = set()
    ways = [start]
    for at in range(1, depth + 1):
        onward = [edge for place in ways for edge in edges if edge.ends(direction)[0] == place]
        used |= set(onward)
        ways = list({edge.ends(direction)[1] for edge in onward})
        for place in ways:
            least.setdefault(place, at)
    return least, used


EDGES = st.lists(
    st.builds(
        went,
        st.integers(1, 8),
        st.integers(1, 8),
        st.sampled_from(["0.5", "1", "12.5"]),
        link=st.sampled_from(Link),
        batch=st.integers(1, 4),
    ).filter(lambda edge: edge.parent_id != edge.child_id),
    max_size=25,
    unique=True,
)


@given(EDGES, st.sampled_from(Direction), st.integers(1, 10))
def test_a_walk_meets_what_every_way_together_meets(edges: list[Edge], direction: Direction, depth: int) -> None:
    found = walk(1, edges, direction, depth)
    least, used = naive(1, edges, direction, depth)
    assert dict(found.depth) == least
    assert set(found.edges) == used
    assert len(found.edges) == len(used)
    whole = naive(1, edges, direction, 20)[0]
    assert found.cut == (whole.keys() != least.keys())
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for edge in used:
        sums[edge.ends(direction)[1]] += edge.quantity
    assert {lot: carried["kg"] for lot, carried in found.carried.items()} == sums


@given(EDGES)
def test_ranks_put_every_lot_behind_what_it_is_made_of(edges: list[Edge]) -> None:
    lots = {lot for edge in edges for lot in (edge.parent_id, edge.child_id)}
    onward = [edge for edge in edges if edge.link is not Link.REWORK]
    found = ranks(lots, edges)
    if not circles(onward):
        assert all(found[edge.parent_id] < found[edge.child_id] for edge in onward)
    assert set(found) == lots
    assert all(0 <= rank <= len(lots) for rank in found.values())


def test_three_lots_of_one_item_a_diamond_and_a_merge_are_all_there() -> None:
    raw = [went(1, 10, "5"), went(2, 10, "3"), went(3, 10, "4.5"), went(1, 11, "2", batch=2)]
    made = [went(10, 20, "8", batch=3), went(11, 20, "2", batch=3)]
    parted = [went(20, 30, "6", link=Link.SPLIT), went(20, 31, "4", link=Link.SPLIT)]
    merged = [went(30, 40, "6", link=Link.MERGE), went(31, 40, "4", link=Link.MERGE)]
    found = walk(40, raw + made + parted + merged, Direction.BACKWARD, 10)
    assert found.depth == {40: 0, 30: 1, 31: 1, 20: 2, 10: 3, 11: 3, 1: 4, 2: 4, 3: 4}
    assert found.carried[1] == {"kg": Decimal(7)}
    assert found.carried[20] == {"kg": Decimal(10)}
    assert not found.cut


def test_rework_that_closes_no_circle_stands_behind_what_it_reworks() -> None:
    once = [went(1, 2), went(2, 3, link=Link.REWORK)]
    assert ranks({1, 2, 3}, once) == {1: 0, 2: 1, 3: 2}
    assert ranks({1, 2, 3}, [*once, went(3, 2, link=Link.REWORK)]) == {1: 0, 2: 1, 3: 2}


def test_rework_goes_round_once_and_other_circles_are_told() -> None:
    rework = [went(1, 2), went(2, 3), went(3, 2, link=Link.REWORK, batch=2)]
    found = walk(1, rework, Direction.FORWARD, 10)
    assert found.depth == {1: 0, 2: 1, 3: 2}
    assert len(found.edges) == 3
    assert circles(rework) == ()
    wrong = [*rework[:2], went(3, 2, batch=2)]
    assert set(circles(wrong)) == {wrong[1], wrong[2]}


def test_a_walk_that_ends_early_says_so() -> None:
    chain = [went(n, n + 1) for n in range(1, 6)]
    assert walk(1, chain, Direction.FORWARD, 3).cut
    assert max(walk(1, chain, Direction.FORWARD, 3).depth) == 4
    assert not walk(1, chain, Direction.FORWARD, 5).cut
