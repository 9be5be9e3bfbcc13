"""Whatever points a device has: all are read, within the limits, by as few requests as can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.drivers.modbus.config import Limits, ModbusPoint, Span
from edge.drivers.modbus.planner import Learned, Request, requests

kinds = st.sampled_from(["uint16", "float32", "float64"])


def point(n: int, unit: int, area: str, address: int, kind: str) -> ModbusPoint:
    told = {"point": f"a/b/c/p{n}", "unit": unit, "area": area, "address": address, "group": "g"}
    return ModbusPoint.model_validate(told if area == "coil" else {**told, "type": kind})


@st.composite
def points_of(draw: st.DrawFn, units: int = 2, last: int = 40, most: int = 40) -> list[ModbusPoint]:
    areas = st.sampled_from(["input", "coil"])
    places = st.tuples(st.integers(1, units), areas, st.integers(0, last), kinds)
    return [point(n, *place) for n, place in enumerate(draw(st.lists(places, max_size=most)))]


spans = st.tuples(st.sampled_from(["input", "coil"]), st.integers(0, 40), st.integers(0, 2)).map(
    lambda told: Span(area=told[0], first=told[1], last=told[1] + told[2])
)


@st.composite
def limits_of_units(draw: st.DrawFn) -> dict[int, Limits]:
    limits = st.builds(
        Limits,
        registers=st.integers(4, 125),
        bits=st.integers(1, 2000),
        gap=st.integers(0, 8),
        one_request_a_field=st.sampled_from([False, False, False, True]),
        forbidden=st.lists(spans, max_size=3).map(tuple),
    )
    return {unit: draw(limits) for unit in (1, 2)}


def allowed(points: Sequence[ModbusPoint], limits: dict[int, Limits]) -> list[ModbusPoint]:
    """The points that a config may name: none of them lies in a forbidden range."""
    return [p for p in points if not any(s.touches(p.area, p.address, p.last) for s in limits[p.unit].forbidden)]


def asked_by(points: Sequence[ModbusPoint]) -> set[int]:
    return {address for p in points for address in range(p.address, p.last + 1)}


@settings(max_examples=300)
@given(points_of(), limits_of_units())
def test_every_point_is_read_whole_by_exactly_one_request_within_all_limits(
    points: list[ModbusPoint], limits: dict[int, Limits]
) -> None:
    points = allowed(points, limits)
    planned = requests(points, limits.__getitem__)
    assert sorted(p.point for r in planned for p in r.points) == sorted(p.point for p in points)
    for request in planned:
        assert_within(request, limits[request.unit])


def assert_within(request: Request, limits: Limits) -> None:
    assert {(p.unit, p.area) for p in request.points} == {(request.unit, request.area)}
    assert all(request.address <= p.address and p.last <= request.last for p in request.points)
    assert 1 <= request.count <= limits.longest(request.area)
    assert not any(span.touches(request.area, request.address, request.last) for span in limits.forbidden)
    asked = asked_by(request.points)
    assert {request.address, request.last} <= asked
    assert all(b - a - 1 <= limits.gap for a, b in pairwise(sorted(asked)))
    assert request.read_along == request.count - len(asked)
    if limits.one_request_a_field:
        assert len({(p.address, p.last) for p in request.points}) == 1


@given(st.data(), points_of(), limits_of_units())
def test_the_configs_order_makes_no_difference(
    data: st.DataObject, points: list[ModbusPoint], limits: dict[int, Limits]
) -> None:
    one = requests(points, limits.__getitem__)
    other = requests(data.draw(st.permutations(points)), limits.__getitem__)
    assert [(r, r.reason) for r in one] == [(r, r.reason) for r in other]


@settings(max_examples=300)
@given(points_of(), limits_of_units(), st.lists(spans, max_size=4), st.lists(st.integers(1, 40), max_size=4))
def test_what_a_device_taught_is_heeded(
    points: list[ModbusPoint], limits: dict[int, Limits], refused: list[Span], splits: list[int]
) -> None:
    learned = Learned(frozenset((1, span) for span in refused), frozenset((1, "input", at) for at in splits))
    for request in requests(points, limits.__getitem__, learned):
        unasked = set(range(request.address, request.last + 1)) - asked_by(request.points)
        of_unit = [span for span in refused if request.unit == 1 and span.area == request.area]
        assert not any(span.first <= address <= span.last for span in of_unit for address in unasked)
        if (request.unit, request.area) == (1, "input") and not limits[1].one_request_a_field:
            assert not any(request.address < at <= max(p.address for p in request.points) for at in splits)


def partitions(points: Sequence[ModbusPoint]) -> Iterator[list[list[ModbusPoint]]]:
    """All ways to share points among requests."""
    if not points:
        yield []
        return
    for rest in partitions(points[1:]):
        yield [[points[0]], *rest]
        for i, some in enumerate(rest):
            yield [*rest[:i], [points[0], *some], *rest[i + 1 :]]


def is_one_request(points: Sequence[ModbusPoint], limits: Limits) -> bool:
    """Whether one request may read these. What another request reads in between is nobody's for this one."""
    asked = asked_by(points)
    longest = limits.longest(points[0].area)
    return (
        max(asked) - min(asked) < longest
        and all(b - a - 1 <= limits.gap for a, b in pairwise(sorted(asked)))
        and not any(span.touches(points[0].area, min(asked), max(asked)) for span in limits.forbidden)
    )


few = st.lists(st.tuples(st.integers(0, 16), kinds), min_size=1, max_size=6)


@settings(max_examples=300)
@given(few, st.integers(4, 12), st.integers(0, 4), st.lists(st.integers(0, 20), max_size=2))
@example([(0, "float64"), (1, "uint16"), (4, "uint16")], 12, 0, [])  # one lies within another
def test_no_other_way_needs_fewer_requests(
    places: list[tuple[int, str]], registers: int, gap: int, forbidden: list[int]
) -> None:
    limits = Limits(
        registers=registers, gap=gap, forbidden=tuple(Span(area="input", first=at, last=at) for at in forbidden)
    )
    points = allowed([point(n, 1, "input", *place) for n, place in enumerate(places)], {1: limits})
    fewest = min(
        len(shared) for shared in partitions(points) if all(is_one_request(together, limits) for together in shared)
    )
    assert len(requests(points, lambda _unit: limits)) == fewest


@given(points_of(units=1))
def test_halving_finds_every_place_and_ends(points: list[ModbusPoint]) -> None:
    found: list[str] = []
    pending = list(requests(points, lambda _unit: Limits()))
    while pending:
        request = pending.pop()
        halves = request.halves()
        if halves is None:
            found.extend(p.point for p in request.points)
            assert len({(p.address, p.last) for p in request.points}) == 1
        else:
            assert all(len(half.points) < len(request.points) for half in halves)
            pending.extend(halves)
    assert sorted(found) == sorted(p.point for p in points)
