"""A Sparkplug node's life: births name its values, deaths end them, a missing number in its sequence is told."""

from __future__ import annotations

from math import isnan

import pytest

from edge.drivers.mqtt.config import MqttPoint
from edge.drivers.mqtt.sparkplug import Unreadable
from edge.drivers.mqtt.sparkplug_node import EdgeNode, Outcome
from telemetry.batch import Reading
from telemetry.quality import Quality
from tests.plugins.sparkplug import BOOLEAN, DOUBLE, INT16, INT64, STRING, metric, payload

RECEIVED_US = 1_768_440_060_000_000
T0_MS = 1_768_440_000_000
SPEED, AIR, DOOR = "hainan/line-1/filler/speed", "hainan/line-1/filler/air", "hainan/line-1/plc/door"
POINTS = [
    MqttPoint(point=SPEED, metric="plant/line-1/filler/Speed", group="g"),
    MqttPoint(point=AIR, metric="plant/line-1/filler/Probes/Air 1", group="g"),
    MqttPoint(point=DOOR, metric="plant/line-1//Door", group="g"),
]


def a_node() -> EdgeNode:
    return EdgeNode("plant/line-1", POINTS)


def take(node: EdgeNode, kind: str, data: bytes) -> Outcome:
    return node.take(kind, "filler" if kind.startswith("D") else "", data, RECEIVED_US)


def nbirth(bd_seq: int = 0, door: bool = False) -> bytes:
    metrics = metric("bdSeq", bd_seq, INT64), metric("Door", door, BOOLEAN, alias=1, at_ms=T0_MS)
    return payload(*metrics, seq=0, at_ms=T0_MS + bd_seq)


def dbirth(seq: int = 1, speed: int = 120, air: float = 4.8) -> bytes:
    speed_metric = metric("Speed", speed, INT16, alias=7, at_ms=T0_MS)
    return payload(speed_metric, metric("Probes/Air 1", air, DOUBLE, alias=8, at_ms=T0_MS), seq=seq, at_ms=T0_MS)


def ddata(seq: int, speed: int = -3, at_ms: int = T0_MS + 1000) -> bytes:
    return payload(metric(None, speed, INT16, alias=7, at_ms=at_ms, typed=False), seq=seq, at_ms=at_ms)


def born() -> EdgeNode:
    node = a_node()
    take(node, "NBIRTH", nbirth())
    take(node, "DBIRTH", dbirth())
    return node


def told(readings: list[Reading]) -> list[tuple[str, float | None, int]]:
    return [(r.point, None if isnan(r.value) else r.value, r.quality) for r in readings]


def bad(*points: str) -> list[tuple[str, float | None, int]]:
    return [(point, None, Quality.BAD_NO_COMMUNICATION) for point in points]


def test_births_tell_values_and_aliases_stand_for_their_names_afterwards() -> None:
    node = a_node()
    assert told(take(node, "NBIRTH", nbirth(door=True)).readings) == [(DOOR, 1.0, Quality.GOOD)]
    assert told(take(node, "DBIRTH", dbirth()).readings) == [(SPEED, 120.0, Quality.GOOD), (AIR, 4.8, Quality.GOOD)]
    data = take(node, "DDATA", ddata(2, speed=-3))
    assert told(data.readings) == [(SPEED, -3.0, Quality.GOOD)]
    assert data.readings[0].device_us == (T0_MS + 1000) * 1000
    assert node.reason == ""


def test_an_alias_before_any_birth_is_set_aside_and_never_guessed() -> None:
    node = a_node()
    outcome = take(node, "DDATA", ddata(2))
    assert (outcome.readings, outcome.set_aside, outcome.why) == ([], 1, "plant/line-1 filler: alias 7 before a birth")
    assert "without a birth so far" in node.reason


def test_a_named_and_typed_value_before_any_birth_is_uncertain() -> None:
    named = payload(metric("Speed", 5, INT16, at_ms=T0_MS), metric("Probes/Air 1", 4.0, DOUBLE, at_ms=T0_MS), seq=9)
    assert told(take(a_node(), "DDATA", named).readings) == [
        (SPEED, 5.0, Quality.UNCERTAIN),
        (AIR, 4.0, Quality.UNCERTAIN),
    ]
    untyped = payload(metric("Speed", 5, INT16, at_ms=T0_MS, typed=False), seq=9)
    assert take(a_node(), "DDATA", untyped).set_aside == 1


def test_after_a_missing_number_what_is_not_told_anew_is_bad_and_the_rest_uncertain_until_the_next_birth() -> None:
    node = born()
    gap = take(node, "DDATA", ddata(5, speed=4))
    assert gap.lost == 3
    assert told(gap.readings) == [*bad(AIR, DOOR), (SPEED, 4.0, Quality.UNCERTAIN)]
    assert {r.device_us for r in gap.readings} == {(T0_MS + 1000) * 1000}  # by the node's clock: before what follows
    assert "uncertain until the next birth" in node.reason
    assert told(take(node, "DDATA", ddata(6, speed=5)).readings) == [(SPEED, 5.0, Quality.UNCERTAIN)]
    assert told(take(node, "DBIRTH", dbirth(7, speed=6)).readings)[0] == (SPEED, 6.0, Quality.GOOD)
    take(node, "NBIRTH", nbirth(1))
    take(node, "DBIRTH", dbirth(1, speed=8))
    assert node.reason == ""


def test_the_sequence_goes_on_from_255_to_0() -> None:
    node = born()
    for seq in range(2, 600):
        assert take(node, "DDATA", ddata(seq % 256, at_ms=T0_MS + seq)).lost == 0
    assert node.reason == ""


def test_a_message_that_the_broker_sends_again_is_no_gap() -> None:
    node = born()
    first, second = ddata(2), ddata(3, at_ms=T0_MS + 2000)
    take(node, "DDATA", first)
    take(node, "DDATA", second)
    assert take(node, "DDATA", first) == Outcome(repeated=True)
    assert take(node, "DBIRTH", dbirth()).repeated
    assert take(node, "DDATA", ddata(4, at_ms=T0_MS + 3000)).lost == 0


def test_a_death_makes_every_point_bad_once() -> None:
    node = born()
    death = payload(metric("bdSeq", 0, INT64))
    assert sorted(told(take(node, "NDEATH", death).readings)) == sorted(bad(SPEED, AIR, DOOR))
    assert take(node, "NDEATH", death).readings == []
    assert node.reason == "Sparkplug node plant/line-1 is dead"
    assert take(node, "DDATA", ddata(2)).set_aside == 1
    take(node, "NBIRTH", nbirth(1))
    take(node, "DBIRTH", dbirth())
    assert node.reason == ""


def test_the_death_of_an_earlier_life_means_nothing() -> None:
    node = a_node()
    take(node, "NBIRTH", nbirth(bd_seq=4))
    take(node, "DBIRTH", dbirth())
    assert take(node, "NDEATH", payload(metric("bdSeq", 3, INT64))).readings == []
    assert told(take(node, "DDATA", ddata(2, speed=9)).readings) == [(SPEED, 9.0, Quality.GOOD)]


def test_a_devices_death_leaves_its_node_alone() -> None:
    node = born()
    assert told(take(node, "DDEATH", payload(seq=2, at_ms=T0_MS)).readings) == bad(SPEED, AIR)
    door = payload(metric(None, 1, BOOLEAN, alias=1, at_ms=T0_MS), seq=3)
    assert told(take(node, "NDATA", door).readings) == [(DOOR, 1.0, Quality.GOOD)]
    assert node.reason == "Sparkplug node plant/line-1: filler dead"
    death = take(node, "NDEATH", payload(metric("bdSeq", 0, INT64)))
    assert told(death.readings) == bad(DOOR)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (metric("Door", None, BOOLEAN, alias=1, at_ms=T0_MS), (None, Quality.BAD)),
        (metric("Door", 1, BOOLEAN, alias=1, at_ms=T0_MS, quality=192), (1.0, Quality.GOOD)),
        (metric("Door", 1, BOOLEAN, alias=1, at_ms=T0_MS, quality=0), (None, Quality.BAD)),
        (metric("Door", 1, BOOLEAN, alias=1, at_ms=T0_MS, quality=500), (1.0, Quality.UNCERTAIN_LAST_USABLE)),
        (metric("Door", 1, BOOLEAN, alias=1, at_ms=T0_MS, quality=77), (1.0, Quality.UNCERTAIN)),
        (metric("Door", 1, BOOLEAN, alias=1), (1.0, Quality.UNCERTAIN_TIME)),
        (metric("Door", "open", STRING, alias=1, at_ms=T0_MS), (None, Quality.BAD_SENSOR_FAILURE)),
        (metric("Door", 0, BOOLEAN, alias=1, at_ms=T0_MS - 86_400_000, historical=True), (0.0, Quality.GOOD)),
    ],
)
def test_nulls_qualities_and_times_become_quality(sent: bytes, expected: tuple[float | None, Quality]) -> None:
    readings = take(born(), "NDATA", payload(sent, seq=2)).readings
    assert [(None if isnan(r.value) else r.value, r.quality) for r in readings] == [expected]


def test_a_point_that_its_birth_does_not_name_is_told() -> None:
    node = a_node()
    take(node, "NBIRTH", nbirth())
    birth = take(node, "DBIRTH", payload(metric("Speed", 1, INT16, alias=7, at_ms=T0_MS), seq=1))
    assert told(birth.readings) == [(SPEED, 1.0, Quality.GOOD), (AIR, None, Quality.BAD_CONFIGURATION)]
    assert node.point_reasons == {AIR: "the birth of node plant/line-1 does not name it"}
    take(node, "DBIRTH", dbirth(2))
    assert node.point_reasons == {}


def test_when_the_broker_has_forgotten_us_no_alias_is_believed() -> None:
    node = born()
    node.forget()
    assert take(node, "DDATA", ddata(2)).set_aside == 1


def test_other_points_keep_the_births() -> None:
    node = born()
    node.change(POINTS[:1])
    assert told(take(node, "DDATA", ddata(2, speed=7)).readings) == [(SPEED, 7.0, Quality.GOOD)]
    node.change(POINTS)
    assert told(take(node, "DDATA", ddata(3, speed=8)).readings) == [(SPEED, 8.0, Quality.GOOD)]


def test_devices_that_nobody_asked_for_take_no_memory_but_count_in_the_sequence() -> None:
    node = born()
    for n in range(200):
        kind = ("DBIRTH", "DDATA", "DDEATH")[n % 3]
        outcome = node.take(kind, f"intruder-{n}", payload(metric("x", 1, INT16, alias=n), seq=n + 2), RECEIVED_US)
        assert (outcome.readings, outcome.lost) == ([], 0)
    assert set(node._births) | node._dead == {"", "filler"}
    assert node.take("DDATA", "intruder-1", payload(seq=204), RECEIVED_US).lost == 2


def test_bytes_that_are_no_payload_are_refused_with_a_reason() -> None:
    with pytest.raises(Unreadable):
        take(a_node(), "DDATA", b"\xff\xff\xff")
