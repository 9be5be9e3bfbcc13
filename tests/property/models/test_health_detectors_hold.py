"""What every detector of machine health keeps: a batch is a stream, the past knows no future, nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.health.api import Reason, Result
from models.health.artefact import Artefact, data_hash
from tests.property.models.machines import (
    DETECTORS,
    MACHINES,
    SIGNALS,
    STREAMS,
    Stream,
    assert_same,
    stacked,
    streamed,
)

EACH = pytest.mark.parametrize("kind", DETECTORS)
SOME = settings(max_examples=40)


@EACH
@SOME
@given(STREAMS, st.randoms(use_true_random=False))
def test_a_batch_is_a_stream_whoever_comes_first_at_a_tick(kind: str, of: Stream, chance: object) -> None:
    detector = DETECTORS[kind](of.healthy)
    batch = detector.score(of.x, of.time_s)
    rng = np.random.default_rng(chance.getrandbits(32))  # type: ignore[attr-defined]
    told = []
    for values, at in zip(of.x, of.time_s, strict=True):
        tick = Result(np.empty(MACHINES), np.empty(MACHINES, np.uint32), np.empty((MACHINES, len(SIGNALS))))
        for rows in np.split(rng.permutation(MACHINES), [int(rng.integers(0, MACHINES + 1))]):
            result = detector.update(rows, float(at), values[rows])
            tick.stat[rows], tick.alarm[rows], tick.sigma[rows] = result.stat, result.alarm, result.sigma
        told.append(tick)
    assert_same(batch, stacked(told))


@EACH
@SOME
@given(STREAMS, st.floats(0, 1))
def test_the_past_knows_no_future(kind: str, of: Stream, part: float) -> None:
    detector, until = DETECTORS[kind](of.healthy), int(part * len(of.x))
    whole, begun = detector.score(of.x, of.time_s), detector.score(of.x[:until], of.time_s[:until])
    assert_same(begun, Result(whole.stat[:until], whole.alarm[:until], whole.sigma[:until]))


@EACH
@SOME
@given(STREAMS, st.floats(0, 0.99))
def test_a_program_that_starts_again_goes_on_where_it_was(kind: str, of: Stream, part: float) -> None:
    detector, at = DETECTORS[kind](of.healthy), int(part * len(of.x))
    whole = detector.score(of.x, of.time_s)
    streamed(detector, Stream(of.healthy, of.x[: at + 1], of.time_s[: at + 1]))
    kept = Artefact(
        kind=kind, version="1", data_hash=data_hash(of.healthy), features=SIGNALS, state=detector.state()
    ).to_bytes()
    again = DETECTORS[kind](of.healthy[::-1])  # whatever it knew is overwritten
    again.restore(Artefact.from_bytes(kept).state)
    rest = slice(at + 1, None)
    if at + 1 < len(of.x):
        assert_same(streamed(again, of, at + 1), Result(whole.stat[rest], whole.alarm[rest], whole.sigma[rest]))


@pytest.mark.parametrize("kind", ["innovations", "innovations of many", "components", "gate", "watch"])
@SOME
@given(STREAMS)
def test_after_a_reset_a_machine_begins_anew_with_what_was_learned(kind: str, of: Stream) -> None:
    detector, half = DETECTORS[kind](of.healthy), len(of.x) // 2
    streamed(detector, Stream(of.healthy, of.x[:half], of.time_s[:half]))
    detector.reset(np.arange(MACHINES), Reason.MAINTENANCE)
    assert_same(streamed(detector, of, half), detector.score(of.x[half:], of.time_s[half:]))


@EACH
@SOME
@given(STREAMS)
def test_scoring_a_history_leaves_what_runs_as_it_was(kind: str, of: Stream) -> None:
    detector = DETECTORS[kind](of.healthy)
    streamed(detector, of)
    before = detector.state()
    detector.score(of.x, of.time_s)
    for name, value in detector.state().items():
        np.testing.assert_array_equal(value, before[name])


@EACH
@SOME
@given(STREAMS, st.floats(-1e6, 1e6))
def test_a_bad_reading_is_a_missing_one_whatever_its_value(kind: str, of: Stream, wild: float) -> None:
    missing, bad = DETECTORS[kind](of.healthy), DETECTORS[kind](of.healthy)
    rows = np.arange(MACHINES)
    for at, values in zip(of.time_s, of.x, strict=True):
        quality = np.where(np.isnan(values), 24, 192).astype(np.uint8)
        missing.update(rows, float(at), values)
        bad.update(rows, float(at), np.where(np.isnan(values), wild, values), quality)
    for name, value in missing.state().items():
        np.testing.assert_array_equal(value, bad.state()[name])
