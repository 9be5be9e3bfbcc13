"""An arrival that has been looked at: what of it can be stored, and what its ledger row will say. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telemetry.batch import Batch
from telemetry.clock import from_us, to_us
from telemetry.store.arrival import Arrival, Key, Refusal
from telemetry.store.copying import Rows
from telemetry.store.screening import Screened, screen
from telemetry.wire import Message, encode

HOUR_US = 3_600_000_000
WEEK_US = 7 * 24 * HOUR_US
_MONDAY_US = -3 * 24 * HOUR_US  # 1970 began on a Thursday


@dataclass(frozen=True, slots=True)
class Names:
    """The points of a batch, as an edge names them again and again in batch after batch."""

    ids: array[int]  # in the order of the names
    literal: str  # the same as an array of SQL
    once_each: array[int]  # what the column of points is where each has one reading, in order: a group read at once


def names_of(ids: Iterable[int]) -> Names:
    """The points with these ids."""
    known = array("i", ids)
    return Names(known, _literal(known), array("H", range(len(known))))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An arrival, its readings taken apart, and what is said of those that can be stored."""

    arrival: Arrival
    screened: Screened
    names: Names
    touched: str  # ids of the points that have readings, as an array literal: SQL's arrays of arrays are rectangles

    @property
    def key(self) -> Key:
        return self.arrival.key

    @property
    def first_us(self) -> int:
        """Earliest device time."""
        return self.screened.first_us

    @property
    def last_us(self) -> int:
        """Latest device time."""
        return self.screened.last_us

    @property
    def n(self) -> int:
        """Readings that can be stored."""
        return len(self.screened.sound)


def candidate(arrival: Arrival, now: datetime, names: Names) -> Candidate:
    """Look at an arrival's readings. `names` are its batch's. One without readings stands at this moment."""
    screened = screen(arrival.message.batch, to_us(now))
    return Candidate(arrival, screened, names, _touched(screened.sound, names))


def _touched(sound: Batch, names: Names) -> str:
    if sound.point == names.once_each:
        return names.literal
    used = set(sound.point)
    return names.literal if len(used) == len(names.ids) else _literal(map(names.ids.__getitem__, used))


def ledger_row(candidate: Candidate) -> dict[str, Any]:
    """The columns of its ledger row."""
    return {
        "edge": candidate.key.edge,
        "epoch": candidate.key.epoch,
        "sequence": candidate.key.sequence,
        "lane": candidate.arrival.lane,
        "n": candidate.n,
        "points": candidate.touched,
        "first_time": from_us(candidate.first_us),
        "last_time": from_us(candidate.last_us),
        "digest": candidate.arrival.digest,
    }


def rows(candidate: Candidate, batch_id: int) -> Rows:
    """Its readings as rows of the table."""
    sound, ids = candidate.screened.sound, candidate.names.ids
    is_once_each = sound.point == candidate.names.once_each
    points = ids if is_once_each else array("i", map(ids.__getitem__, sound.point))
    return Rows(points, sound.device_us, sound.received_us, sound.value, sound.quality, batch_id)


def weeks(candidate: Candidate) -> set[int]:
    """The weeks that its readings fall into, numbered since 1970."""
    first, last = _week(candidate.first_us), _week(candidate.last_us)
    return {first, last} if last - first < 2 else set(map(_week, candidate.screened.sound.device_us))


def monday(week: int) -> datetime:
    """The moment a week begins, UTC."""
    return from_us(week * WEEK_US + _MONDAY_US)


def is_long(candidate: Candidate) -> bool:
    """Whether it touches more than an hour."""
    return candidate.last_us - candidate.first_us > HOUR_US


def spans(candidate: Candidate) -> set[tuple[int, int]]:
    """The hours (µs) that the readings of a long message touch."""
    hours = {t // HOUR_US for t in candidate.screened.sound.device_us}
    return {(h * HOUR_US, (h + 1) * HOUR_US - 1) for h in hours}


def faulty(candidate: Candidate) -> tuple[Refusal, ...]:
    """The readings that can't be stored, encoded again, one refusal for each reason."""
    key, arrival = candidate.key, candidate.arrival
    return tuple(
        Refusal(
            subject=arrival.subject,
            code=str(fault),
            detail=f"{len(batch)} of {len(arrival.message.batch)} readings",
            payload=encode(Message(*key, batch)),
            edge=key.edge,
            epoch=key.epoch,
            sequence=key.sequence,
            n=len(batch),
        )
        for fault, batch in candidate.screened.faulty.items()
    )


def reused(arrival: Arrival) -> Refusal:
    """A sequence that was stored before with other bytes: an edge that counts wrongly must not lose readings by it."""
    return Refusal(
        subject=arrival.subject,
        code="SequenceReused",
        detail="this sequence has been stored with other content",
        payload=arrival.payload,
        edge=arrival.key.edge,
        epoch=arrival.key.epoch,
        sequence=arrival.key.sequence,
        n=len(arrival.message.batch),
    )


def _literal(ids: Iterable[int]) -> str:
    return "{" + ",".join(map(str, sorted(set(ids)))) + "}"


def _week(time_us: int) -> int:
    return (time_us - _MONDAY_US) // WEEK_US
