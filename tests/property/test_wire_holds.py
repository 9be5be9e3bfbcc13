"""The wire format: any batch comes out as it went in, to the bit; nothing else that comes is taken for a batch."""

from __future__ import annotations

import json
import struct
import zlib
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telemetry.batch import Batch, Gap
from telemetry.wire import FIRST_MAGIC, MAGIC, MAX_BODY, Malformed, Message, decode, encode, read_header
from telemetry.wire_body import pack_body

I64 = st.integers(-(2**63), 2**63 - 1)
COUNT = st.integers(0, 2**63 - 1)
READINGS = st.integers(0, 2**40 - 1)
NEAR = st.integers(1_767_225_600_000_000, 1_767_225_602_000_000)
FAR = st.builds(lambda words, ulps: words * 2**32 + ulps, st.integers(-2, 2), st.integers(-130, 130))


def nudged(value: float, ulps: int) -> float:
    """The float that lies so many beside this one."""
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    return float(struct.unpack("<d", struct.pack("<q", min(max(bits + ulps, -(2**63)), 2**63 - 1)))[0])


NEXT_TO_A_WHOLE_NUMBER = st.builds(
    lambda k, ulps: nudged(float(k), ulps), st.integers(-2048, 2048), st.one_of(st.integers(-130, 130), FAR)
)
FLOAT_OF_BITS = st.integers(0, 2**64 - 1).map(lambda bits: float(struct.unpack("<d", bits.to_bytes(8, "little"))[0]))
VALUES = st.one_of(
    st.integers(-(10**6), 10**6).map(lambda k: k / 100),
    st.integers(-32_768, 32_767).map(lambda k: k * 0.1 - 40),
    st.floats(width=32),
    FLOAT_OF_BITS,
    NEXT_TO_A_WHOLE_NUMBER,
    st.sampled_from(
        [0.0, -0.0, 5e-324, -5e-324, float("inf"), float("-inf"), float("nan"), 2.0**52, -(2.0**31), 1e308]
    ),
)
GAPS = st.builds(
    Gap,
    st.sampled_from(["cold-chain", "process", "bulk", "all"]),
    COUNT,
    COUNT,
    COUNT,
    COUNT,
    READINGS,
    st.sampled_from(["full", "old", "damaged"]),
    COUNT,
)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Batches of every sort: in rounds or not, one value kind or all mixed, with times near or nonsense."""
    n = draw(st.integers(0, 40))
    names = [f"hainan/hall-1/line-{i}/speed" for i in range(draw(st.sampled_from([1, 3, 300])))]
    period = draw(st.none() | st.integers(1, min(len(names), 8)))
    any_point = st.lists(st.integers(0, len(names) - 1), min_size=n, max_size=n)
    point = [i % period for i in range(n)] if period else draw(any_point)
    times = draw(st.sampled_from([NEAR, I64, st.just(-(2**63)), st.sampled_from([-(2**63), 2**63 - 1])]))
    kinds = [VALUES, st.integers(-300, 300).map(lambda k: k / 10), NEXT_TO_A_WHOLE_NUMBER, FLOAT_OF_BITS]
    value = draw(st.sampled_from(kinds))

    def column(of: st.SearchStrategy[int]) -> Sequence[int]:
        return draw(st.lists(of, min_size=n, max_size=n))

    aside = st.dictionaries(st.integers(0, n - 1), I64, max_size=3) if n else st.just({})
    states = st.dictionaries(st.integers(0, n - 1), st.integers(1, 2**32 - 1), max_size=3) if n else st.just({})
    return Batch(
        tuple(names),
        array("H", point),
        array("q", column(times)),
        array("q", column(times)),
        array("d", draw(st.lists(value, min_size=n, max_size=n))),
        array("B", column(st.integers(0, 255))),
        draw(aside),
        draw(states),
    )


MESSAGES = st.builds(Message, st.just("edge-line"), COUNT, COUNT, batches(), st.lists(GAPS, max_size=3).map(tuple))


def exact(message: Message) -> tuple[object, ...]:
    """A message to compare: values as bits, since NaN differs from itself."""
    b = message.batch
    columns = (b.points, b.point, b.device_us, b.received_us, b.value.tobytes(), b.quality, b.claimed_us, b.status)
    return (message.edge, message.epoch, message.sequence, message.gaps, *columns)


def framed(header: object, body: bytes) -> bytes:
    """Bytes whose checksums are right, whatever stands in them."""
    written = json.dumps(header).encode()
    length = struct.pack(">H", len(written))
    return MAGIC + struct.pack(">II", zlib.crc32(length + written), zlib.crc32(body)) + length + written + body


def a_header(**other: object) -> dict[str, object]:
    return {"edge": "edge-line", "epoch": 1, "sequence": 2, "n": 3, **other}


@settings(max_examples=400, deadline=None)
@given(MESSAGES)
def test_any_message_comes_out_as_it_went_in_to_the_bit(message: Message) -> None:
    assert exact(decode(encode(message))) == exact(message)


@given(MESSAGES, st.integers(0, 10**6), st.integers(1, 255))
def test_a_flipped_bit_anywhere_is_noticed(message: Message, place: int, flip: int) -> None:
    data = bytearray(encode(message))
    data[place % len(data)] ^= flip
    with pytest.raises(Malformed):
        decode(bytes(data))


@given(MESSAGES, st.integers(0, 10**6))
def test_a_message_cut_short_is_noticed(message: Message, length: int) -> None:
    data = encode(message)
    with pytest.raises(Malformed):
        decode(data[: length % len(data)])


@given(MESSAGES, st.integers(0, 10**6), st.integers(1, 255))
def test_a_damaged_message_tells_how_many_readings_it_had_or_nothing(message: Message, place: int, flip: int) -> None:
    data = bytearray(encode(message))
    data[place % len(data)] ^= flip
    try:
        header = read_header(bytes(data))
    except Malformed:
        return  # nothing is told, rather than something that is not true
    assert (header.edge, header.sequence, header.n) == ("edge-line", message.sequence, len(message.batch))


@given(st.sampled_from([MAGIC, FIRST_MAGIC, b""]), st.binary(max_size=300))
def test_no_bytes_crash_the_decoder(magic: bytes, data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(magic + data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


@given(JSON | st.fixed_dictionaries(dict.fromkeys(a_header(), JSON), optional={"gaps": JSON | st.lists(JSON)}))
@example(a_header(edge="edge-\ud800"))
@example(a_header(gaps=[["bulk", 1, 2, 3, 4, True, "full", 0]]))
@example(a_header(gaps=[["bulk", 1, 2, 3, 4, 5, "full"]]))
@example(a_header(n=70_000))
def test_no_header_with_the_right_checksum_crashes_the_decoder(header: object) -> None:
    with pytest.raises(Malformed):
        decode(framed(header, zlib.compress(b"")))


@settings(max_examples=300)
@given(batches(), st.data())
def test_no_body_with_the_right_checksum_crashes_the_decoder(batch: Batch, data: st.DataObject) -> None:
    body = bytearray(pack_body(batch))
    for _ in range(data.draw(st.integers(0, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(body)) | st.just(len(body)))
    sent = framed(a_header(n=len(batch)), zlib.compress(bytes(body[:end])))
    try:
        read = decode(sent).batch
    except Malformed:
        return  # refused with its reason, which is what a damaged body must be
    assert (
        len(read) == len(read.device_us) == len(read.received_us) == len(read.value) == len(read.quality) == len(batch)
    )
    assert all(place < len(batch) for place in (*read.claimed_us, *read.status))


@pytest.mark.parametrize("magic", [MAGIC, FIRST_MAGIC])
def test_a_body_that_unpacks_to_gigabytes_is_refused_before_it_does(magic: bytes) -> None:
    packing = zlib.compressobj(9)
    bomb = b"".join([packing.compress(bytes(MAX_BODY)) for _ in range(64)]) + packing.flush()
    sent = framed(a_header(), bomb)
    if magic == FIRST_MAGIC:
        sent = magic + zlib.crc32(sent[12:]).to_bytes(4, "big") + sent[12:]
    with pytest.raises(Malformed, match="too large"):
        decode(sent)
