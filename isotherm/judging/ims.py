"""Bearings run to failure (NASA PCoE / IMS): mean acceleration of each channel every ten minutes.

There are no labels but the end: the file ends where a bearing broke. How early the first channel is told, and how many
are told in the first half of the record, where nothing is known to be wrong. A run that was stopped and started again
moves all channels at once; their levels are taken anew then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from isotherm.judging.baselines import REPEATS, limit_alarm
from isotherm.judging.csv_tables import CsvTable, read, tables
from isotherm.judging.protocol import Numbers, Rows
from isotherm.judging.report import (
    ALL_ONES,
    LIMIT,
    LIMIT_DELAYS_MIN,
    MODEL_OFF,
    POSITION,
    RANDOM,
    Figures,
    SetReport,
    SetUnreadable,
)
from models.health.api import Reason
from models.health.ewma_cusum import CusumSettings, EwmaCusum
from models.health.restart import RestartSettings, RestartWatch

TRIED = 6
SETTINGS = CusumSettings(quiet_s=0.0, warm=72)
RESTARTS = RestartSettings()
_TIMES = ("Datetime", "datetime", "timestamp", "date", "time", "")
_NEVER = ("datetime", "timestamp", "date", "time", "index", "unnamed: 0", "")
_LATE = 0.8  # of a run's length: where `position` begins its alarm


@dataclass(frozen=True, slots=True)
class Run:
    """`x` is (T, channels)."""

    name: str
    channels: list[str]
    time_s: Numbers
    x: Numbers


@dataclass(frozen=True, slots=True)
class Told:
    """In alarm, (T, channels), and how often the machine was taken for started again."""

    alarm: Rows
    restarts: int


def judge(folder: Path, *, seed: int = 1) -> SetReport:
    """Raises SetUnreadable where there is no run."""
    runs = [run for file in tables(folder) if (run := _run(read(file)))]
    if not runs:
        raise SetUnreadable(folder=str(folder), reason="no file with a time and channels")
    told = [watched(run) for run in runs]
    alarms = [each.alarm for each in told]
    without = figures(runs, [watched(run, restarts=False).alarm for run in runs])
    return SetReport(
        name="ims",
        primary=figures(runs, alarms) | {"restarts": float(sum(each.restarts for each in told))},
        secondary=_channels(runs, alarms) | {f"no_restarts_{name}": value for name, value in without.items()},
        baselines=_baselines(runs, alarms, seed),
        configuration={"detector": "EwmaCusum", **asdict(SETTINGS), "restart": asdict(RESTARTS)},
        tried=TRIED,
        files=len(runs),
        notes=(
            "A lead is until the end of the record. Alerts in the first half may still be true: nobody looked.",
            "The level is learned from the first twelve hours after the start, and after each restart.",
        ),
    )


def watched(run: Run, *, restarts: bool = True) -> Told:
    """The run as a stream, as the plant would see it."""
    row, seen = np.array([0]), 0
    detector, watch = EwmaCusum(run.channels, SETTINGS, 1), RestartWatch(len(run.channels), RESTARTS, 1)
    alarm = np.zeros(run.x.shape, dtype=bool)
    for at, values in enumerate(run.x):
        detector.update(row, float(run.time_s[at]), values[None])
        if restarts and watch.update(row, float(run.time_s[at]), detector.deviation(row))[0]:
            detector.reset(row, Reason.RESTART)
            seen += 1
        alarm[at] = detector.held(row)[0] != 0
    return Told(alarm, seen)


def figures(runs: Sequence[Run], alarms: Sequence[Rows]) -> Figures:
    """Over all runs: found, the first channel's lead, and alerts of channels in the first half a run."""
    leads = [float(np.max(lead)) for run, alarm in zip(runs, alarms, strict=True) if len(lead := _leads(run, alarm))]
    early = [int(_begins(alarm)[: len(alarm) // 2].sum()) for alarm in alarms]
    return {
        "found": len(leads) / len(runs),
        "lead_median_h": float(np.median(leads)) if leads else float("nan"),
        "lead_least_h": min(leads, default=float("nan")),
        "early_alerts_per_run": float(np.mean(early)),
    }


def _begins(alarm: Rows) -> Rows:
    return np.asarray(alarm & ~np.vstack([np.zeros((1, alarm.shape[1]), dtype=bool), alarm[:-1]]))


def _leads(run: Run, alarm: Rows) -> Numbers:
    """Hours from each channel's first alarm to the end, of those that had one."""
    some = alarm.any(axis=0)
    return np.asarray((run.time_s[-1] - run.time_s[alarm.argmax(axis=0)])[some] / 3_600)


def _channels(runs: Sequence[Run], alarms: Sequence[Rows]) -> Figures:
    return {
        f"lead_h_{run.name}_{channel}": float(run.time_s[-1] - run.time_s[alarm[:, at].argmax()]) / 3_600
        for run, alarm in zip(runs, alarms, strict=True)
        for at, channel in enumerate(run.channels)
        if alarm[:, at].any()
    }


def _baselines(runs: Sequence[Run], alarms: Sequence[Rows], seed: int) -> dict[str, Figures]:
    draw, rate = np.random.default_rng(seed), float(np.concatenate([alarm.ravel() for alarm in alarms]).mean())

    def judged(answer: Callable[[Run], Rows]) -> Figures:
        return figures(runs, [answer(run) for run in runs])

    random = [judged(lambda run: draw.random(run.x.shape) < rate) for _ in range(REPEATS)]
    told = {
        MODEL_OFF: judged(lambda run: np.zeros(run.x.shape, dtype=bool)),
        ALL_ONES: judged(lambda run: np.ones(run.x.shape, dtype=bool)),
        RANDOM: {name: float(np.mean([each[name] for each in random])) for name in random[0]},
        POSITION: judged(lambda run: np.arange(len(run.x))[:, None] * np.ones(run.x.shape) >= _LATE * len(run.x)),
    }
    for minutes in LIMIT_DELAYS_MIN:
        told[LIMIT.format(minutes=minutes)] = figures(runs, [_limits(run, minutes * 60.0) for run in runs])
    return told


def _limits(run: Run, delay_s: float) -> Rows:
    """Three standard deviations over the mean of the first day."""
    day = run.x[run.time_s - run.time_s[0] < 86_400]
    high = np.nanmean(day, axis=0) + 3 * np.nanstd(day, axis=0)
    columns = [
        limit_alarm(run.time_s, run.x[:, at], high=float(high[at]), delay_s=delay_s) for at in range(run.x.shape[1])
    ]
    return np.column_stack(columns)


def _run(table: CsvTable) -> Run | None:
    """None where the file has no channels."""
    bearings = [name for name in table.columns if "bearing" in name.lower()]
    channels = [name for name in table.signals(bearings, _NEVER) if np.isfinite(table.numbers(name)).all()]
    if not channels or len(table) <= SETTINGS.warm:
        return None
    time_s, x = table.time_s(_TIMES, 600.0), table.matrix(channels)
    kept = np.concatenate([[True], np.diff(np.maximum.accumulate(time_s)) > 0])
    return Run(table.file.name.partition(".")[0], channels, time_s[kept], x[kept])
