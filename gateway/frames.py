"""What goes over a live stream: server-sent events as bytes, and which topic hears what. Pure.

Topics: `points` (all), `points/<beginning of a name>`, `events` (all of the plant's), or a noun of events in the
plural: `alarms` hears `alarm.raised`, `lots` hears `lot.held`; `maintenance` has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from telemetry.chain import stamp
from telemetry.clock import to_us
from telemetry.errors import Invalid
from telemetry.store import LastValue

POINTS, EVENTS = "points", "events"
_TOPIC = re.compile(r"[a-z]+|points/[\w./-]{1,200}")
_MOST_TOPICS = 20
_NOT_TOLD = frozenset({"person"})  # who was locked out is no news for everyone
HEARTBEAT = b": still here\n\n"


class TopicUnknown(Invalid):
    """A topic is a word, or `points/` and the beginning of names; at most twenty of them."""


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the outbox."""

    id: int
    at: datetime
    topic: str  # alarm.raised
    body: Mapping[str, object]

    @property
    def noun(self) -> str:
        return self.topic.partition(".")[0]


def topics_of(text: str) -> frozenset[str]:
    """The topics of a comma-separated list. Raises TopicUnknown."""
    topics = frozenset(part.strip() for part in text.split(",") if part.strip())
    if not 0 < len(topics) <= _MOST_TOPICS or not all(_TOPIC.fullmatch(topic) for topic in topics):
        raise TopicUnknown(topics=text[:200])
    return topics


def hears(topic: str, event: Event) -> bool:
    """Whether an event of the plant is told under a topic."""
    if event.noun in _NOT_TOLD:
        return False
    return topic in {EVENTS, event.noun, event.noun + "s"}


def sse(name: str, data: object, id_: int | None = None) -> bytes:
    """One event on the wire (WHATWG HTML, 9.2): JSON without line breaks in `data`."""
    head = f"id: {id_}\n" if id_ is not None else ""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
    return f"{head}event: {name}\ndata: {text}\n\n".encode()


def values_frame(topic: str, values: Iterable[LastValue], now: datetime) -> bytes:
    """`points` with rows [id, ms since 1970 UTC, value or null, quality]; empty where the topic hears none of them."""
    beginning = topic.removeprefix(POINTS).removeprefix("/")
    rows = [[v.point_id, to_us(v.time) // 1000, v.value, v.quality] for v in values if v.name.startswith(beginning)]
    return sse(POINTS, {"at": stamp(now), "points": rows}) if rows else b""


def event_frame(event: Event) -> bytes:
    """An event of the plant under the plural of its noun, with its id to go on from after a lost connection."""
    name = event.noun if event.noun == "maintenance" else event.noun + "s"
    return sse(name, {"id": event.id, "at": stamp(event.at), "topic": event.topic} | dict(event.body), event.id)


def frames_for(topics: Iterable[str], events: Iterable[Event]) -> bytes:
    """All events that any of these topics hears, each once."""
    wanted = [topic for topic in topics if not topic.startswith(POINTS)]
    return b"".join(event_frame(event) for event in events if any(hears(topic, event) for topic in wanted))
