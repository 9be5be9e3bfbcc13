"""Simulated cold rooms repeat by their seed, keep their set point, and break in the ways that are written on them."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.cold_room_faults import COMMISSIONING_MIN, FAULTS, Fault, acting, drawn_faults, read_air
from simulators.cold_rooms import simulate
from simulators.physics.room_fleet import KINDS, Fleet, drawn


def test_the_same_seed_gives_the_same_rooms_and_another_one_others() -> None:
    one, again, other = (simulate(2, 1, seed=seed, share_each=0) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.x, again.x)
    assert not np.array_equal(np.nan_to_num(one.x), np.nan_to_num(other.x))


@pytest.mark.parametrize("physics", KINDS)
def test_healthy_rooms_of_every_kind_stay_about_their_set_point(physics: str) -> None:
    run = simulate(6, 1, seed=3, physics=physics, share_each=0)
    assert np.abs(np.nanmedian(run.x[:, :, 0], axis=0) - KINDS[physics].set_point_c).max() < 2
    assert (run.product_c[-1] < run.limit_c).all()
    assert {label.fault for label in run.labels} == {"none"}


def test_without_compressor_the_product_of_every_room_gets_too_warm() -> None:
    kind, draw = KINDS["freezer"], np.random.default_rng(1)
    fleet = Fleet(kind, drawn(kind, 5, draw), draw)
    faults = [Fault(room, "comp_fail", 60, 1440, 0.0) for room in range(5)]
    for minute in range(1440):
        fleet.advance(np.full(5, 25.0), acting(faults, minute, np.zeros(5, dtype=bool)))
    assert (fleet.product > kind.limit_c).all()


def test_each_fault_hits_rooms_of_its_own_after_the_week_of_commissioning() -> None:
    faults = drawn_faults(100, 28 * 1440, 0.06, np.random.default_rng(1))
    assert sorted({fault.kind for fault in faults}) == sorted(FAULTS)
    assert len({fault.room for fault in faults}) == len(faults) == 60
    assert min(fault.start_min for fault in faults) > COMMISSIONING_MIN


def test_a_probe_reads_in_tenths_and_its_faults_are_its_own() -> None:
    faults = [Fault(0, "sensor_stuck", 100, 200, 0.0), Fault(1, "dropout", 100, 200, 0.0)]
    air = np.full((300, 2), -20.0) + np.sin(np.arange(300) / 7)[:, None]
    seen = read_air(air, np.full(2, 0.1), faults, np.random.default_rng(2))
    assert np.nanmax(np.abs(seen * 10 - np.round(seen * 10))) < 1e-9
    assert len(np.unique(seen[100:200, 0][~np.isnan(seen[100:200, 0])])) == 1
    assert np.isnan(seen[100:200, 1]).all()
    assert not np.isnan(seen[200:, 1]).all()
