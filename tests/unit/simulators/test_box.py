"""An insulated box obeys the heat balance."""

from __future__ import annotations

from itertools import pairwise

import pytest

from simulators.physics.box import Box, saturated_g_kg
from simulators.physics.cold_room import ROOMS

SPEC = ROOMS["cold-room-1"].box


def without_cooling(hours: float, dt_s: float = 10.0) -> list[tuple[float, float]]:
    box = Box(SPEC, 5.0)
    seen = []
    for _ in range(int(hours * 3600 / dt_s)):
        box.advance(dt_s, 26.0, 0.0, airflow=0.0, coil_heat_w=0.0)
        seen.append((box.air_c, box.product_c))
    return seen


def test_without_cooling_air_rises_monotonically_to_ambient_and_never_beyond() -> None:
    air = [air for air, _ in without_cooling(200)]
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(air))
    assert 25.0 < air[-1] < 26.0


def test_product_lags_air() -> None:
    seen = without_cooling(4)
    assert all(air > product for air, product in seen)
    air_half = next(k for k, (air, _) in enumerate(seen) if air > 7)
    product_half = next((k for k, (_, product) in enumerate(seen) if product > 7), len(seen))
    assert product_half > 4 * air_half


def test_heat_is_neither_made_nor_lost() -> None:
    """What the nodes gained is what came through the walls, to the step's accuracy."""
    box, through_walls = Box(SPEC, 5.0), 0.0
    before = SPEC.air_j_k * box.air_c + SPEC.product_j_k * box.product_c + SPEC.coil_j_k * box.coil_c
    for _ in range(3600):
        through_walls += SPEC.wall_w_k * (26.0 - box.air_c)
        box.advance(1.0, 26.0, 0.0, airflow=0.0, coil_heat_w=0.0)
    after = SPEC.air_j_k * box.air_c + SPEC.product_j_k * box.product_c + SPEC.coil_j_k * box.coil_c
    assert after - before == pytest.approx(through_walls, rel=1e-3)


def test_a_longer_step_gives_the_same_warming() -> None:
    assert without_cooling(2, 20.0)[-1][0] == pytest.approx(without_cooling(2, 1.0)[-1][0], abs=0.05)


def test_an_open_door_brings_warmth_and_moisture() -> None:
    shut, opened = Box(SPEC, 5.0), Box(SPEC, 5.0)
    for _ in range(60):
        for box, door_w_k in ((shut, 0.0), (opened, SPEC.door_w_k)):
            box.advance(1.0, 26.0, door_w_k, airflow=1.0, coil_heat_w=0.0)
            box.breathe(1.0, 12.0, door_w_k > 0, fans=True)
    assert opened.air_c > shut.air_c + 0.3
    assert opened.moisture_g_kg > shut.moisture_g_kg


def test_a_cold_coil_dries_the_air() -> None:
    box = Box(SPEC, 5.0)
    before = box.moisture_g_kg
    box.coil_c = -8.0
    box.breathe(60.0, 11.5, door_open=False, fans=True)
    assert box.moisture_g_kg < before


def test_saturation_is_that_of_the_tables() -> None:
    """At 1013 hPa saturated air holds about 3.8 g/kg at 0 °C and 14.7 at 20 °C (psychrometric tables)."""
    assert saturated_g_kg(0.0) == pytest.approx(3.8, abs=0.1)
    assert saturated_g_kg(20.0) == pytest.approx(14.5, abs=0.4)
