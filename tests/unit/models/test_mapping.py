"""Where loggers must hang: a plan that keeps the rules, and every rule that a worse plan breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.mapping import Check, GridRules, Position, Role, Space, Spot, check_grid, propose

GSP = GridRules(
    least=9,
    horizontal_m=5,
    vertical_m=2,
    corners=True,
    centre=True,
    per_door=5,
    per_fan=5,
    per_dead=3,
    interval_s=300,
    lasts_s=172_800,
    probe_error=0.5,
    citation="App.5",
)
TRUCK = GridRules(
    least=9, step_m3=20, step_points=9, centre=True, interval_s=300, lasts_s=18_000, probe_error=0.5, citation="App.5"
)
BOX = GridRules(least=5, centre=True, interval_s=300, lasts_s=18_000, probe_error=0.5, citation="App.5")
DOOR = Spot(role=Role.DOOR, x_m=0, y_m=3, z_m=1)
FAN = Spot(role=Role.FAN, x_m=10, y_m=3, z_m=2.8)
DEAD = Spot(role=Role.DEAD, x_m=10, y_m=6, z_m=0)
ROOM = Space(length_m=10, width_m=6, height_m=3, spots=(DOOR, FAN, DEAD))


def broken(space: Space, positions: tuple[Position, ...], rules: GridRules = GSP) -> dict[str, Check]:
    return {check.rule: check for check in check_grid(space, positions, rules) if not check.holds}


def test_a_proposed_plan_keeps_every_rule() -> None:
    plan = propose(ROOM, GSP)
    assert broken(ROOM, plan) == {}
    roles = [position.role for position in plan]
    assert [roles.count(role) for role in (Role.DOOR, Role.FAN, Role.DEAD)] == [5, 5, 3]
    assert len({(p.x_m, p.y_m, p.z_m) for p in plan if p.role is not Role.GRID}) == 13
    assert len({p.code for p in plan}) == len(plan)


def test_each_rule_that_is_broken_is_named_with_its_worst_place() -> None:
    plan = propose(ROOM, GSP)
    no_door = tuple(p for p in plan if p.role is not Role.DOOR)
    assert broken(ROOM, no_door)["per_door"].found == "0 (#1, x 0.0 y 3.0 z 1.0)"
    eight = tuple(p for p in plan if p.role is Role.GRID)[:8]
    assert "count" in broken(ROOM, eight)
    flat = tuple(p for p in plan if p.role is not Role.GRID or p.z_m < 0.5)
    assert broken(ROOM, flat)["vertical"].found.startswith("2.7 m")
    assert "corners" in broken(ROOM, flat)
    west = tuple(p for p in plan if p.role is not Role.GRID or p.x_m < 4)
    assert set(broken(ROOM, west)) >= {"horizontal"}
    adrift = (*plan, Position(code="X", role=Role.GRID, x_m=11, y_m=1, z_m=1))
    assert broken(ROOM, adrift)["within"].found == "X"
    assert set(broken(ROOM, ())) == {"count", "corners", "centre", "horizontal", "vertical"} | {
        "per_door",
        "per_fan",
        "per_dead",
    }


def test_outside_loggers_count_for_nothing() -> None:
    outside = tuple(Position(code=f"A{n}", role=Role.AMBIENT, x_m=20, y_m=0, z_m=0) for n in range(20))
    assert broken(ROOM, outside)["count"].found == "0"


@pytest.mark.parametrize(("volume", "least"), [(12, 9), (20, 9), (20.1, 18), (40, 18), (45, 27)])
def test_a_truck_needs_nine_for_every_twenty_cubic_metres(volume: float, least: int) -> None:
    truck = Space(length_m=volume / 4, width_m=2, height_m=2)
    assert TRUCK.least_for(truck) == least
    plan = propose(truck, TRUCK)
    assert len(plan) >= least
    assert broken(truck, plan, TRUCK) == {}


def test_a_box_needs_five() -> None:
    box = Space(length_m=0.6, width_m=0.4, height_m=0.4)
    plan = propose(box, BOX)
    assert len(plan) == 5
    assert broken(box, plan, BOX) == {}


sides = st.floats(1.5, 30).map(lambda side: round(side, 2))


@settings(max_examples=25)
@given(sides, sides, st.floats(1.5, 9).map(lambda side: round(side, 2)))
def test_a_proposal_keeps_the_rules_in_any_room(length: float, width: float, height: float) -> None:
    room = Space(length_m=length, width_m=width, height_m=height)
    spots = (
        replace(DOOR, y_m=width / 2),
        replace(FAN, x_m=length, y_m=0.0, z_m=height),
        replace(DEAD, x_m=0, y_m=width),
    )
    room = replace(room, spots=spots)
    assert broken(room, propose(room, GSP)) == {}


@given(st.data())
def test_whatever_is_left_out_of_a_smallest_plan_is_noticed(data: st.DataObject) -> None:
    """A grid of two by two by two with its centre: without any one of them a rule is broken."""
    room = Space(length_m=5.2, width_m=5.2, height_m=2.5)
    plan = propose(room, GSP)
    assert len(plan) == 9
    gone = data.draw(st.sampled_from(plan))
    assert broken(room, tuple(p for p in plan if p is not gone))
