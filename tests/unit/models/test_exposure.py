"""Lots are exposed while they stand in a place that is out: moments that only touch do not count."""

from __future__ import annotations

import pytest

from models.exposure import exposed, exposure_s
from models.interval import Interval
from tests.unit.models.readings import at


def between(start: float, end: float) -> Interval:
    return Interval(at(start), at(end))


@pytest.mark.parametrize(("dwell", "minutes"), [((0, 130), 30), ((150, 500), 10), ((0, 100), 0), ((90, 200), 60)])
def test_b7_vector(dwell: tuple[float, float], minutes: float) -> None:
    assert exposure_s([between(100, 160)], [between(*dwell)]) == minutes * 60


@pytest.mark.parametrize(
    ("dwell", "affected"),
    [((480, 560), False), ((594 + 59 / 60, 700), True), ((595, 700), False), ((500, 570), True)],
)
def test_affected_lots_of_a_breach_from_0920_to_0955(dwell: tuple[float, float], affected: bool) -> None:
    assert bool(exposed([between(560, 595)], [between(*dwell)])) is affected


def test_two_probes_out_together_expose_once() -> None:
    probes = [between(100, 160), between(120, 180)]
    assert exposed(probes, [between(0, 110), between(150, 170), between(165, 300)]) == (
        between(100, 110),
        between(150, 180),
    )
