"""Fourteen days of history: complete, in order, healthy, and one with the live plant."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.history import MAX_READINGS, history
from simulators.works import EDGES, points, warmed
from telemetry.batch import Batch
from telemetry.clock import to_us
from tests.unit.simulators.plants import NOON_IN_HAINAN

END = NOON_IN_HAINAN
START = END - timedelta(days=14)
Fortnight = tuple[list[tuple[str, Batch]], float]
Series = dict[str, NDArray[np.float64]]


@pytest.fixture(scope="module")
def fortnight() -> Fortnight:
    before = time.process_time()
    return list(history(START, END, seed=1)), time.process_time() - before


@pytest.fixture(scope="module")
def series(fortnight: Fortnight) -> Series:
    parts: dict[str, list[NDArray[np.float64]]] = {}
    for _, batch in fortnight[0]:
        table = np.frombuffer(batch.value).reshape(-1, len(batch.points))
        for k, point in enumerate(batch.points):
            parts.setdefault(point, []).append(table[:, k])
    return {point: np.concatenate(arrays) for point, arrays in parts.items()}


def test_it_takes_seconds(fortnight: Fortnight) -> None:
    assert fortnight[1] < 25


def test_every_point_has_every_minute_in_order(fortnight: Fortnight) -> None:
    batches, _ = fortnight
    for edge in EDGES:
        mine = [batch for name, batch in batches if name == edge]
        times = np.concatenate([np.frombuffer(batch.device_us, dtype=np.int64) for batch in mine])
        assert np.all(np.diff(times) >= 0)
        width = len(mine[0].points)
        assert len(times) == 14 * 1440 * width
        assert times[0] == to_us(START)
        assert times[-1] == to_us(END) - 60_000_000
        assert all(len(batch) <= MAX_READINGS for batch in mine)
        assert all(set(batch.quality) == {192} for batch in mine)
    assert sum(len(batch) for _, batch in batches) == 73 * 14 * 1440


def test_rooms_and_trucks_never_leave_2_to_8_and_the_freezer_stays_frozen(series: Series) -> None:
    for place in ("cold-store/cold-room-1", "cold-store/cold-room-2", "fleet/truck-1", "fleet/truck-2"):
        for probe in ("air-1", "air-2"):
            values = series[f"hainan/{place}/{probe}"]
            assert values.min() > 2.0
            assert values.max() < 8.0
    for probe in ("air-1", "air-2", "product"):
        values = series[f"hainan/cold-store/freezer-1/{probe}"]
        assert values.min() > -25.0
        assert values.max() < -15.0


@pytest.mark.parametrize("seed", [2, 3])
def test_other_seeds_are_healthy_too(seed: int) -> None:
    for edge, batch in history(END - timedelta(days=3), END, seed, every_s=10):
        if edge == "edge-line":
            continue
        table = np.frombuffer(batch.value).reshape(-1, len(batch.points))
        for k, point in enumerate(batch.points):
            if point.endswith(("air-1", "air-2")):
                limit = -15.0 if "freezer" in point else 8.0
                assert table[:, k].max() < limit, point


def test_there_is_life_in_it(series: Series) -> None:
    """Compressors cycle, doors open by day more than by night, the line makes pens, the sun shows, trucks drive."""
    assert 0.2 < series["hainan/cold-store/cold-room-1-compressor/running"].mean() < 0.6
    hour = (np.arange(14 * 1440) / 60 + 12) % 24
    door = series["hainan/cold-store/cold-room-1/door"]
    assert door[(hour > 8) & (hour < 20)].mean() > 3 * door[(hour > 20) | (hour < 8)].mean()
    ambient = series["hainan/cold-store/outdoor/ambient"]
    assert 23.5 < ambient.min() < 26.5
    assert 30.5 < ambient.max() < 33.5
    assert series["hainan/filling/line-1/good-count"].max() > 60_000
    assert np.ptp(series["hainan/fleet/truck-1/latitude"]) > 0.5


def test_the_same_seed_gives_the_same_history() -> None:
    def first(seed: int) -> list[tuple[str, bytes]]:
        return [(edge, batch.value.tobytes()) for edge, batch in history(START, START + timedelta(hours=3), seed)]

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_the_live_plant_goes_on_where_history_ended(series: Series) -> None:
    works = warmed(1, END.timestamp())
    for name in works.machines:
        for point, value in zip(points(name), works.read(name).values(), strict=True):
            last = series[point][-1]
            if point.endswith(("air-1", "air-2", "product", "ambient", "room-temperature")):
                assert value == pytest.approx(last, abs=1.6), point
            elif point.endswith(("latitude", "longitude")):
                assert value == pytest.approx(last, abs=0.02), point
            elif point.endswith("good-count"):
                assert 0 <= value - last <= 61, point
