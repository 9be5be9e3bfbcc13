"""Batches are cut and put together without a reading losing what stands aside of it."""

from __future__ import annotations

from math import isnan, nan

from hypothesis import given
from hypothesis import strategies as st

from telemetry.batch import Batch, BatchBuilder
from telemetry.quality import Quality

NAMES = [f"plant/hall/line-{i}/temperature" for i in range(6)]
Facts = tuple[str, int, float | None, int, int | None, int | None]


def facts(batch: Batch) -> list[Facts]:
    """All that a batch says of each reading; no value where there is none."""
    return [
        (
            r.point,
            r.device_us,
            None if isnan(r.value) else r.value,
            r.quality,
            batch.claimed_us.get(i),
            batch.status.get(i),
        )
        for i, r in enumerate(batch)
    ]


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    builder = BatchBuilder()
    rows = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 9), st.sampled_from([0, 24, 64, 192]))))
    for i, (name, status, quality) in enumerate(rows):
        builder.add(name, i, i + 1, i / 10, quality, status)
    batch = builder.take()
    claimed = draw(st.dictionaries(st.integers(0, len(rows) - 1), st.integers(-9, 9))) if rows else {}
    return Batch(
        batch.points, batch.point, batch.device_us, batch.received_us, batch.value, batch.quality, claimed, batch.status
    )


@given(batches(), st.data())
def test_what_is_cut_and_put_together_again_is_what_it_was(batch: Batch, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(batch)))
    builder = BatchBuilder()
    builder.extend_batch(batch.part(0, cut))
    builder.extend_batch(batch.part(cut, len(batch)))
    assert facts(builder.take()) == facts(batch)


@given(batches(), st.data())
def test_a_selection_says_of_each_reading_what_the_batch_said(batch: Batch, data: st.DataObject) -> None:
    places = sorted(data.draw(st.sets(st.integers(0, max(0, len(batch) - 1)), max_size=len(batch))))
    assert facts(batch.select(places)) == [facts(batch)[i] for i in places]


@given(batches(), batches())
def test_batches_of_other_points_keep_their_names_when_they_are_put_behind_each_other(a: Batch, b: Batch) -> None:
    builder = BatchBuilder()
    builder.extend_batch(a)
    builder.add(NAMES[-1], 5, 6, 7.0, Quality.GOOD, 99)
    builder.extend_batch(b)
    taken = builder.take()
    assert facts(taken) == [*facts(a), (NAMES[-1], 5, 7.0, Quality.GOOD, None, 99), *facts(b)]
    assert len(set(taken.points)) == len(taken.points)
    assert not len(builder.take())


def test_a_value_beside_a_bad_quality_is_none_also_when_it_comes_in_columns() -> None:
    source, builder = BatchBuilder(), BatchBuilder()
    source.add(NAMES[0], 1, 1, nan, Quality.BAD)
    source.add(NAMES[0], 2, 2, 4.5, Quality.GOOD)
    columns = source.take()
    columns.value[0] = 21.0
    builder.extend_batch(columns)
    assert isnan(builder.take().value[0])
