"""Names of points."""

from __future__ import annotations

import pytest

from telemetry.point import BadPointName, is_edges_own, is_point_name, parse_point


def test_a_name_has_four_levels() -> None:
    name = parse_point("hainan/cold-store/cold-room-2/air-1")
    assert (name.equipment_path, name.measure) == ("hainan/cold-store/cold-room-2", "air-1")
    assert str(name) == "hainan/cold-store/cold-room-2/air-1"


@pytest.mark.parametrize("text", ["", "a/b/c", "a/b/c/d/e", "a/b/C/d", "a/b/c/-d", "a//c/d", "a/b/c/d\n", "甲/b/c/d"])
def test_anything_else_is_refused(text: str) -> None:
    assert not is_point_name(text)
    with pytest.raises(BadPointName):
        parse_point(text)


def test_what_an_edge_says_of_itself_is_told_from_the_plants_points() -> None:
    assert is_edges_own("hainan/edges/edge-line/backlog")
    assert not is_edges_own("hainan/filling/edges/backlog")
