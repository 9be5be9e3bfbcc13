"""A round from its day to its review, and whether what was seen is in order. Pure.

What nobody looked at is marked when the window ends and stays marked, though an entry may still come: it is late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from mes.rounds.words import ItemWords, RoundWords, StopWords
from mes.transitions import StateMachine, Transition
from telemetry.errors import Invalid


class EntryUnsound(Invalid):
    """This answer does not fit what was asked: a number, one of the choices, in order or not."""


class RoundStatus(StrEnum):
    SCHEDULED = "scheduled"  # its window has not begun
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    INCOMPLETE = "incomplete"  # the window ended, something was not looked at
    MISSED = "missed"  # nobody began it
    REVIEWED = "reviewed"
    CANCELLED = "cancelled"  # its plan was retired before its window


class Timeliness(StrEnum):
    """Of one item of a round."""

    WAITING = "waiting"  # the window lasts
    ON_TIME = "on_time"
    MISSED = "missed"
    LATE = "late"  # missed, and looked at after all
    LEFT_OUT = "left_out"  # nobody had to look


SLACK = timedelta(minutes=2)
"""By so much the times of two messages of one phone may be told apart wrongly."""
RUNNING = frozenset({RoundStatus.SCHEDULED, RoundStatus.OPEN, RoundStatus.IN_PROGRESS})
"""Their window has not been closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    id: int
    number: str
    plan_id: int
    definition: str
    opens_at: datetime
    closes_at: datetime
    status: RoundStatus
    started_by: str | None
    started_at: datetime | None
    submitted_by: str | None
    submitted_at: datetime | None
    closed_at: datetime | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    remark: str
    version: int
    words: RoundWords = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", RoundStatus(self.status))
        object.__setattr__(self, "words", RoundWords.model_validate_json(self.definition))

    def stop(self, at: int) -> StopWords | None:
        """The stop at a place."""
        return self.words.stops[at] if 0 <= at < len(self.words.stops) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopStart:
    """Somebody stood before the machine."""

    id: int
    task_id: int
    stop: int
    scanned: str
    reason: str
    seen_at: datetime
    received_at: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEntry:
    """What was seen."""

    id: int
    task_id: int
    stop: int
    item: str
    value: str
    passed: bool
    note: str
    seen_at: datetime
    received_at: datetime
    late: bool
    order_id: int | None
    deviation_id: int | None
    actor: str
    photo_id: int | None
    gauge_id: int | None = None  # that it was measured with


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    task_id: int
    stop: int
    item: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFacts:
    """What the guards look at."""

    actor: str = ""
    walkers: frozenset[str] = frozenset()
    unanswered: int = 0
    whole: bool = True  # everything was looked at in time
    remark: str = ""


_ANSWERED = {"every_item_is_looked_at": lambda facts: facts.unanswered == 0}
_REVIEW = {
    "reviewer_did_not_walk": lambda f: f.actor not in f.walkers,
    "remark_given": lambda f: f.whole or bool(f.remark.strip()),
}
REVIEWERS = frozenset({"lead", "maintenance", "engineer", "qa"})

ROUND: StateMachine[RoundFacts] = StateMachine(
    "round",
    (
        Transition("open", frozenset({RoundStatus.SCHEDULED}), RoundStatus.OPEN),
        Transition("start", frozenset({RoundStatus.OPEN}), RoundStatus.IN_PROGRESS),
        Transition("submit", frozenset({RoundStatus.IN_PROGRESS}), RoundStatus.SUBMITTED, _ANSWERED),
        Transition("cut_short", frozenset({RoundStatus.IN_PROGRESS}), RoundStatus.INCOMPLETE),
        Transition("miss", frozenset({RoundStatus.SCHEDULED, RoundStatus.OPEN}), RoundStatus.MISSED),
        Transition("call_off", frozenset({RoundStatus.SCHEDULED}), RoundStatus.CANCELLED),
        Transition(
            "review",
            frozenset({RoundStatus.SUBMITTED, RoundStatus.INCOMPLETE, RoundStatus.MISSED}),
            RoundStatus.REVIEWED,
            _REVIEW,
            roles=REVIEWERS,
        ),
    ),
)


def verdict(item: ItemWords, value: str, last_meter: Decimal | None = None) -> tuple[str, bool]:
    """The answer as it is kept, and whether it is in order; limits themselves are within. Raises EntryUnsound.

    `last_meter`: what a meter showed before; one that shows less is not in order.
    """
    said = value.strip()
    match item.kind:
        case "check":
            if said not in {"ok", "not_ok"}:
                raise EntryUnsound(item=item.code, value=said)
            return said, said == "ok"
        case "choice":
            if said not in item.choices:
                raise EntryUnsound(item=item.code, value=said)
            return said, said in item.accepted if item.accepted else True
        case "number" | "meter":
            number = _number(item, said)
            back = item.kind == "meter" and last_meter is not None and number < last_meter
            low = item.low is not None and number < item.low
            high = item.high is not None and number > item.high
            return f"{number:f}", not (back or low or high)
        case "text":
            if not said:
                raise EntryUnsound(item=item.code)
            return said, True
    return said, said != "not_ok"  # a photo; with it, that what it shows is not in order


def _number(item: ItemWords, said: str) -> Decimal:
    try:
        number = Decimal(said.replace(",", "."))
    except InvalidOperation as error:
        raise EntryUnsound(item=item.code, value=said) from error
    if not number.is_finite() or abs(number) >= 1_000_000_000:
        raise EntryUnsound(item=item.code, value=said)
    return number


def fresh(starts: Iterable[StopStart], stop: int, at: datetime, holds: timedelta) -> StopStart | None:
    """The start at a stop that an answer of a moment rests on; None: the label was not scanned, or too long ago."""
    known = [each for each in starts if each.stop == stop and each.seen_at - SLACK <= at <= each.seen_at + holds]
    return max(known, key=lambda each: each.seen_at, default=None)


def unanswered(
    words: RoundWords, answered: Iterable[tuple[int, str]], *, optional: bool = False
) -> list[tuple[int, str]]:
    """Items nobody looked at, as (stop, item), in the order of the way; those that may be left out only if asked."""
    known = set(answered)
    asked = ((n, item) for n, stop in enumerate(words.stops) for item in stop.items)
    return [(n, item.code) for n, item in asked if (item.mandatory or optional) and (n, item.code) not in known]


def timeliness(
    words: RoundWords, entries: Iterable[RoundEntry], misses: Iterable[Miss], *, is_over: bool
) -> Mapping[tuple[int, str], Timeliness]:
    """By (stop, item): how it stands. A miss stays one, whatever came after."""
    missed = {(m.stop, m.item) for m in misses}
    in_time: set[tuple[int, str]] = set()
    late: set[tuple[int, str]] = set()
    for entry in entries:
        (late if entry.late else in_time).add((entry.stop, entry.item))
    found: dict[tuple[int, str], Timeliness] = {}
    for key in unanswered(words, (), optional=True):
        if key in in_time:
            found[key] = Timeliness.ON_TIME
        elif key in late:
            found[key] = Timeliness.LATE
        elif key in missed:
            found[key] = Timeliness.MISSED
        else:
            found[key] = Timeliness.LEFT_OUT if is_over else Timeliness.WAITING
    return found
