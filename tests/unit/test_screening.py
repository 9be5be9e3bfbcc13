"""Which readings may be stored, and how their columns become rows."""

from __future__ import annotations

import struct
from array import array
from math import inf, nan

from hypothesis import given
from hypothesis import strategies as st

from telemetry.batch import Batch, Reading, batch_of
from telemetry.quality import is_bad
from telemetry.store.copying import HEADER, TRAILER, YEAR_2000_US, Rows, pack, unpack
from telemetry.store.cursor import ranges
from telemetry.store.screening import AHEAD_US, EARLIEST_US, LARGEST, Fault, screen

NOW_US = 1_768_440_000_000_000
POINT = "hainan/filling/line-1/torque"
TIMES = st.integers(EARLIEST_US - 5, NOW_US + AHEAD_US + 5) | st.integers(-(2**63), 2**63 - 1)
VALUES = st.floats() | st.sampled_from([nan, inf, -inf, 0.0, 1e308, LARGEST, -1.1 * LARGEST])
COLUMNS = st.lists(st.tuples(TIMES, TIMES, VALUES, st.integers(0, 255)), max_size=30)


@given(COLUMNS)
def test_every_reading_is_either_sound_or_has_its_fault(columns: list[tuple[int, int, float, int]]) -> None:
    screened = screen(as_it_came(columns), NOW_US)
    faults = {fault: len(batch) for fault, batch in screened.faulty.items()}
    latest = NOW_US + AHEAD_US
    late = sum(not (EARLIEST_US <= d <= latest and EARLIEST_US <= r <= latest) for d, r, _, _ in columns)
    assert faults.get(Fault.TIMESTAMP, 0) == late
    assert len(screened.sound) + sum(faults.values()) == len(columns)
    for reading in screened.sound:
        assert (reading.value == reading.value and abs(reading.value) <= LARGEST) != is_bad(reading.quality)


def as_it_came(columns: list[tuple[int, int, float, int]]) -> Batch:
    """A batch of a foreign sender: nothing has looked at its values."""
    device, received, value, quality = zip(*columns, strict=True) if columns else ((), (), (), ())
    point = array("H", [0] * len(columns))
    return Batch((POINT,), point, array("q", device), array("q", received), array("d", value), array("B", quality))


@given(
    st.lists(
        st.builds(Reading, st.just(POINT), st.integers(0, 2**60), st.integers(0, 2**60), VALUES, st.integers(0, 255)),
        max_size=20,
    )
)
def test_rows_are_as_postgresql_reads_them(readings: list[Reading]) -> None:
    batch = batch_of(readings)
    ids = array("i", [7 + p for p in batch.point])
    data = pack(Rows(ids, batch.device_us, batch.received_us, batch.value, batch.quality, 41))
    expected = sorted(map(row, batch), key=len, reverse=True)
    assert data == b"".join(expected)


def row(reading: Reading) -> bytes:
    """One row, field by field."""
    value = struct.pack(">id", 8, reading.value) if reading.value == reading.value else struct.pack(">i", -1)
    times = struct.pack(">iqiq", 8, reading.device_us - YEAR_2000_US, 8, reading.received_us - YEAR_2000_US)
    return struct.pack(">hii", 6, 4, 7) + times + value + struct.pack(">ihiq", 2, reading.quality, 8, 41)


def test_columns_come_out_of_a_copy() -> None:
    rows = [(3, NOW_US, 5.25, 192), (4, EARLIEST_US, nan, 24)]
    fields = [struct.pack(">hiiiqidih", 4, 4, p, 8, t - YEAR_2000_US, 8, v, 2, q) for p, t, v, q in rows]
    columns = unpack(HEADER + b"".join(fields) + TRAILER)
    assert list(columns.point) == [3, 4]
    assert list(columns.time_us) == [NOW_US, EARLIEST_US]
    assert [str(v) for v in columns.value] == ["5.25", "nan"]
    assert list(columns.quality) == [192, 24]
    assert len(unpack(HEADER + TRAILER)) == 0


def test_sequences_are_told_as_ranges() -> None:
    assert ranges([5, 1, 2, 3, 9, 8, 2]) == [(1, 3), (5, 5), (8, 9)]
    assert ranges([]) == []
