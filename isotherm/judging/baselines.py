"""Answers that know nothing of the machine. A model whose figures don't stand clear of these has learned nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isotherm.judging.protocol import DAY_S, Alert, Event, Numbers, Rows, Watch, event_figures, pooled
from isotherm.judging.report import ALL_ONES, POSITION, RANDOM, Figures

REPEATS = 20
"""A random answer is judged so often; its mean is told."""


def row_baselines(truths: Sequence[Rows], *, alarm_rate: float, seed: int) -> dict[str, Figures]:
    """Pooled figures of all ones, of random rows at the detector's own rate, and of the rows where events usually are.

    `truths`: a file each, only the rows that are scored, so that a row's number means the same in each.
    """
    truth = np.concatenate(truths)
    return {
        ALL_ONES: pooled(truth, np.ones(len(truth), dtype=bool)),
        RANDOM: _random_rows(truth, alarm_rate, seed),
        POSITION: pooled(truth, np.concatenate(position(truths))),
    }


def _random_rows(truth: Rows, rate: float, seed: int) -> Figures:
    draw = np.random.default_rng(seed)
    return _mean([pooled(truth, draw.random(len(truth)) < rate) for _ in range(REPEATS)])


def position(truths: Sequence[Rows]) -> list[Rows]:
    """Alarm between the median first and the median last row of an event, in every file; it peeks at the labels."""
    within = [np.flatnonzero(truth) for truth in truths if truth.any()]
    if not within:
        return [np.zeros(len(truth), dtype=bool) for truth in truths]
    first, last = np.median([rows[0] for rows in within]), np.median([rows[-1] for rows in within])
    return [(np.arange(len(truth)) >= first) & (np.arange(len(truth)) <= last) for truth in truths]


def random_alerts(
    events: Sequence[Event], watches: Sequence[Watch], *, n: int, seed: int, grace_s: float = 0.0
) -> Figures:
    """Event figures of so many alerts (as many as the detector's) at random moments of the time watched."""
    draw = np.random.default_rng(seed)
    lengths = np.array([watch.end_s - watch.start_s for watch in watches])
    if not len(lengths) or lengths.sum() <= 0:
        return {}
    judged = []
    for _ in range(REPEATS):
        chosen = draw.choice(len(watches), size=n, p=lengths / lengths.sum())
        at = draw.random(n) * lengths[chosen]
        alerts = [Alert(watches[w].asset, watches[w].start_s + float(s)) for w, s in zip(chosen, at, strict=True)]
        judged.append(event_figures(events, alerts, watches, grace_s=grace_s))
    return _mean(judged)


def always(events: Sequence[Event], watches: Sequence[Watch], *, grace_s: float = 0.0) -> Figures:
    """Event figures of an alert every hour for every asset: all ones, in the language of alerts."""
    alerts = [
        Alert(watch.asset, float(at)) for watch in watches for at in np.arange(watch.start_s, watch.end_s, DAY_S / 24)
    ]
    return event_figures(events, alerts, watches, grace_s=grace_s)


def limit_alarm(
    time_s: Numbers, value: Numbers, *, low: float = -np.inf, high: float = np.inf, delay_s: float = 0.0
) -> Rows:
    """Alarm of a plain limit: out (strictly) for so long without a break. Without a value the last one holds."""
    known = np.isfinite(value)
    last = np.maximum.accumulate(np.where(known, np.arange(len(value)), -1))
    held = np.where(last >= 0, value[np.maximum(last, 0)], np.nan)
    out = (held > high) | (held < low)
    begins = out & ~np.concatenate([[False], out[:-1]])
    since = np.maximum.accumulate(np.where(begins, time_s, -np.inf))
    alarm: Rows = out & (time_s - since >= delay_s)
    return alarm


def _mean(judged: Sequence[Figures]) -> Figures:
    """Figure by figure, of those runs that have it."""
    told = {}
    for name in judged[0]:
        numbers = [each[name] for each in judged if each[name] == each[name]]
        told[name] = float(np.mean(numbers)) if numbers else float("nan")
    return told
