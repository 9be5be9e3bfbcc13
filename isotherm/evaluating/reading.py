"""From a file to readings in order of point and time, with an account of every line that is not among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import numpy.typing as npt

from isotherm.evaluating.header import Layout, layout_of
from isotherm.evaluating.moments import UNREAD, Dates, Writing
from isotherm.evaluating.parts import Intake, Part, Reason, Unreadable
from isotherm.evaluating.source import Source
from isotherm.evaluating.zones import to_utc
from models.columns import Columns, Moments, Values, order_by_point
from telemetry.errors import Invalid

Lines = npt.NDArray[np.int32]
Points = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


class NothingReadable(Invalid):
    """No line of this file could be read as a time and a value."""


class OffsetMissing(Invalid):
    """The times say no offset from UTC. Say where the logger's clock was set: --tz Asia/Shanghai, or --tz +08:00."""


class DatesAmbiguous(Invalid):
    """Nothing in this file tells day from month. Say which stands first: --dates dmy, --dates mdy or --dates ymd."""


class DatesContradict(Invalid):
    """Some dates have the day first, others the month. Say which is meant: --dates dmy or --dates mdy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of the lines."""

    lines: int  # behind the header, blank ones not counted
    blank: int
    unreadable: tuple[Unreadable, ...]
    duplicates: int  # readings of a moment of a point that had one
    contradicting: int  # moments of a point whose readings differ
    unknown_qualities: int
    beyond_range: int  # values written as `<-40` or `>60`
    in_order: bool  # no point's times run back
    twice: tuple[int, ...]  # lines in the hour that comes twice in autumn
    never: tuple[int, ...]  # lines in the hour that never came in spring
    time_forms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """All readings of a file in order of point and time."""

    layout: Layout
    encoding: str
    names: tuple[str | None, ...]  # of the points by number; None: the file names none
    point: Points
    first: npt.NDArray[np.intp]  # row of each point; one more: the number of rows
    columns: Columns
    account: Account

    def of(self, point: int) -> Columns:
        """One point's readings, in order of time."""
        rows = slice(int(self.first[point]), int(self.first[point + 1]))
        return Columns(self.columns.time_us[rows], self.columns.value[rows], self.columns.quality[rows])


def read_file(source: Source, *, zone: tzinfo | None, dates: Dates | None, layout: Layout | None = None) -> Readings:
    """By the file's own layout, or by one that was found before.

    Raises ColumnsUnknown, NothingReadable, OffsetMissing, DatesAmbiguous, DatesContradict.
    """
    intake = Intake(source, layout or layout_of(source.head(), source.name), Writing(dates))
    parts = [part for part in intake.parts() if len(part.line)]
    if not parts:
        raise _nothing(intake)
    line = np.concatenate([part.line for part in parts])
    point = np.concatenate([part.point for part in parts])
    local, naive = _dated(parts, line, intake)
    value = np.concatenate([part.celsius for part in parts])
    quality = np.concatenate([part.quality for part in parts])
    del parts
    time, twice, never, kept = _utc(local, naive, line, point, zone, intake)
    if kept is not None:
        time, point, value, quality = time[kept], point[kept], value[kept], quality[kept]
    order = order_by_point(point, time)
    if order is not None:
        time, point, value, quality = time[order], point[order], value[order], quality[order]
    return Readings(
        layout=intake.layout,
        encoding=source.encoding,
        names=tuple(intake.names),
        point=point,
        first=np.append(0, np.cumsum(np.bincount(point, minlength=len(intake.names)))),
        columns=Columns(time, value, quality),
        account=_account(intake, doubles_of(point, time, value), _runs_on(order, point), twice, never),
    )


def _runs_on(order: npt.NDArray[np.intp] | None, point: Points) -> bool:
    """Whether each point's lines were in order of time before they were put in `order`."""
    return order is None or bool(((order[1:] > order[:-1]) | (point[1:] != point[:-1])).all())


def doubles_of(point: Points, time: Moments, value: Values) -> tuple[int, int]:
    """Readings of a moment of a point that had one, and moments whose readings differ; rows in order of both."""
    same = (point[1:] == point[:-1]) & (time[1:] == time[:-1])
    other = same & (value[1:] != value[:-1]) & ~(np.isnan(value[1:]) & np.isnan(value[:-1]))
    moments = np.flatnonzero(np.append(True, ~same)).searchsorted(other.nonzero()[0], "right")
    return int(same.sum()), len(np.unique(moments))


def _account(
    intake: Intake, doubles: tuple[int, int], in_order: bool, twice: tuple[int, ...], never: tuple[int, ...]
) -> Account:
    return Account(
        lines=intake.lines,
        blank=intake.blank,
        unreadable=tuple(sorted(intake.unreadable, key=lambda unreadable: unreadable.line)),
        duplicates=doubles[0],
        contradicting=doubles[1],
        unknown_qualities=intake.unknown_qualities,
        beyond_range=intake.beyond_range,
        in_order=in_order,
        twice=twice,
        never=never,
        time_forms=tuple(form.head or "epoch" for form in intake.writing.forms),
    )


def _nothing(intake: Intake) -> Invalid:
    if intake.writing.short_year:
        return DatesAmbiguous(example=intake.writing.short_year)
    first = min(intake.unreadable, key=lambda unreadable: unreadable.line, default=None)
    if first is None:
        return NothingReadable(reason="there is no line behind the header", header_line=intake.layout.line)
    return NothingReadable(first_line=first.line, text=first.text, reason=first.reason)


def _dated(parts: list[Part], line: Lines, intake: Intake) -> tuple[Moments, Mask]:
    """Times with the order of day and month decided, and which of them are by the logger's own clock."""
    first = np.concatenate([part.time.local_us for part in parts])
    naive = np.concatenate([part.time.offset_us == UNREAD for part in parts])
    if all((part.time.local_us == part.time.other_us).all() for part in parts):
        return first, naive
    second = np.concatenate([part.time.other_us for part in parts])
    day_first, month_first = second == UNREAD, first == UNREAD
    if day_first.any() and month_first.any():
        shown = {"day_first_line": int(line[day_first.argmax()]), "month_first_line": int(line[month_first.argmax()])}
        raise DatesContradict(**shown)
    if not day_first.any() and not month_first.any():
        raise DatesAmbiguous(line=int(line[(first != second).argmax()]))
    return (first if day_first.any() else second), naive


def _utc(
    local: Moments, naive: Mask, line: Lines, point: Points, zone: tzinfo | None, intake: Intake
) -> tuple[Moments, tuple[int, ...], tuple[int, ...], Mask | None]:
    """UTC, lines of the hour that came twice and of the one that never came, and which rows stay if not all do."""
    if not naive.any():
        return local, (), (), None
    if zone is None:
        if naive.all():
            raise OffsetMissing(line=int(line[0]))
        intake.refuse(np.unique(line[naive]).tolist(), Reason.NO_OFFSET)
        return local, (), (), ~naive
    rows = slice(None) if naive.all() else np.flatnonzero(naive)
    clock = to_utc(local[rows], point[rows], zone)
    local[rows] = clock.utc_us
    twice, never = (tuple(np.unique(line[rows][mask]).tolist()) for mask in (clock.twice, clock.never))
    return local, twice, never, None
