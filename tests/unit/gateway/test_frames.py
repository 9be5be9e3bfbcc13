"""What goes over a live stream, and who hears it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.frames import Event, TopicUnknown, event_frame, frames_for, hears, sse, topics_of, values_frame
from telemetry.store import LastValue

AT = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)


def an_event(topic: str = "lot.held", id_: int = 7) -> Event:
    return Event(id_, AT, topic, {"lot_id": 1})


def a_value(name: str, value: float | None = 5.1, id_: int = 1) -> LastValue:
    return LastValue(id_, name, AT, AT, value, 192)


@pytest.mark.parametrize(
    ("topic", "event", "told"),
    [
        ("events", "lot.held", True),
        ("lots", "lot.held", True),
        ("lot", "lot.held", True),
        ("lots", "alarm.raised", False),
        ("maintenance", "maintenance.requested", True),
        ("events", "person.locked", False),
        ("persons", "person.locked", False),
    ],
)
def test_a_topic_hears_its_nouns_events(topic: str, event: str, told: bool) -> None:
    assert hears(topic, an_event(event)) is told


def test_an_event_of_two_topics_is_told_once() -> None:
    assert frames_for(["events", "lots"], [an_event()]) == event_frame(an_event())


def test_the_form_on_the_wire() -> None:
    assert event_frame(an_event()) == (
        b'id: 7\nevent: lots\ndata: {"id":7,"at":"2026-01-15T01:20:00.000000Z","topic":"lot.held","lot_id":1}\n\n'
    )


def test_no_text_can_break_out_of_its_line() -> None:
    frame = sse("lots", {"reason": "a\n\nevent: fake\ndata: 1\r\n\u2028"})
    assert frame.count(b"\n") == 3
    assert b"\r" not in frame


def test_values_are_rows_of_the_points_that_the_topic_names() -> None:
    values = [a_value("hainan/fleet/truck-1/air-1"), a_value("hainan/filling/line-1/speed", None, 2)]
    assert b"[[1,1768440000000,5.1,192],[2,1768440000000,null,192]]" in values_frame("points", values, AT)
    assert b"[[1,1768440000000,5.1,192]]" in values_frame("points/hainan/fleet", values, AT)
    assert values_frame("points/hainan/attic", values, AT) == b""


@pytest.mark.parametrize(
    "text", ["", ",", "POINTS", "points/", "points/a b", "lots;alarms", ",".join("abcdefghijklmnopqrstu")]
)
def test_topics_that_are_none(text: str) -> None:
    with pytest.raises(TopicUnknown):
        topics_of(text)


def test_topics_are_a_list_with_commas() -> None:
    assert topics_of("points/hainan/fleet, alarms,,alarms") == {"points/hainan/fleet", "alarms"}
