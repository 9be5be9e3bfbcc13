"""How long a recall may take: hours to tell everyone, days between reports to the authority. Figures are data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field, TypeAdapter

from mes.recall.model import Recall, RecallClass
from telemetry.strict import Strict

_FILE = Path(__file__).with_name("clocks.yaml")
NOTIFY, PROGRESS = "notify", "progress"


class ClassClocks(Strict):
    """What holds for recalls of one class."""

    notify_h: int = Field(gt=0)
    progress_d: int = Field(gt=0)


class Rule(Strict):
    """The clocks of one text."""

    citation: str = Field(min_length=1)
    classes: dict[RecallClass, ClassClocks]


class Clocks(Strict):
    in_force: str
    rules: dict[str, Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Something that is due, and when it was done."""

    kind: str  # notify, progress
    number: int  # of the report; notify: 1
    due_at: datetime
    answered_at: datetime | None
    overdue: bool  # done late, or due and not done

    @property
    def open(self) -> bool:
        """Whether it was due, and nobody has answered it."""
        return self.overdue and self.answered_at is None


@cache
def clocks() -> Clocks:
    """The file of this slice, checked. Raises pydantic's ValidationError."""
    return TypeAdapter(Clocks).validate_python(yaml.safe_load(_FILE.read_text("utf-8")))


def rule_in_force() -> tuple[str, Rule]:
    """Name and figures of what holds for a recall that begins now."""
    known = clocks()
    return known.in_force, known.rules[known.in_force]


def citation(rule: str) -> str:
    """Where the figures of a rule stand, `English / 中文`; a rule that is no longer kept: its name."""
    known = clocks().rules
    return known[rule].citation if rule in known else rule


def running(
    recall: Recall, *, notified_at: datetime | None, reports: Sequence[datetime], end: datetime | None, now: datetime
) -> list[Clock]:
    """All that was due up to `end` (when every line was reconciled; None: it goes on) or now, and what is due next.

    `reports`: when the authority was told, oldest first. A rehearsal reports to nobody.
    """
    found = [_clock(NOTIFY, 1, recall.opened_at + timedelta(hours=recall.notify_h), notified_at, now)]
    if recall.is_mock:
        return found
    period, number = timedelta(days=recall.progress_d), 1
    while True:
        due = recall.opened_at + number * period
        if end is not None and due > end:
            return found
        answered = reports[number - 1] if number <= len(reports) else None
        found.append(_clock(PROGRESS, number, due, answered, now))
        if due > now:
            return found
        number += 1


def _clock(kind: str, number: int, due: datetime, answered: datetime | None, now: datetime) -> Clock:
    overdue = (answered or now) > due
    return Clock(kind=kind, number=number, due_at=due, answered_at=answered, overdue=overdue)
