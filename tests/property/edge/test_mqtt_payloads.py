"""Whatever a publisher sends under whatever topic: no input stumbles, and every message is accounted for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from math import isfinite, isnan
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.decode import Place, decode
from edge.drivers.mqtt.intake import Arrived, Intake
from edge.drivers.mqtt.plan import plan
from edge.drivers.mqtt.topics import Naming, NoName, filters_for, is_filter, overlap
from telemetry.batch import Reading
from telemetry.point import is_point_name
from telemetry.quality import is_bad

NOW = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
NOW_US = 1_768_440_000_000_000
PLACES = [Place(f"a/b/c/{n}", path) for n, path in enumerate(("v", "a.0.b", "a.99999999999999999999", None))]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["v", "a", "b", "ts"]), inner),
    max_leaves=12,
)
documents = anything.map(lambda x: json.dumps(x).encode())
nested = st.integers(1, 5_000).map(lambda n: b'{"a":' * n + b"[" * n)
huge = st.integers(1, 6_000).map(lambda n: b'{"v": ' + b"9" * n + b', "ts": 1e' + str(n).encode() + b"}")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound document with some bytes changed, or cut off."""
    data = bytearray(draw(documents))
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


payloads = st.binary() | documents | damaged() | nested | huge
levels = st.text(st.sampled_from("ab1-+#/$ Ä\0"), max_size=4)
filters = st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=4).map("/".join)
topics = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4).map("/".join)


def sound(reading: Reading) -> bool:
    """A bad reading has no value, any other has a finite one; times fit into their column."""
    value_fits = isnan(reading.value) if is_bad(reading.quality) else isfinite(reading.value)
    return value_fits and -(2**63) < reading.device_us < 2**63


@given(payloads)
def test_any_payload_gives_one_sound_reading_for_each_point(payload: bytes) -> None:
    decoded = decode(payload, PLACES, "ts", NOW_US)
    assert [reading.point for reading in decoded.readings] == [place.point for place in PLACES]
    assert all(map(sound, decoded.readings))
    if decoded.unreadable:
        assert all(is_bad(reading.quality) for reading in decoded.readings)


@given(st.text(st.sampled_from('0123456789.eE+-tfnul"[]{},: '), max_size=30))
def test_a_payload_is_a_number_exactly_where_json_says_so(text: str) -> None:
    (reading,) = decode(text.encode(), [Place("a/b/c/d", None)], None, NOW_US).readings
    try:
        expected = json.loads(text)
    except ValueError:
        expected = None
    is_number = isinstance(expected, int | float) and isfinite(expected)
    assert is_bad(reading.quality) != is_number
    assert not is_number or reading.value == float(expected)


def an_intake() -> Intake:
    points: list[dict[str, Any]] = [
        {"point": "s/a/fixed/v", "topic": "x/fixed", "path": "v", "group": "g"},
        {"point": "s/a/{1}/v", "topics": "x/+", "path": "v", "group": "g"},
        {"point": "s/{2}/n-{1}/v", "topics": "+/y/+", "group": "g"},
        {"point": "s/sp/node/v", "metric": "g/n/d/v", "group": "g"},
    ]
    told = {"name": "b", "driver": "mqtt", "host": "h", "client_id": "c", "max_points": 5, "max_message_kb": 4}
    device = MqttDevice.model_validate({**told, "time": "ts", "points": points})
    return Intake(device, plan(device.points))


class Nobody:
    def acknowledge(self, numbers: Sequence[int]) -> None:
        raise AssertionError("the intake acknowledges nothing")


any_topic = st.sampled_from(
    ["x/fixed", "spBv1.0/g/DDATA/n/d", "spBv1.0/g/NBIRTH/n", "spBv1.0/g/DBIRTH/n/d"]
) | st.lists(st.sampled_from(["x", "y", "spBv1.0", "g", "n", "d"]) | levels, min_size=1, max_size=6).map("/".join)


@settings(max_examples=60)
@given(st.lists(st.tuples(any_topic, payloads, st.integers(0, 1), st.booleans()), max_size=30))
def test_every_message_is_accounted_for_and_memory_is_bounded(sent: list[tuple[str, bytes, int, bool]]) -> None:
    intake = an_intake()
    for number, (topic, payload, qos, flag) in enumerate(sent):
        before = intake.tally.unreadable + intake.tally.unwanted + intake.tally.nameless + intake.tally.set_aside
        readings = intake.read(Arrived(topic, payload, number, qos, flag, flag, Nobody()), NOW)
        after = intake.tally.unreadable + intake.tally.unwanted + intake.tally.nameless + intake.tally.set_aside
        assert all(map(sound, readings))
        assert all(is_point_name(reading.point) for reading in readings)
        assert readings or after > before or topic.startswith("spBv1.0/")
    assert intake.tally.messages == len(sent)
    assert len(intake.points) <= 2 + 5


@given(filters, topics)
def test_a_filter_matches_as_the_standard_says(filter_: str, topic: str) -> None:
    expected = re.fullmatch("/".join("[^/]*" if level == "+" else level for level in filter_.split("/")), topic)
    assert (Naming(filter_, "").levels(topic) is not None) == (expected is not None)


@given(filters, filters, topics)
def test_filters_that_match_one_topic_overlap(one: str, other: str, topic: str) -> None:
    both = all(Naming(filter_, "").levels(topic) is not None for filter_ in (one, other))
    assert overlap(one, other) or not both
    assert overlap(one, one)


@given(filters, topics)
def test_every_filter_that_matches_is_among_those_to_give_back(filter_: str, topic: str) -> None:
    all_of_them = filters_for(topic)
    assert (Naming(filter_, "").levels(topic) is not None) == (filter_ in all_of_them)
    assert all(is_filter(one) and overlap(one, topic) for one in all_of_them)
    assert len(set(all_of_them)) == len(all_of_them)


@given(st.lists(levels, min_size=2, max_size=2), st.lists(levels, min_size=2, max_size=2))
def test_no_two_topics_share_a_point(one: list[str], other: list[str]) -> None:
    naming = Naming("+/y/+", "s/{2}/n-{1}/v")
    try:
        names = [naming.point((under[0], under[1])) for under in (one, other)]
    except NoName:
        return
    assert (names[0] == names[1]) == (one == other)
    assert all(naming.names(name) for name in names)


@given(st.text(st.sampled_from("ab+#/\0"), max_size=8))
def test_what_a_broker_would_not_take_is_no_filter(text: str) -> None:
    sound_levels = all(level in {"+", "#"} or not set(level) & set("+#\0") for level in text.split("/"))
    assert is_filter(text) == (text != "" and sound_levels and "#" not in text.split("/")[:-1])
