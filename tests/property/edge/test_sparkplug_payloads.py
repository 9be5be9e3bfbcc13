"""Sparkplug payloads of any kind, sound, damaged or hostile: read or refused, never guessed, never a stumble."""

from __future__ import annotations

from math import isfinite, isnan

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.drivers.mqtt.config import MqttPoint
from edge.drivers.mqtt.sparkplug import Unreadable, number, parse
from edge.drivers.mqtt.sparkplug_node import EdgeNode
from telemetry.quality import Quality, is_bad
from tests.plugins import sparkplug as sent

NOW_US = 1_768_440_000_000_000
KINDS = ["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"]
POINTS = [
    MqttPoint(point="s/a/e/v", metric="g/n/d/v", group="g"),
    MqttPoint(point="s/a/e/w", metric="g/n/d/w/x", group="g"),
    MqttPoint(point="s/a/n/v", metric="g/n//v", group="g"),
]
RANGES = {
    **{
        kind: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for kind, bits in zip(range(1, 5), (8, 16, 32, 64), strict=True)
    },
    **{kind: (0, 2**bits - 1) for kind, bits in zip(range(5, 9), (8, 16, 32, 64), strict=True)},
}
numbers = st.integers(-(2**63), 2**64 - 1)
metrics = st.builds(
    sent.metric,
    st.none() | st.sampled_from(["v", "w/x", "bdSeq", "other", ""]),
    st.none() | numbers,
    st.sampled_from([None, *range(1, 9), sent.BOOLEAN, sent.STRING, 16, 19, 22, 2**31]),
    alias=st.none() | st.integers(0, 3),
    at_ms=st.none() | st.integers(0, 2**64 - 1),
    historical=st.booleans(),
    quality=st.none() | st.sampled_from([0, 192, 500, 7]),
    typed=st.booleans(),
)
payloads = st.builds(
    lambda parts, seq, at_ms: sent.payload(*parts, seq=seq, at_ms=at_ms),
    st.lists(metrics, max_size=5),
    st.none() | st.integers(0, 2**64 - 1),
    st.none() | st.integers(0, 2**64 - 1),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound payload with some bytes changed, or cut off."""
    data = bytearray(draw(payloads)) or bytearray(b"\x12")
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


def bomb(depth: int) -> bytes:
    """Templates within templates, as deep as the sender likes."""
    inner = b""
    for _ in range(depth):
        inner = sent._bytes(2, sent._bytes(18, inner))  # a metric whose value is a template with a metric
    return inner


anything = st.binary() | payloads | damaged() | st.integers(1, 800).map(bomb)


@given(anything)
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    try:
        message = parse(payload)
    except Unreadable:
        return
    for metric in message.metrics:
        for datatype in (metric.datatype, None, 1, 8, sent.DOUBLE):
            value, quality = number(metric, datatype)
            assert isnan(value) if is_bad(quality) else isfinite(value)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(KINDS), anything), max_size=12))
def test_any_life_of_a_node_gives_sound_readings_of_its_points_only(life: list[tuple[str, bytes]]) -> None:
    node = EdgeNode("g/n", POINTS)
    for kind, payload in life:
        try:
            outcome = node.take(kind, "d" if kind.startswith("D") else "", payload, NOW_US)
        except Unreadable:
            continue
        assert isinstance(node.reason, str)
        for reading in outcome.readings:
            assert reading.point in {point.point for point in POINTS}
            assert isnan(reading.value) if is_bad(reading.quality) else isfinite(reading.value)
            assert -(2**63) < reading.device_us < 2**63


@given(st.sampled_from(sorted(RANGES)).flatmap(lambda k: st.tuples(st.just(k), st.integers(*RANGES[k]))))
def test_integers_come_back_as_they_were_sent(told: tuple[int, int]) -> None:
    kind, value = told
    (metric,) = parse(sent.payload(sent.metric("v", value, kind))).metrics
    assert number(metric, kind) == (float(value), Quality.GOOD)


@given(st.sampled_from([1, 2, 3]), st.integers(1, 2**63))
def test_small_negative_integers_may_fill_up_their_type_only(kind: int, size: int) -> None:
    """Some senders write -5 of an Int8 as 251, others as 4294967291."""
    bits = {1: 8, 2: 16, 3: 32}[kind]
    value = -(size % 2 ** (bits - 1)) or -1
    told = sent.metric("v", value % 2**bits, kind)
    (metric,) = parse(sent.payload(told)).metrics
    assert number(metric, kind) == (float(value), Quality.GOOD)


@given(st.sampled_from([1, 2, 5, 6]), st.integers(2**16, 2**31))
def test_a_number_that_its_type_can_not_hold_is_no_number(kind: int, value: int) -> None:
    (metric,) = parse(sent.payload(sent.metric("v", value, kind))).metrics
    assert number(metric, kind)[1] == Quality.BAD_SENSOR_FAILURE


@given(st.lists(st.booleans(), min_size=1, max_size=600))
def test_every_message_that_does_not_come_is_counted(comes: list[bool]) -> None:
    node = EdgeNode("g/n", POINTS)
    node.take("NBIRTH", "", sent.payload(seq=0), NOW_US)
    missing = 0
    for place, arrives in enumerate(comes, start=1):
        if not arrives:
            missing += 1
            continue
        outcome = node.take("NDATA", "", sent.payload(seq=place % 256, at_ms=place), NOW_US)
        assert outcome.lost == missing % 256
        missing = 0
