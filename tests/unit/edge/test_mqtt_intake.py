"""From message to readings: what comes again, what is too long, whose name is taken, what another plan keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.intake import Arrived, Intake
from edge.drivers.mqtt.plan import plan
from edge.drivers.mqtt.tally import TOLD_FOR, Tally
from telemetry.clock import to_us
from telemetry.quality import Quality

NOW = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
LATER = NOW + timedelta(seconds=40)
AIR = {"point": "s/rooms/a/air", "topic": "rooms/a", "group": "rooms"}
FLEET = {"point": "s/fleet/{1}/air", "topics": "trucks/+/air", "group": "cargo"}


class Nobody:
    def acknowledge(self, numbers: Sequence[int]) -> None:
        raise AssertionError("the intake acknowledges nothing")


def an_intake(*points: dict[str, str], **settings: Any) -> Intake:
    told = {"name": "broker", "driver": "mqtt", "host": "h", "client_id": "c", "points": points}
    device = MqttDevice.model_validate({**told, **settings})
    return Intake(device, plan(device.points))


def message(topic: str, payload: bytes, number: int = 1, **flags: bool) -> Arrived:
    kept, again = flags.get("retained", False), flags.get("again", False)
    return Arrived(topic, payload, number, 1, kept, again, Nobody())


def test_a_message_that_comes_again_has_the_time_of_its_first_receipt() -> None:
    """So that the reading is the same one, and is filed once, though its logger has no clock."""
    intake = an_intake(AIR)
    (first,) = intake.read(message("rooms/a", b"4.5", 9), NOW)
    (again,) = intake.read(message("rooms/a", b"4.5", 9, again=True), LATER)
    assert again == first
    assert intake.tally.repeated == 1


def test_the_same_value_under_a_number_used_anew_is_another_reading() -> None:
    intake = an_intake(AIR)
    intake.read(message("rooms/a", b"4.5", 9), NOW)
    (other,) = intake.read(message("rooms/a", b"4.5", 9), LATER)
    (third,) = intake.read(message("rooms/a", b"4.6", 9, again=True), LATER)
    assert (other.device_us, third.device_us, intake.tally.repeated) == (to_us(LATER), to_us(LATER), 0)


def test_a_payload_longer_than_allowed_is_not_read_but_counted() -> None:
    intake = an_intake(AIR, max_message_kb=1)
    assert intake.read(message("rooms/a", b" " * 1024 + b"4"), NOW) == []
    assert (intake.tally.unreadable, intake.tally.messages) == (1, 1)
    assert "more than `max_message_kb` allows" in intake.tally.words(NOW)


def test_a_point_of_the_config_goes_before_one_that_a_topic_names() -> None:
    own = {"point": "s/fleet/truck-1/air", "topic": "trucks/truck-1/air", "path": "t", "group": "cargo"}
    intake = an_intake(FLEET, own)
    (reading,) = intake.read(message("trucks/truck-1/air", b'{"t": 7}'), NOW)
    assert (reading.value, intake.tally.nameless) == (7.0, 0)


def test_a_name_that_belongs_to_another_topic_is_refused() -> None:
    elsewhere = {"point": "s/fleet/truck-1/air", "topic": "garage/air", "group": "cargo"}
    intake = an_intake(FLEET, elsewhere)
    assert intake.read(message("trucks/truck-1/air", b"4"), NOW) == []
    assert intake.tally.nameless == 1
    assert "s/fleet/truck-1/air belongs to garage/air" in intake.tally.words(NOW)


def test_no_topic_names_what_an_edge_says_of_itself() -> None:
    intake = an_intake({"point": "s/{1}/{2}/air", "topics": "+/+", "group": "cargo"})
    assert intake.read(message("edges/edge-line", b"4"), NOW) == []
    assert "`s/edges/edge-line/air` is what an edge says of itself" in intake.tally.words(NOW)


def test_names_and_births_that_both_plans_have_stay_known() -> None:
    intake = an_intake(AIR, FLEET)
    intake.read(message("trucks/truck-1/air", b"4"), NOW)
    intake.change(plan(an_intake(FLEET)._plan.wildcards["trucks/+/air"]))
    assert intake.points == ["s/fleet/truck-1/air"]
    intake.change(plan(an_intake(AIR)._plan.topics["rooms/a"]))
    assert intake.points == ["s/rooms/a/air"]
    assert intake.read(message("trucks/truck-1/air", b"4"), NOW) == []
    assert intake.new_strangers() == ["trucks/truck-1/air"]
    assert intake.new_strangers() == []


def test_a_kept_message_with_a_time_of_its_own_is_as_good_as_any() -> None:
    intake = an_intake({**AIR, "path": "v"}, time="at")
    (dated,) = intake.read(message("rooms/a", b'{"v": 1, "at": 1768440000}', retained=True), NOW)
    (undated,) = intake.read(message("rooms/a", b'{"v": 1}', 2, retained=True), NOW)
    assert (dated.quality, undated.quality) == (Quality.GOOD, Quality.UNCERTAIN_TIME)


def test_mishaps_are_told_for_an_hour() -> None:
    tally = Tally(messages=8, unreadable=2, nameless=1)
    assert tally.words(NOW) == ""
    tally.note(NOW, "rooms/a: no JSON")
    assert tally.words(LATER) == "8 messages, 2 unreadable, 1 without a valid name; last: rooms/a: no JSON"
    assert tally.words(NOW + TOLD_FOR + timedelta(seconds=1)) == ""


def test_a_publisher_can_not_write_lines_into_the_log() -> None:
    intake = an_intake(AIR)
    intake.read(message("x\nERROR all is lost" + "y" * 60_000, b"1"), NOW)
    told = intake.tally.words(NOW)
    assert told.startswith("1 messages, 1 unwanted; last: a message of a topic that no point has: x\ufffdERROR")
    assert "\n" not in told
    assert len(told) < 400
