"""One file of a set with its truth a row, the figures of any alarms over all files, and the trivial alarms.

Every answer, the model's and those that know nothing, goes through the same counting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from isotherm.judging.baselines import REPEATS, limit_alarm, position
from isotherm.judging.protocol import Alert, Numbers, Rows, Watch, event_figures, onsets, pooled, spans
from isotherm.judging.report import ALL_ONES, LIMIT, LIMIT_DELAYS_MIN, MODEL_OFF, POSITION, RANDOM, Figures

Alarms = Sequence[Rows]
"""An array a case, over all its rows."""

_DEVIATIONS = 3.0  # a plain limit stands so many standard deviations from the healthy mean


@dataclass(frozen=True, slots=True)
class Case:
    """`x` is (T, K). Rows before `start` are not scored; the model and the limits know rows `healthy` as normal."""

    asset: str
    time_s: Numbers
    x: Numbers
    truth: Rows
    start: int
    healthy: Numbers


def figures(cases: Sequence[Case], alarms: Alarms, *, clear_s: float) -> Figures:
    """Pooled over all scored rows, and by event; an alert begins after `clear_s` without alarm."""
    scored = list(zip(cases, alarms, strict=True))
    rows = pooled(
        np.concatenate([case.truth[case.start :] for case in cases]),
        np.concatenate([alarm[case.start :] for case, alarm in scored]),
    )
    events = [event for case in cases for event in spans(*_scored(case, case.truth), asset=case.asset)]
    alerts = [
        Alert(case.asset, float(at)) for case, alarm in scored for at in onsets(*_scored(case, alarm), clear_s=clear_s)
    ]
    watches = [Watch(case.asset, float(case.time_s[case.start]), float(case.time_s[-1])) for case in cases]
    return rows | event_figures(events, alerts, watches)


def trivial(cases: Sequence[Case], rate: float, seed: int, judged: Callable[[Alarms], Figures]) -> dict[str, Figures]:
    """What answers get that know nothing of the machines; `rate` is the model's share of alarms."""
    draw = np.random.default_rng(seed)
    random = [judged([draw.random(len(case.truth)) < rate for case in cases]) for _ in range(REPEATS)]
    placed = position([case.truth[case.start :] for case in cases])
    peeked = [np.concatenate([case.truth[: case.start], rows]) for case, rows in zip(cases, placed, strict=True)]
    told = {
        MODEL_OFF: judged([np.zeros(len(case.truth), dtype=bool) for case in cases]),
        ALL_ONES: judged([np.ones(len(case.truth), dtype=bool) for case in cases]),
        RANDOM: {name: float(np.mean([each[name] for each in random])) for name in random[0]},
        POSITION: judged(peeked),
    }
    for minutes in LIMIT_DELAYS_MIN:
        told[LIMIT.format(minutes=minutes)] = judged([_limits(case, minutes * 60.0) for case in cases])
    return told


def alarm_rate(cases: Sequence[Case], alarms: Alarms) -> float:
    """Share of the scored rows in alarm."""
    return float(np.concatenate([a[case.start :] for case, a in zip(cases, alarms, strict=True)]).mean())


def _scored(case: Case, rows: Rows) -> tuple[Numbers, Rows]:
    return case.time_s[case.start :], np.asarray(rows[case.start :], dtype=bool)


def _limits(case: Case, delay_s: float) -> Rows:
    """Any signal out of its plain limits for so long."""
    alarm = np.zeros(len(case.truth), dtype=bool)
    middle, away = np.nanmean(case.healthy, axis=0), _DEVIATIONS * np.nanstd(case.healthy, axis=0)
    for at in range(case.x.shape[1]):
        low, high = middle[at] - away[at], middle[at] + away[at]
        alarm |= limit_alarm(case.time_s, case.x[:, at], low=low, high=high, delay_s=delay_s)
    return alarm
