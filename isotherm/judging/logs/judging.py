"""Which model judges which machine of a log, and what is said of the whole file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from math import inf
from typing import Any

import numpy as np

from isotherm.evaluating.course import iso
from isotherm.evaluating.words import duration
from isotherm.judging.logs import machine, room
from isotherm.judging.logs.alerts import LogAlert, MachineAlerts, Span, span_of
from isotherm.judging.logs.reading import Log, MachineLog
from isotherm.progress import step
from models.health.var_learning import TooFewHealthyRows
from telemetry.errors import Invalid

LEAST_ROWS = 60
"""Of one machine, to learn from and to judge."""
_GAP_STEPS, _GAP_US = 20, 1_800_000_000


class CommissionTooLong(Invalid):
    """The days that are to be learned from leave nothing of the log to judge."""


class CommissionImpossible(Invalid):
    """What is learned from is a number of days above nothing."""


class LogTooShort(Invalid):
    """No machine of this log has enough rows to learn from some and judge others."""


@dataclass(frozen=True, slots=True)
class LogJudged:
    """The file as it was taken, and each machine's alerts."""

    file: str
    log: Log
    spans: tuple[Span, ...]
    machines: tuple[MachineAlerts, ...]
    notes: tuple[str, ...]


def judge_log(log: Log, file: str, *, days: float | None, limit_c: float | None) -> LogJudged:
    """Raises CommissionImpossible, CommissionTooLong, LogTooShort, TooFewHealthyRows, NothingMoved."""
    if days is not None and not 0 < days < inf:
        raise CommissionImpossible(days=days)
    long = [each for each in log.machines if len(each.time_us) >= LEAST_ROWS]
    if not long:
        raise LogTooShort(file=file, rows=max((len(m.time_us) for m in log.machines), default=0), least=LEAST_ROWS)
    spans = tuple(span_of(each.time_us, days) for each in long)
    _leaves_something(long, spans, days)
    told, unknown = [], []
    for each, span in zip(long, spans, strict=True):
        with step(f"{each.name or file}: {len(each.time_us)} rows, {len(each.signals)} signals"):
            try:
                told.append(_judged(each, span, limit_c))
            except (TooFewHealthyRows, machine.NothingMoved) as few:
                if len(long) == 1:
                    raise
                unknown.append(f"{each.name} could not be learned: {few.title}")
    return LogJudged(file, log, spans, tuple(told), (*_notes(log, spans), *unknown))


def _leaves_something(logs: Sequence[MachineLog], spans: Sequence[Span], days: float | None) -> None:
    for each, span in zip(logs, spans, strict=True):
        if span.end_us >= each.time_us[-1]:
            days_long = float(each.time_us[-1] - each.time_us[0]) / 86_400e6
            raise CommissionTooLong(days=days, log_days=round(days_long, 2))


def _judged(log: MachineLog, span: Span, limit_c: float | None) -> MachineAlerts:
    alone = log.only(log.moving) if len(log.moving) == 1 else log
    if not alone.is_one_temperature:
        return machine.judged(log, span)
    limit = limit_c if limit_c is not None else room.limit_of(alone)
    if limit is None:
        note = "Warmer than any class of storage, so taken as a machine's signal; --limit makes it a room."
        return _with(machine.judged(alone, span), note)
    told = room.judged(alone, span, limit)
    still = [name for name in log.signals if name not in alone.signals]
    if still:
        told = _with(told, f"Never moved, so that one temperature is left: {', '.join(still)}.")
    why = "as named" if limit_c is not None else "by the class of storage its median lies in; --limit names another"
    return _with(told, f"Limit {limit:g} °C, {why}.")


def _with(told: MachineAlerts, note: str) -> MachineAlerts:
    return replace(told, notes=(note, *told.notes))


def _notes(log: Log, spans: tuple[Span, ...]) -> Iterator[str]:
    span = spans[0]
    why = (
        "as named"
        if span.asked
        else "seven days or a third of the log, whichever is shorter; --commission names others"
    )
    yield f"Taken as healthy and learned from: the first {duration(round(span.days * 86_400))}, {why}."
    for name, reason in log.left_out.items():
        yield f"Column {name} is no signal: {reason}."
    account = log.account
    if log.zone_assumed:
        yield "No time says its offset from UTC: taken as UTC. --tz names where the logger's clock was set."
    if account.duplicates:
        yield f"{account.duplicates} readings of a moment that had one; the last one counts."
    if not account.in_order:
        yield "Lines were not in the order of time, and were put into it."
    yield from filter(None, map(_gap, log.machines))
    short = [each.name for each in log.machines if len(each.time_us) < LEAST_ROWS]
    if short:
        yield f"Too few rows to judge: {', '.join(short)}."


def _gap(log: MachineLog) -> str | None:
    """Of the longest time without a row, where it is one: nothing was judged in it."""
    steps = np.diff(log.time_us)
    if len(steps) < LEAST_ROWS:
        return None
    longest, usual = int(np.argmax(steps)), float(np.median(steps))
    if steps[longest] < max(_GAP_STEPS * usual, _GAP_US):
        return None
    count, begin = int((steps > _GAP_STEPS * usual).sum()), int(log.time_us[longest])
    name = f"{log.name}: " if log.name else ""
    long = duration(round(float(steps[longest]) / 1e6))
    return f"{name}{count} gaps in which nothing was judged; the longest is {long}, from {iso(begin)}."


def as_json(judged: LogJudged) -> dict[str, Any]:
    """For programs."""
    log, account = judged.log, judged.log.account
    return {
        "file": judged.file,
        "taken_as": {
            "encoding": log.encoding,
            "separator": log.layout.separator,
            "header_line": log.layout.line,
            "time": log.layout.names[log.layout.time],
            "signals": [{"column": column.name, "unit": column.unit.value} for column in log.layout.values],
            "left_out": log.left_out,
        },
        "rows": {
            "lines": account.lines,
            "blank": account.blank,
            "unreadable": len({each.line for each in account.unreadable}),
            "duplicates": account.duplicates,
            "contradicting": account.contradicting,
            "in_order": account.in_order,
        },
        "unreadable": [asdict(each) for each in account.unreadable],
        "notes": list(judged.notes),
        "machines": [_machine(each) for each in judged.machines],
    }


def _machine(told: MachineAlerts) -> dict[str, Any]:
    return {
        "name": told.name or None,
        "signals": list(told.signals),
        "models": list(told.models),
        "rows_learned": told.learned,
        "rows_judged": told.judged,
        "days_judged": round(told.days_judged, 4),
        "alerts": [_alert(alert) for alert in told.alerts],
        "plain_limits": told.plain,
        "notes": list(told.notes),
    }


def _alert(alert: LogAlert) -> dict[str, Any]:
    return {
        "at": iso(alert.at_us),
        "until": iso(alert.until_us),
        "cause": alert.cause,
        "contributions": [
            {name: _number(value) for name, value in asdict(each).items()} for each in alert.contributions
        ],
    }


def _number(value: object) -> object:
    """A number that JSON knows."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if value - value == 0 else None
    return value
