"""A cold room's compressor: healthy, without refrigerant, with a tired motor, and with people at the door."""

from __future__ import annotations

import json
from dataclasses import replace
from math import nan

import numpy as np
import pytest

from models.circuit import Circuit, circuit
from models.columns import Values
from models.compressor import CompressorNormal, CompressorSettings, TooLittleHistory, find, learn
from tests.unit.models.readings import BAD, T0_US

STEP_S = 10
CYCLE = 72  # rows: runs for 4 of 12 minutes
RUN = 24
SETTINGS = CompressorSettings(learn_s=1800)


def a_circuit(hours: float = 1.0, *, start_s: int = 0, seed: int = 7) -> Circuit:
    """A healthy room between 4.75 and 5.5 °C, sampled every 10 s; it begins with a start of the compressor."""
    rows = np.arange(int(hours * 360))
    draw = np.random.default_rng(seed)
    into = rows % CYCLE
    running = (into < RUN).astype(float)
    air = np.where(into < RUN, 5.5 - 0.75 * into / RUN, 4.75 + 0.75 * (into - RUN) / (CYCLE - RUN))
    coil = np.where(running == 1, air - 12 * (1 - np.exp(-(into + 1) / 3)), air)
    current = running * (8.4 + 0.06 * draw.standard_normal(len(rows)))
    return Circuit(
        step_s=STEP_S,
        time_us=T0_US + (start_s + rows * STEP_S) * 1_000_000,
        running=running,
        current_a=current,
        coil_c=coil.round(1),
        air_c=(air + 0.03 * draw.standard_normal(len(rows))).round(1),
        door=np.zeros(len(rows)),
        defrost=np.zeros(len(rows)),
    )


def from_row(column: Values, row: int, value: Values | float) -> Values:
    """The column with another value from a row on."""
    return np.where(np.arange(len(column)) >= row, value, column)


def failed(window: Circuit, row: int, *, current_a: float = 3.5) -> Circuit:
    """From a row on it moves no heat: the coil warms to the air, the air rises, the motor runs without load."""
    since = np.maximum(np.arange(len(window)) - row, 0)
    air = from_row(window.air_c, row, (window.air_c[row] + 0.02 * since).round(1))
    return replace(
        window,
        running=from_row(window.running, row, 1.0),
        current_a=from_row(window.current_a, row, current_a),
        air_c=air,
        coil_c=from_row(window.coil_c, row, (air - 8 * np.exp(-since / 4)).round(1)),
    )


@pytest.fixture(scope="module")
def normal() -> CompressorNormal:
    return learn(a_circuit(24), SETTINGS)


def test_it_learns_what_is_normal(normal: CompressorNormal) -> None:
    assert normal.current_a == pytest.approx(8.4, abs=0.05)
    assert normal.difference_k == pytest.approx(12, abs=0.3)
    assert normal.slope_k_s == pytest.approx(-0.75 / 240, rel=0.2)
    assert normal.learned_s == pytest.approx(24 * 5 * 120, rel=0.15)  # half of every run


def test_it_does_not_learn_from_too_little() -> None:
    with pytest.raises(TooLittleHistory):
        learn(a_circuit(1), SETTINGS)
    with pytest.raises(TooLittleHistory):
        learn(replace(a_circuit(24), door=np.ones(24 * 360)), SETTINGS)
    with pytest.raises(TooLittleHistory):
        learn(replace(a_circuit(24), coil_c=np.full(24 * 360, nan)), SETTINGS)


def test_a_healthy_compressor_is_left_alone(normal: CompressorNormal) -> None:
    assert find(a_circuit(24, seed=11), normal, SETTINGS) is None


def test_a_compressor_that_moves_no_heat_is_found_while_the_room_is_still_cold(normal: CompressorNormal) -> None:
    window = failed(a_circuit(0.5, start_s=90_000), 12)
    found = find(window, normal, SETTINGS)
    assert found is not None
    assert found.failure_mode == "not_cooling"
    assert found.score >= found.threshold == 6
    assert found.from_us == int(window.time_us[30])  # nobody knows of the door before the window
    assert found.to_us == int(window.time_us[-1])
    difference, current = sorted(found.contributions, key=lambda each: each.signal)
    assert difference.observed == pytest.approx(0, abs=0.5)
    assert difference.expected == pytest.approx(12, abs=0.3)
    assert current.observed == 3.5
    assert found.contributions[0].signal == "current"  # the greatest first
    assert max(window.air_c[:60]) < 8


def test_what_it_says_it_says_in_both_languages_and_as_json(normal: CompressorNormal) -> None:
    found = find(failed(a_circuit(0.5), 12), normal, SETTINGS)
    assert found is not None
    assert found.words.en.startswith("Runs and does not cool: air is 0.0 K above the coil, normally 12.0 K;")
    assert found.words.zh.startswith("运行但不制冷：空气与蒸发器温差 0.0 K，")
    assert "正常为 12.0 K" in found.words.zh
    assert json.loads(json.dumps(found.as_json()))["contributions"][0]["signal"] == "current"


def test_a_difference_that_rounds_to_nothing_has_no_sign(normal: CompressorNormal) -> None:
    window = failed(a_circuit(0.5), 12)
    found = find(replace(window, coil_c=window.air_c + 0.04), normal, SETTINGS)
    assert found is not None
    assert found.contributions[-1].observed == pytest.approx(-0.04)
    assert "air is 0.0 K above" in found.words.en
    assert "温差 0.0 K" in found.words.zh


def test_a_few_minutes_are_not_evidence(normal: CompressorNormal) -> None:
    window = failed(a_circuit(0.5), 12)
    asks_for_more = replace(SETTINGS, evidence_s=1800)
    assert find(window, normal, asks_for_more) is None


@pytest.mark.parametrize(("part", "mode"), [(0.7, "current_low"), (1.3, "current_high"), (0.9, None), (1.1, None)])
def test_a_current_that_is_not_its_own(normal: CompressorNormal, part: float, mode: str | None) -> None:
    healthy = a_circuit(2)
    found = find(replace(healthy, current_a=healthy.current_a * part), normal, SETTINGS)
    assert (found and found.failure_mode) == mode


def test_a_circuit_that_is_pulled_down_draws_more_and_is_left_alone(normal: CompressorNormal) -> None:
    healthy = a_circuit(0.5)
    loaded = replace(healthy, current_a=healthy.current_a * 1.6, coil_c=healthy.air_c - 7.0)
    assert find(loaded, normal, SETTINGS) is None


def test_single_readings_decide_nothing(normal: CompressorNormal) -> None:
    healthy = a_circuit(2)
    flickering = np.where(np.arange(len(healthy)) % 2 == 0, healthy.current_a * 0.5, healthy.current_a)
    assert find(replace(healthy, current_a=flickering), normal, SETTINGS) is None


@pytest.mark.parametrize("disturbed", ["door", "defrost"])
def test_a_door_or_a_defrost_lengthens_and_hides_nothing(normal: CompressorNormal, disturbed: str) -> None:
    window = failed(a_circuit(1.5), 12)
    standing = np.ones(len(window))
    assert find(replace(window, **{disturbed: standing}), normal, SETTINGS) is None  # type: ignore[arg-type]

    for_a_while = np.where(np.arange(len(window)) < 200, 1.0, 0.0)
    found = find(replace(window, **{disturbed: for_a_while}), normal, SETTINGS)  # type: ignore[arg-type]
    assert found is not None
    assert found.from_us == int(window.time_us[200 + 30 - 1])  # quiet for five minutes since the last row disturbed


def test_evidence_adds_up_over_a_disturbance(normal: CompressorNormal) -> None:
    window = failed(a_circuit(1.5), 0)
    passing = (np.arange(len(window)) % 50 < 2).astype(float)  # someone passes every eight minutes
    assert find(replace(window, door=passing), normal, SETTINGS) is not None


def test_a_coil_probe_that_reads_warm_while_the_air_falls_is_no_failure_of_the_compressor(
    normal: CompressorNormal,
) -> None:
    window = a_circuit(0.5)
    rows = np.arange(len(window))
    pulled_down = replace(
        window,
        running=np.ones(len(window)),
        current_a=np.full(len(window), 8.4),
        air_c=np.round(9.0 - 0.02 * rows.astype(np.float64), 1),
        coil_c=np.full(len(window), 5.0),
    )
    assert find(pulled_down, normal, SETTINGS) is None


def test_a_coil_probe_that_is_broken_leaves_the_current_to_speak(normal: CompressorNormal) -> None:
    window = replace(failed(a_circuit(0.5), 12), coil_c=np.full(180, nan))
    found = find(window, normal, SETTINGS)
    assert found is not None
    assert found.failure_mode == "current_low"


def test_nothing_is_found_where_nothing_is_known(normal: CompressorNormal) -> None:
    window = failed(a_circuit(0.5), 12)
    unknown = np.full(len(window), nan)
    assert find(replace(window, running=unknown), normal, SETTINGS) is None
    assert find(replace(window, door=unknown), normal, SETTINGS) is None
    assert find(circuit({}, from_us=T0_US, until_us=T0_US, step_s=1, stale_s=5), normal, SETTINGS) is None


def test_the_latest_evidence_is_told(normal: CompressorNormal) -> None:
    mended = failed(a_circuit(3), 12)
    healthy = a_circuit(3)
    third, back = len(mended) // 3, 2 * len(mended) // 3
    columns = ("running", "current_a", "coil_c", "air_c")
    rows = np.arange(len(mended))
    mixed = {
        name: np.where((rows >= third) & (rows < back), getattr(healthy, name), getattr(mended, name))
        for name in columns
    }
    found = find(replace(mended, **mixed), normal, SETTINGS)
    assert found is not None
    assert found.from_us >= int(mended.time_us[back])


def test_after_a_repair_nothing_is_told_any_more(normal: CompressorNormal) -> None:
    broken, healthy = failed(a_circuit(4), 12), a_circuit(4)
    rows, back = np.arange(len(broken)), len(broken) // 2
    columns = ("running", "current_a", "coil_c", "air_c")
    mended = {name: np.where(rows >= back, getattr(healthy, name), getattr(broken, name)) for name in columns}
    assert find(broken, normal, SETTINGS) is not None
    assert find(replace(broken, **mended), normal, SETTINGS) is None


def test_a_circuit_ten_times_as_fast_needs_a_tenth_of_the_time() -> None:
    faster = SETTINGS.faster(10)
    assert (faster.settle_s, faster.quiet_s, faster.evidence_s) == (12, 30, 30)
    assert faster.learn_s == SETTINGS.learn_s


def test_points_that_speak_when_they_like_become_rows_of_one_grid() -> None:
    def spoke(*readings: tuple[float, float, int]) -> tuple[list[int], list[float], list[int]]:
        return (
            [T0_US + round(s * 1e6) for s, _, _ in readings],
            [v for _, v, _ in readings],
            [q for _, _, q in readings],
        )

    points = {
        "air": spoke((2.5, 5.2, 192), (-1, 5.0, 192), (4, nan, BAD)),
        "coil": spoke((0, -7.0, 192), (0, -6.0, 192)),
        "running": spoke((0.2, 1, 192)),
    }
    rows = circuit(points, from_us=T0_US, until_us=T0_US + 6_000_000, step_s=1, stale_s=3)
    assert rows.air_c.tolist() == pytest.approx([5.0, 5.0, 5.0, 5.2, nan, nan], nan_ok=True)
    assert rows.coil_c.tolist() == pytest.approx([-6.0, -6.0, -6.0, -6.0, nan, nan], nan_ok=True)
    assert rows.running.tolist() == pytest.approx([nan, 1, 1, 1, nan, nan], nan_ok=True)
    assert rows.door.tolist() == [0] * 6
    assert np.isnan(rows.current_a).all()
