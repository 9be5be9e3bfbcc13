"""The measurements of the store run, small: their figures are of real gateways and real questions."""

from __future__ import annotations

from isotherm.bench import history, large
from isotherm.bench.door import Done
from isotherm.bench.load import NAMES, PER_MESSAGE, message, payloads
from isotherm.bench.store import Turn, ingest_figures
from telemetry.wire import decode
from tests.plugins.database import Database


def test_a_small_plant_is_filled_and_measured_as_a_large_one(database: Database) -> None:
    extent = large.Extent(rows=150_000, turns=2, per_turn=1, asked=5)
    found = large.measure(database.owner, extent)
    assert found["ingest_x100_readings"] == history.ROWS_AN_HOUR
    for step in ("ingest_x1", "ingest_x10", "ingest_x100"):
        assert 0.1 < found[f"{step}_to_empty_cost"] < 10
    for question in ("last_1000", "trend_15min_raw_4", "trend_1d_4", "trend_28d_4"):
        assert 0 < found[f"{question}_p50_ms"] <= found[f"{question}_p99_ms"] < 5000


def test_an_hour_of_history_has_every_point_and_the_pace_of_each() -> None:
    hour = history.an_hour(3, 10**15)
    assert len(hour.point) == history.ROWS_AN_HOUR
    assert set(hour.point.tolist()) == set(range(len(NAMES)))
    assert (hour.point == 0).sum() == 3600
    assert (hour.point == 999).sum() == 20
    assert hour.time_us.max() < 10**15 - 3 * 3_600_000_000
    assert hour.time_us.min() >= 10**15 - 4 * 3_600_000_000


def test_the_load_is_no_easy_case() -> None:
    batch = message(4).batch
    assert len(set(batch.value)) > PER_MESSAGE // 2
    assert len(set(batch.device_us)) > 50
    [[first, *_]] = payloads(4, 1)
    assert decode(first) == message(4)


def test_each_turn_is_held_against_its_neighbour() -> None:
    turns = [Turn(bare_s=s, one=Done(s / 0.8, 0.1), two_s=s) for s in (0.5, 1.0, 2.0)]
    found = ingest_figures(turns)
    assert (found["ingest_to_copy_ratio"], found["two_gateways_to_copy_ratio"]) == (0.8, 1.0)
    assert found["ingest_to_copy_quartiles"] == [0.8, 0.8, 0.8]
