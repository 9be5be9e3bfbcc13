"""A scale comes to rest in seconds, rounds to its step, and shows no number beyond what it bears."""

from __future__ import annotations

from math import inf, isnan, nan

import pytest

from simulators.physics.scale import CAPACITY_G, LoadImpossible, Scale


def test_a_weight_comes_to_rest_without_overshoot() -> None:
    scale = Scale()
    assert scale.values() == (0.0, 1.0)
    scale.put(500.04)
    shown = []
    for _ in range(40):
        scale.advance(0.1)
        shown.append(scale.values())
    weights = [weight for weight, _ in shown]
    assert weights == sorted(weights)
    assert not shown[4][1]
    assert shown[-1] == (500.0, 1.0)
    at_rest = [weight for weight, settled in shown if settled]
    assert max(abs(weight - 500.0) for weight in at_rest) <= 0.1


def test_what_is_too_heavy_shows_no_number_until_it_is_off() -> None:
    scale = Scale()
    scale.put(CAPACITY_G + 1)
    scale.advance(10)
    weight, settled = scale.values()
    assert isnan(weight)
    assert not settled
    scale.put(0)
    scale.advance(10)
    assert scale.values() == (0.0, 1.0)


@pytest.mark.parametrize("load_g", [-0.1, nan, inf])
def test_a_load_is_a_weight(load_g: float) -> None:
    with pytest.raises(LoadImpossible):
        Scale().put(load_g)
