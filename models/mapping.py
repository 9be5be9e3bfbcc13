"""A mapping study: where loggers must hang in a space, and what their readings say of it. Pure.

Lengths are metres from one corner of the floor, temperatures °C, times µs since 1970 UTC. Rules are figures of a
regulation that come as data; each check answers with its figures and its citation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, product
from math import ceil, hypot, sqrt

import numpy as np
import numpy.typing as npt

Place = tuple[float, float, float]


class Role(StrEnum):
    """What a position is there for."""

    GRID = "grid"  # evenly spread, corners and centre among them
    DOOR = "door"
    FAN = "fan"  # an outlet of cold air
    DEAD = "dead"  # a corner behind shelves or pillars that air hardly reaches
    AMBIENT = "ambient"  # outside: what the room warms towards


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in a space: a door, an outlet, a dead corner."""

    role: Role
    x_m: float
    y_m: float
    z_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a logger hangs."""

    code: str
    role: Role
    x_m: float
    y_m: float
    z_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A box-shaped space with what is special in it."""

    length_m: float
    width_m: float
    height_m: float
    spots: tuple[Spot, ...] = ()

    @property
    def area_m2(self) -> float:
        return round(self.length_m * self.width_m, 6)

    @property
    def volume_m3(self) -> float:
        return round(self.area_m2 * self.height_m, 6)

    @property
    def corners(self) -> tuple[Place, ...]:
        return tuple(product((0.0, self.length_m), (0.0, self.width_m), (0.0, self.height_m)))

    def holds(self, x_m: float, y_m: float, z_m: float) -> bool:
        """Whether a place lies within."""
        return 0 <= x_m <= self.length_m and 0 <= y_m <= self.width_m and 0 <= z_m <= self.height_m


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRules:
    """What a regulation asks of a study of one kind of space. 0 or None: it asks nothing."""

    least: int
    step_m3: float | None = None  # `step_points` more for every further so many m3 begun
    step_points: int = 0
    horizontal_m: float | None = None  # farthest two neighbours may be apart
    vertical_m: float | None = None
    corners: bool = False
    centre: bool = False
    per_door: int = 0
    per_fan: int = 0
    per_dead: int = 0
    reach_m: float = 1.5  # how near to what it is for a position must hang
    interval_s: float
    lasts_s: float
    probe_error: float  # largest error of a logger, by its certificate
    known_share: float = 0.95  # of the time, at every position
    citation: str

    def least_for(self, space: Space) -> int:
        """Fewest positions of this space."""
        if self.step_m3 is None or space.volume_m3 <= self.step_m3:
            return self.least
        return self.least + self.step_points * ceil(round((space.volume_m3 - self.step_m3) / self.step_m3, 9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule against one plan or study."""

    rule: str  # its code, as words are kept for it
    holds: bool
    asked: str  # the figure asked for, with unit
    found: str  # what there is, with unit; the worst place where there is one
    citation: str


MARGIN_M = 0.3
"""How far from walls, floor and ceiling a logger hangs."""


_LETTERS = {Role.DOOR: "D", Role.FAN: "F", Role.DEAD: "K"}


def propose(space: Space, rules: GridRules) -> tuple[Position, ...]:
    """Positions that keep the rules: an even grid with corners and centre, then what hangs at doors, fans, corners."""
    middle = (space.length_m / 2, space.width_m / 2, space.height_m / 2)
    lines = [
        _line(space.length_m, rules.horizontal_m),
        _line(space.width_m, rules.horizontal_m),
        _line(space.height_m, rules.vertical_m),
    ]
    places = _mesh(lines, rules)
    while len({*places, middle} if rules.centre else places) < rules.least_for(space):
        longest = max(range(3), key=lambda axis: lines[axis][1] - lines[axis][0])
        lines[longest] = _denser(lines[longest])
        places = _mesh(lines, rules)
    if rules.centre and middle not in places:
        places.append(middle)
    places.sort(key=lambda p: (p[2], p[1], p[0]))
    grid = [_position(f"G{n}", Role.GRID, place) for n, place in enumerate(places, 1)]
    return (*grid, *_special(space, rules))


def _mesh(lines: Sequence[Sequence[float]], rules: GridRules) -> list[Place]:
    """All places of the grid; of a box's eight corners every other one, where so few are asked for."""
    xs, ys, zs = lines
    places = list(product(xs, ys, zs))
    if rules.corners or rules.least >= len(places) or len(places) != 2**3:
        return places
    return [place for n, place in enumerate(places) if n.bit_count() % 2 == 0]


def _line(length_m: float, apart_m: float | None) -> tuple[float, ...]:
    """Evenly spread places from wall to wall, no farther apart than asked."""
    margin = min(MARGIN_M, length_m / 4)
    span = length_m - 2 * margin
    steps = max(1, ceil(round(span / apart_m, 9))) if apart_m else 1
    return tuple(round(margin + span * step / steps, 2) for step in range(steps + 1))


def _denser(line: tuple[float, ...]) -> tuple[float, ...]:
    steps = len(line)
    return tuple(round(line[0] + (line[-1] - line[0]) * step / steps, 2) for step in range(steps + 1))


def _special(space: Space, rules: GridRules) -> list[Position]:
    """Positions around each spot, as many as the rule asks for."""
    asked = {Role.DOOR: rules.per_door, Role.FAN: rules.per_fan, Role.DEAD: rules.per_dead}
    found: list[Position] = []
    for role, count in asked.items():
        spots = [spot for spot in space.spots if spot.role is role]
        for n, spot in enumerate(spots, 1):
            around = _around(space, spot, rules.reach_m / 2)[:count]
            found += [_position(f"{_LETTERS[role]}{n}.{k}", role, place) for k, place in enumerate(around, 1)]
    return found


def _around(space: Space, spot: Spot, by: float) -> list[Place]:
    """The spot itself, then to every side of it; what would be in a wall hangs before it, and nothing twice."""
    straight = [(by, 0.0, 0.0), (-by, 0.0, 0.0), (0.0, by, 0.0), (0.0, -by, 0.0), (0.0, 0.0, by), (0.0, 0.0, -by)]
    aslant = [(dx, dy, 0.0) for dx in (by, -by) for dy in (by, -by)]
    sides = (space.length_m, space.width_m, space.height_m)
    found: dict[Place, None] = {}
    for dx, dy, dz in [(0.0, 0.0, 0.0), *straight, *aslant]:
        place = (spot.x_m + dx, spot.y_m + dy, spot.z_m + dz)
        x, y, z = (round(min(max(at, 0.05), most - 0.05), 2) for at, most in zip(place, sides, strict=True))
        found[x, y, z] = None
    return list(found)


def _position(code: str, role: Role, place: Place) -> Position:
    x, y, z = (round(value, 2) for value in place)
    return Position(code=code, role=role, x_m=x, y_m=y, z_m=z)


def check_grid(space: Space, positions: Sequence[Position], rules: GridRules) -> tuple[Check, ...]:
    """Every rule about where loggers hang, kept or broken."""
    inside = [p for p in positions if p.role is not Role.AMBIENT]
    grid = [p for p in inside if p.role is Role.GRID]
    found = [_count(space, inside, rules), _within(space, inside, rules)]
    if rules.corners:
        found.append(_corners(space, inside, rules))
    if rules.centre:
        found.append(_centre(space, inside, rules))
    if rules.horizontal_m is not None:
        found.append(_spread(space, grid, rules))
    if rules.vertical_m is not None:
        found.append(_levels(space, grid, rules))
    for role, least in ((Role.DOOR, rules.per_door), (Role.FAN, rules.per_fan), (Role.DEAD, rules.per_dead)):
        spots = [spot for spot in space.spots if spot.role is role]
        found += [_at_spot(n, spot, inside, least, rules) for n, spot in enumerate(spots, 1) if least]
    return tuple(found)


def _count(space: Space, inside: Sequence[Position], rules: GridRules) -> Check:
    least = rules.least_for(space)
    return _check("count", len(inside) >= least, str(least), str(len(inside)), rules)


def _within(space: Space, inside: Sequence[Position], rules: GridRules) -> Check:
    outside = [p.code for p in inside if not space.holds(p.x_m, p.y_m, p.z_m)]
    return _check("within", not outside, "0", ", ".join(outside) or "0", rules)


def _corners(space: Space, inside: Sequence[Position], rules: GridRules) -> Check:
    reach = rules.reach_m
    bare = [c for c in space.corners if all(_distance(p, c) > reach for p in inside)]
    found = "; ".join(_told(corner) for corner in bare) or f"{len(space.corners)}"
    return _check("corners", not bare, f"{len(space.corners)}", found, rules)


def _centre(space: Space, inside: Sequence[Position], rules: GridRules) -> Check:
    middle = (space.length_m / 2, space.width_m / 2, space.height_m / 2)
    nearest = min((_distance(p, middle) for p in inside), default=float("inf"))
    return _check("centre", nearest <= rules.reach_m, f"{rules.reach_m:g} m", f"{nearest:.1f} m", rules)


def _spread(space: Space, grid: Sequence[Position], rules: GridRules) -> Check:
    """No spot of the floor is farther from a position than the middle of a square grid's mesh would be."""
    apart = rules.horizontal_m or 0.0
    floor = _lattice(space.length_m, space.width_m)
    places = np.array([(p.x_m, p.y_m) for p in grid], dtype=float).reshape(-1, 2)
    if not len(places):
        return _check("horizontal", False, f"{apart:g} m", "–", rules)
    away = np.sqrt(((floor[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)).min(axis=1)
    worst = int(away.argmax())
    mesh = float(away[worst]) * sqrt(2)  # of the square grid whose mesh has its middle as far away
    holds = mesh <= apart + 0.05
    return _check("horizontal", holds, f"{apart:g} m", f"{mesh:.1f} m ({_told(floor[worst])})", rules)


def _levels(space: Space, grid: Sequence[Position], rules: GridRules) -> Check:
    """Over every place of the grid, from floor to ceiling, neighbours hang no farther apart than asked."""
    apart, reach = rules.vertical_m or 0.0, (rules.horizontal_m or max(space.length_m, space.width_m)) / sqrt(2)
    worst, where = 0.0, "–"
    for place in grid:
        near = {p.z_m for p in grid if hypot(p.x_m - place.x_m, p.y_m - place.y_m) <= reach + 0.05}
        heights = sorted({0.0, *near, space.height_m})
        gap, above = max((b - a, a) for a, b in pairwise(heights))
        if gap > worst:
            worst, where = gap, _told((place.x_m, place.y_m, above))
    holds = bool(grid) and worst <= apart + 0.005
    return _check("vertical", holds, f"{apart:g} m", f"{worst:.1f} m ({where})", rules)


def _at_spot(n: int, spot: Spot, inside: Sequence[Position], least: int, rules: GridRules) -> Check:
    near = [p for p in inside if p.role is spot.role and _distance(p, (spot.x_m, spot.y_m, spot.z_m)) <= rules.reach_m]
    where = _told((spot.x_m, spot.y_m, spot.z_m))
    return _check(f"per_{spot.role}", len(near) >= least, str(least), f"{len(near)} (#{n}, {where})", rules)


def _check(rule: str, holds: bool, asked: str, found: str, rules: GridRules) -> Check:
    return Check(rule=rule, holds=holds, asked=asked, found=found, citation=rules.citation)


def _distance(position: Position, place: Sequence[float]) -> float:
    x, y, z = place
    return sqrt((position.x_m - x) ** 2 + (position.y_m - y) ** 2 + (position.z_m - z) ** 2)


def _lattice(length_m: float, width_m: float) -> npt.NDArray[np.float64]:
    """Places of the floor, a quarter of a metre apart, at most about a hundred a side."""
    step = max(0.25, length_m / 100, width_m / 100)
    xs, ys = (np.append(np.arange(0, side, step), side) for side in (length_m, width_m))
    return np.array(list(product(xs, ys)))


def _told(place: Sequence[float]) -> str:
    names = ("x", "y", "z")
    return " ".join(f"{name} {value:.1f}" for name, value in zip(names, place, strict=False))
