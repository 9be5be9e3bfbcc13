"""The wire format: what goes in comes out, an older edge's bytes are read, a reading costs few bytes."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from dataclasses import replace
from math import nan
from pathlib import Path
from random import Random

import pytest

from telemetry import wire_body
from telemetry.batch import Batch, BatchBuilder, Gap, Reading, batch_of
from telemetry.quality import Quality
from telemetry.wire import Malformed, Message, decode, encode, read_header

GOLDEN = Path(__file__).parents[1] / "golden" / "wire"
T0 = 1_767_225_600_000_000
GIVEN_UP = Gap("bulk", 1, 6, T0 - 9_000_000, T0 - 1_000_000, 2400, "full")
KINDS: dict[str, Callable[[float, int], float]] = {
    "two decimals": lambda true, _: round(true, 2),
    "register times 0.1": lambda true, _: int(true * 10) * 0.1,
    "counter": lambda _, second: float(100_000 + 3 * second),
    "floats of 32 bits": lambda true, _: array("f", [true])[0],
}


def a_message(*readings: Reading) -> Message:
    return Message("edge-cold-store", 1_767_225_600_000, 7, batch_of(readings or (a_reading(),)))


def a_reading(value: float = 5.1, quality: int = Quality.GOOD) -> Reading:
    return Reading("hainan/cold-store/cold-room-2/air-1", T0, T0 + 3_000, value, quality)


def of_a_plant(value: Callable[[float, int], float], n: int = 500, points: int = 100) -> Batch:
    """Points read once a second, with source times that jitter by 5 ms, as a server publishes them."""
    random, builder = Random(1), BatchBuilder()
    true = [random.uniform(-30, 80) for _ in range(points)]
    for i in range(n):
        second, p = divmod(i, points)
        true[p] += random.gauss(0, 0.03)
        device_us = T0 + second * 1_000_000 + p * 900 + random.randrange(-5_000, 5_000)
        received_us = T0 + (second + 1) * 1_000_000 + second * 137
        builder.add(
            f"hainan/hall-{p % 3}/line-{p // 10}/temperature-{p}", device_us, received_us, value(true[p], second), 192
        )
    return builder.take()


@pytest.mark.parametrize("case", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_what_edges_have_sent_is_read_today(case: Path) -> None:
    told = json.loads(case.read_text())
    message = decode(bytes.fromhex(told["bytes"]))
    assert [message.edge, message.epoch, message.sequence] == [told["edge"], told["epoch"], told["sequence"]]
    readings = [[r.point, r.device_us, r.received_us, r.value.hex(), r.quality] for r in message.batch]
    assert readings == told["readings"]
    assert {str(k): v for k, v in message.batch.claimed_us.items()} == told["claimed_us"]
    assert {str(k): v for k, v in message.batch.status.items()} == told["status"]
    assert [list(gap) for gap in message.gaps] == told["gaps"]


def test_a_bad_reading_keeps_its_reason_and_loses_its_value() -> None:
    (reading,) = decode(encode(a_message(a_reading(99.0, Quality.BAD_SENSOR_FAILURE)))).batch
    assert reading.quality == Quality.BAD_SENSOR_FAILURE
    assert str(reading.value) == str(nan)


def test_the_header_of_a_damaged_batch_still_names_it() -> None:
    data = bytearray(encode(a_message()))
    data[-1] ^= 1
    header = read_header(bytes(data))
    assert (header.edge, header.sequence, header.n) == ("edge-cold-store", 7, 1)


def test_what_was_given_up_travels_without_readings_and_beside_them() -> None:
    for batch in (Batch(()), batch_of([a_reading()])):
        assert decode(encode(Message("edge-line", 1, 2, batch, (GIVEN_UP, GIVEN_UP)))).gaps == (GIVEN_UP, GIVEN_UP)


@pytest.mark.parametrize(
    "wrong",
    [GIVEN_UP._replace(lane="attic"), GIVEN_UP._replace(reason="tired"), GIVEN_UP._replace(n=-1)],
    ids=["lane", "reason", "count"],
)
def test_a_gap_that_is_not_understood_is_refused(wrong: Gap) -> None:
    with pytest.raises(Malformed, match="given up"):
        decode(encode(Message("edge-line", 1, 2, Batch(()), (wrong,))))


@pytest.mark.parametrize(
    ("kind", "most"),
    [("two decimals", 5.5), ("register times 0.1", 5.5), ("counter", 4.5), ("floats of 32 bits", 7.0)],
)
def test_a_reading_costs_far_less_than_nine_bytes_with_its_own_jittered_time(kind: str, most: float) -> None:
    batch = of_a_plant(KINDS[kind])
    data = encode(Message("edge-line", 1_767_225_600_000, 7, batch))
    assert list(decode(data).batch) == list(batch)
    assert len(data) / len(batch) <= most


def test_one_bad_reading_among_many_does_not_make_the_others_dear() -> None:
    good = of_a_plant(KINDS["two decimals"])
    some_bad = BatchBuilder()
    for i, reading in enumerate(good):
        some_bad.add(*(reading if i % 50 else reading._replace(quality=Quality.BAD_NOT_CONNECTED)))
    cost = [len(encode(Message("edge-line", 1, 1, batch))) for batch in (good, some_bad.take())]
    assert cost[1] - cost[0] <= 20 * 10  # ten bytes for each of them


def test_more_names_than_readings_can_refer_to_are_refused_and_long_lists_are_not_kept() -> None:
    before = wire_body._remembered.cache_info().currsize
    names = tuple(f"a/b/c/{i:x}" for i in range(2**16))
    (one,) = batch_of([a_reading()]).point
    whole = Batch(names, array("H", [one]), array("q", [T0]), array("q", [T0]), array("d", [5.1]), array("B", [192]))
    assert decode(encode(Message("edge-line", 1, 1, whole))).batch.points == names
    with pytest.raises(Malformed, match="more names"):
        decode(encode(Message("edge-line", 1, 2, replace(whole, points=(*names, "a/b/c/d")))))
    assert wire_body._remembered.cache_info().currsize == before
