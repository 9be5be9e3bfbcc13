"""Kinds of reports, and what each has to say of itself. A kind is a module here with a `KIND`, listed in `kinds.py`.

`gather` reads the facts within one snapshot of the database and answers one content: a frozen dataclass (or a mapping)
of plain values. All of it is given to the template as `view`, and all of it is what the printed digest is over, so a
content holds facts and no words: what depends on the reader's language is written by the template.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mes.people.model import Role
from telemetry.work import Work


class Span(StrEnum):
    """What time a report is about."""

    NONE = "none"  # its subject's own, or the moment it is made
    MONTH = "month"  # a calendar month of the plant
    FREE = "free"  # any two moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a report can be about. `key` is what it is asked for by: a zone's code, a record's number; may be empty."""

    key: str
    name_en: str
    name_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of `gather`. With Span.NONE there is no period."""

    subject: str
    start: datetime | None
    end: datetime | None  # half open

    def window(self) -> tuple[datetime, datetime]:
        """The period, where the kind has one."""
        if self.start is None or self.end is None:
            raise ValueError("this kind of report has a period")
        return self.start, self.end


Gather = Callable[[Work, Asked], Awaitable[object]]
Subjects = Callable[[Work], Awaitable[Sequence[Subject]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of report."""

    code: str  # room, excursion, calibration ...
    title: str  # English, marked with N_: what stands on top of it
    template: str  # reports/<code>.html, extends reports/sheet.html
    template_version: int  # rises with every change of what it prints
    span: Span
    gather: Gather  # raises NotFound where there is no such subject
    subjects: Subjects  # what can be chosen; one with an empty key where it is about the whole plant
    monthly: Subjects | None = None  # which of them are reported on the 1st of a month about the month before
    roles: frozenset[Role] = frozenset({Role.QA, Role.ENGINEER, Role.LEAD, Role.MAINTENANCE, Role.WAREHOUSE})  # may ask


WHOLE_PLANT = Subject(key="", name_en="Whole plant", name_zh="全厂")


async def whole_plant(_: Work) -> Sequence[Subject]:
    """The only subject of reports about everything."""
    return (WHOLE_PLANT,)
