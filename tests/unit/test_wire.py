"""The wire format: what goes in comes out; what is damaged is refused with a reason."""

from __future__ import annotations

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.batch import Reading, batch_of
from telemetry.quality import Quality
from telemetry.wire import Malformed, Message, decode, encode, read_header

T0 = 1_767_225_600_000_000
I64 = st.integers(-(2**63), 2**63 - 1)
NAMES = st.sampled_from([f"hainan/cold-store/cold-room-{n}/air-1" for n in range(5)])
READINGS = st.builds(Reading, NAMES, I64, I64, st.floats(allow_nan=False), st.integers(64, 255))


def a_message(*readings: Reading) -> Message:
    return Message("edge-cold-store", 1_767_225_600_000, 7, batch_of(readings or (a_reading(),)))


def a_reading(value: float = 5.1, quality: int = Quality.GOOD) -> Reading:
    return Reading("hainan/cold-store/cold-room-2/air-1", T0, T0 + 3_000, value, quality)


@given(st.lists(READINGS, max_size=50))
def test_what_goes_in_comes_out(readings: list[Reading]) -> None:
    message = Message("edge-line", 1, 2, batch_of(readings))
    assert decode(encode(message)) == message


def test_a_bad_reading_keeps_its_reason_and_loses_its_value() -> None:
    (reading,) = decode(encode(a_message(a_reading(99.0, Quality.BAD_SENSOR_FAILURE)))).batch
    assert reading.quality == Quality.BAD_SENSOR_FAILURE
    assert str(reading.value) == str(nan)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_flipped_bit_anywhere_is_noticed(place: int, flip: int) -> None:
    data = bytearray(encode(a_message()))
    data[place % len(data)] ^= flip
    with pytest.raises(Malformed):
        decode(bytes(data))


@given(st.integers(0, 10_000))
def test_a_message_cut_short_is_noticed(length: int) -> None:
    data = encode(a_message())
    with pytest.raises(Malformed):
        decode(data[: length % len(data)])


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_decoder(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(b"IRB1" + data)


def test_the_header_of_a_damaged_batch_still_names_it() -> None:
    data = bytearray(encode(a_message()))
    data[-1] ^= 1
    header = read_header(bytes(data))
    assert (header.edge, header.sequence, header.n) == ("edge-cold-store", 7, 1)


def test_a_reading_costs_at_most_nine_bytes() -> None:
    readings = [
        Reading(
            f"hainan/cold-store/cold-room-{i % 3}/air-{i % 20}",
            T0 + i * 20_000 + i % 7,
            T0 + i * 20_000 + 900,
            5 + i % 30 / 10,
            192,
        )
        for i in range(500)
    ]
    assert len(encode(a_message(*readings))) / 500 <= 9
