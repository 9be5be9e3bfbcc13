"""The picture of a genealogy: boxes do not lie on each other, and lines lead from parent to child."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given

from dashboards.genealogy_graph import BOX_HEIGHT, BOX_WIDTH, MOST_BOXES, lay_out
from mes.genealogy.model import Edge, Link
from tests.unit.genealogy.test_walk import EDGES, went


@given(EDGES)
def test_no_box_lies_on_another_and_all_are_within(edges: list[Edge]) -> None:
    lots = {lot for edge in edges for lot in (edge.parent_id, edge.child_id)} | {1}
    graph = lay_out(lots, edges)
    assert graph is not None
    assert {box.lot_id for box in graph.boxes} == lots
    assert len(graph.lines) == len(edges)
    for one, other in combinations(graph.boxes, 2):
        assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT
    for box in graph.boxes:
        assert 0 <= box.x <= graph.width - BOX_WIDTH
        assert 0 <= box.y <= graph.height - BOX_HEIGHT


def test_what_is_made_of_something_stands_to_its_right() -> None:
    graph = lay_out({1, 2, 3}, [went(1, 2), went(2, 3), went(3, 2, link=Link.REWORK)])
    assert graph is not None
    x = {box.lot_id: box.x for box in graph.boxes}
    assert x[1] < x[2] < x[3]


def test_too_many_boxes_are_no_picture() -> None:
    assert lay_out(set(range(MOST_BOXES + 1)), []) is None
