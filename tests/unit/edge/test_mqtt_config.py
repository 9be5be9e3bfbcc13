"""What a person may write for a broker, what is told of mistakes, and which subscriptions come of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.config import load
from edge.drivers.mqtt.config import MqttDevice, mistakes
from edge.drivers.mqtt.plan import AT_MOST_ONCE, MqttPlan, plan

SAMPLES = Path(__file__).parents[3] / "edge" / "drivers" / "mqtt"
AIR = {"point": "s/rooms/a/air", "topic": "rooms/a", "group": "rooms"}
FLEET = {"point": "s/fleet/{1}/air", "topics": "trucks/+/telemetry", "path": "t1", "group": "cargo"}
SPEED = {"point": "s/line/filler/speed", "metric": "plant/line-1/filler/Outputs/Speed", "group": "machines"}
DOOR = {"point": "s/line/plc/door", "metric": "plant/line-1//Door", "group": "machines"}


def a_device(*points: dict[str, str], **settings: Any) -> MqttDevice:
    told = {"name": "broker", "driver": "mqtt", "host": "h", "client_id": "c", "points": points}
    return MqttDevice.model_validate({**told, **settings})


def told(device: MqttDevice) -> list[str]:
    return [f"{'.'.join(map(str, m.where))}: {m.text}" for m in mistakes(device)]


@pytest.mark.parametrize("point", [AIR, FLEET, SPEED, DOOR, {**FLEET, "point": "s/fleet/truck-{1}/air"}])
def test_sound_points_are_taken(point: dict[str, str]) -> None:
    assert told(a_device(point)) == []


@pytest.mark.parametrize(
    ("point", "mistake"),
    [
        ({**AIR, "topics": "rooms/+"}, "points.0.topics: a point has one of `topic`, `topics`, `metric`, not several"),
        ({"point": AIR["point"], "group": "g"}, "points.0.topic: `topic` is missing: a point has one of"),
        ({**AIR, "topic": "rooms/+"}, "points.0.topic: `rooms/+`: a point has one topic, without + and #"),
        ({**AIR, "point": "s/rooms/{1}/air"}, "points.0.point: `s/rooms/{1}/air`: {1} is filled in from `topics`"),
        ({**FLEET, "topics": "trucks/#"}, "points.0.topics: `trucks/#`: levels are names or a `+` alone"),
        ({**FLEET, "topics": "trucks/truck+/t"}, "points.0.topics: `trucks/truck+/t`: levels are names"),
        ({**FLEET, "topics": "+/+/t"}, "points.0.point: `s/fleet/{1}/air` must have {1}, {2} once each"),
        ({**FLEET, "point": "{1}/fleet/a/air"}, "points.0.point: `{1}/fleet/a/air`: the site is a fixed name"),
        ({**SPEED, "metric": "plant/line-1/Speed"}, "points.0.metric: `plant/line-1/Speed` must be group/node/device"),
        (
            {**SPEED, "metric": "plant/+/filler/Speed"},
            "points.0.metric: `plant/+/filler/Speed`: group, node and device",
        ),
        ({**SPEED, "path": "v"}, "points.0.path: a Sparkplug metric has no `path`"),
        ({**AIR, "path": ""}, "points.0.path: `path` is empty"),
    ],
)
def test_each_mistake_says_what_is_allowed(point: dict[str, str], mistake: str) -> None:
    assert told(a_device(point))[0].startswith(mistake)


def test_wildcards_under_which_a_message_would_come_twice_are_told() -> None:
    other = {**FLEET, "point": "s/fleet/{1}/door", "topics": "+/truck-1/telemetry"}
    assert told(a_device(FLEET, other)) == [
        "points.1.topics: `+/truck-1/telemetry` and `trucks/+/telemetry` can match the same topic"
    ]


def test_a_certificate_without_its_key_is_told() -> None:
    assert told(a_device(AIR, tls={"certificate": "edge.crt"})) == [
        "tls: `certificate` and `key` go together: give both or none"
    ]


def test_a_fixed_topic_under_a_wildcard_is_not_asked_for_twice() -> None:
    fixed = {"point": "s/fleet/truck-9/door", "topic": "trucks/truck-9/telemetry", "path": "door", "group": "cargo"}
    planned = plan(a_device(AIR, FLEET, fixed).points)
    assert str(planned) == (
        "rooms/a: 1 points, the payload is the number\n"
        "trucks/+/telemetry: 2 points, points named from the topic, JSON at t1; trucks/truck-9/telemetry come with it"
    )
    assert planned.addresses == {"s/rooms/a/air": "rooms/a", "s/fleet/truck-9/door": "trucks/truck-9/telemetry door"}


def test_a_sparkplug_node_is_listened_to_whole_but_not_to_its_commands() -> None:
    planned = plan(a_device(SPEED, DOOR).points)
    assert [(s.filter, s.points) for s in planned.subscriptions] == [
        ("spBv1.0/plant/NBIRTH/line-1", ("s/line/plc/door",)),
        ("spBv1.0/plant/NDATA/line-1", ("s/line/plc/door",)),
        ("spBv1.0/plant/NDEATH/line-1", ("s/line/plc/door",)),
        ("spBv1.0/plant/DBIRTH/line-1/+", ("s/line/filler/speed",)),
        ("spBv1.0/plant/DDATA/line-1/+", ("s/line/filler/speed",)),
        ("spBv1.0/plant/DDEATH/line-1/+", ("s/line/filler/speed",)),
    ]
    assert planned.facts()[0] == {
        "subscribe": "spBv1.0/plant/NBIRTH/line-1",
        "qos": 1,
        "points": ["s/line/plc/door"],
        "reason": "Sparkplug, births of node plant/line-1",
    }


def test_the_group_of_a_point_is_known_before_its_first_message() -> None:
    planned: MqttPlan = plan(a_device(AIR, FLEET, SPEED).points)
    names = "s/rooms/a/air", "s/fleet/truck-77/air", "s/line/filler/speed", "s/fleet/truck-77/door", "s/fleet/a/b/air"
    assert [planned.group_of(name) for name in names] == ["rooms", "cargo", "machines", None, None]


def test_a_plan_of_qos_0_says_what_that_costs() -> None:
    assert str(plan(a_device(AIR).points, qos=0)).splitlines()[-1] == AT_MOST_ONCE


@pytest.mark.parametrize("name", ["sample.yaml", "sample-sparkplug.yaml"])
def test_the_samples_have_no_mistakes(name: str) -> None:
    environ = {"NATS_URL": "nats://localhost:4222", "VAR": "/tmp/var"}
    config = load(SAMPLES / name, environ)
    assert len(config.devices) == 1


def test_the_driver_publishes_nothing_but_the_question_for_a_birth() -> None:
    lines = [line for path in SAMPLES.glob("*.py") for line in path.read_text().splitlines() if "publish(" in line]
    (only,) = lines
    assert "/NCMD/" in only
    assert "rebirth_command" in only
