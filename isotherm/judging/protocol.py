"""How alarms are counted against what really happened, alike for every set.

Events and alerts go in as moments in seconds, rows as booleans; out come recall, delays, lead before the breach, false
alerts a day of watching, and the pooled figures that publications use. No point adjustment: it makes one percent of
random alarms look perfect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt

from isotherm.judging.report import Figures

Rows = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

DAY_S = 86_400.0
CLEAR_S = 3_600.0
"""An alarm of the same cause within an hour of the last one is the same alert."""


@dataclass(frozen=True, slots=True)
class Event:
    """What really happened to an asset, from its start to its end, in seconds."""

    asset: str
    start_s: float
    end_s: float
    cause: str = ""  # empty: not told
    breach_s: float = nan  # when the product passed its limit


@dataclass(frozen=True, slots=True)
class Alert:
    """A detector spoke."""

    asset: str
    at_s: float
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """A time in which alerts count."""

    asset: str
    start_s: float
    end_s: float


def onsets(time_s: Numbers, alarm: Rows, *, clear_s: float = CLEAR_S) -> Numbers:
    """Moments at which an alarm began after it had been clear for so long, or for ever. `alarm` is of one cause."""
    at = time_s[np.asarray(alarm, dtype=bool)]
    if not len(at):
        return np.empty(0)
    rises = np.flatnonzero(np.diff(np.concatenate([[0], alarm.astype(np.int8)])) > 0)
    before = np.searchsorted(at, time_s[rises]) - 1  # the last row in alarm before each rise
    quiet = np.where(before >= 0, time_s[rises] - at[np.maximum(before, 0)], np.inf)
    begun: Numbers = time_s[rises][quiet > clear_s]
    return begun


def spans(time_s: Numbers, truth: Rows, *, asset: str = "", cause: str = "") -> list[Event]:
    """Runs of rows that are true, as events: from the first such row to the last."""
    edges = np.diff(np.concatenate([[0], np.asarray(truth, dtype=np.int8), [0]]))
    pairs = zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0) - 1, strict=True)
    return [Event(asset, float(time_s[first]), float(time_s[last]), cause) for first, last in pairs]


def event_figures(
    events: Sequence[Event], alerts: Iterable[Alert], watches: Sequence[Watch], *, grace_s: float = 0.0
) -> Figures:
    """The primary figures.

    An event is found by an alert of its asset that begins in it, or so long after its end (`grace_s`). An alert in no
    event is false, and so is counted by the time that was watched and was no event. `cause_accuracy` is of the found
    events whose cause is told, by their first alert. `lead_s` is from the first alert to the breach: negative is late.
    """
    of = _by_asset(alerts, watches)
    first = [_first_in(event, of.get(event.asset, []), grace_s) for event in events]
    found = [(event, alert) for event, alert in zip(events, first, strict=True) if alert is not None]
    delays = [alert.at_s - event.start_s for event, alert in found]
    leads = [event.breach_s - alert.at_s for event, alert in found if event.breach_s == event.breach_s]
    named = [alert.cause == event.cause for event, alert in found if event.cause and alert.cause]
    false = sum(not _in_any(alert, events, grace_s) for each in of.values() for alert in each)
    days = _quiet_s(events, watches, grace_s) / DAY_S
    return {
        "events": float(len(events)),
        "recall": len(found) / len(events) if events else nan,
        "delay_median_s": quantile(delays, 0.5),
        "delay_p90_s": quantile(delays, 0.9),
        "lead_median_s": quantile(leads, 0.5),
        "lead_p10_s": quantile(leads, 0.1),
        "cause_accuracy": sum(named) / len(named) if named else nan,
        "false_alerts": float(false),
        "asset_days": days,
        "false_per_asset_day": false / days if days > 0 else nan,
    }


def pooled(truth: Rows, alarm: Rows) -> Figures:
    """One confusion matrix over all rows: F1 = TP/(TP+(FN+FP)/2), FAR = FP/(FP+TN), MAR = FN/(FN+TP)."""
    truth, alarm = np.asarray(truth, dtype=bool), np.asarray(alarm, dtype=bool)
    tp, fp = float((truth & alarm).sum()), float((~truth & alarm).sum())
    fn, tn = float((truth & ~alarm).sum()), float((~truth & ~alarm).sum())
    return {
        "f1": _share(tp, tp + (fn + fp) / 2),
        "far": _share(fp, fp + tn),
        "mar": _share(fn, fn + tp),
        "precision": _share(tp, tp + fp),
        "alarm_rate": _share(tp + fp, tp + fp + fn + tn),
    }


def quantile(numbers: Sequence[float] | Numbers, q: float) -> float:
    """Of no numbers NaN."""
    return float(np.quantile(numbers, q)) if len(numbers) else nan


def _share(part: float, whole: float) -> float:
    return part / whole if whole else nan


def _by_asset(alerts: Iterable[Alert], watches: Sequence[Watch]) -> dict[str, list[Alert]]:
    """Alerts within a watch, in order of time."""
    of: dict[str, list[Alert]] = {}
    for alert in sorted(alerts, key=lambda alert: alert.at_s):
        if any(w.asset == alert.asset and w.start_s <= alert.at_s <= w.end_s for w in watches):
            of.setdefault(alert.asset, []).append(alert)
    return of


def _first_in(event: Event, alerts: Sequence[Alert], grace_s: float) -> Alert | None:
    return next((alert for alert in alerts if _covers(event, alert, grace_s)), None)


def _in_any(alert: Alert, events: Sequence[Event], grace_s: float) -> bool:
    return any(event.asset == alert.asset and _covers(event, alert, grace_s) for event in events)


def _covers(event: Event, alert: Alert, grace_s: float) -> bool:
    return event.start_s <= alert.at_s <= event.end_s + grace_s


def _quiet_s(events: Sequence[Event], watches: Sequence[Watch], grace_s: float) -> float:
    """Seconds watched in which nothing happened; overlapping events are taken off once."""
    total = 0.0
    for watch in watches:
        until = watch.start_s
        taken = 0.0
        for event in sorted((e for e in events if e.asset == watch.asset), key=lambda e: e.start_s):
            start, end = max(event.start_s, until), min(event.end_s + grace_s, watch.end_s)
            taken += max(0.0, end - start)
            until = max(until, end)
        total += watch.end_s - watch.start_s - taken
    return total
