"""Single signals of the Numenta Anomaly Benchmark that belong to machines: a temperature every five minutes.

Files that `combined_windows.json` names and that are here. The first 15 percent of a file, at most 750 rows, are for
getting to know it. Alerts are begins of alarms; a window is found by an alert in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isotherm.judging.baselines import REPEATS, limit_alarm
from isotherm.judging.csv_tables import moment, read, tables
from isotherm.judging.nab_score import PROFILES, File, rows_of, score
from isotherm.judging.protocol import Alert, Event, Numbers, Watch, event_figures
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
from models.health.ewma_cusum import CusumSettings, EwmaCusum

TRIED = 5
SETTINGS = CusumSettings(daily=True)
_LEARNING, _MOST = 0.15, 750
_NEVER = ("timestamp", "anomaly_score", "label", "index", "")


@dataclass(frozen=True, slots=True)
class Signal:
    """One file; windows in seconds; rows before `start` are not scored."""

    name: str
    time_s: Numbers
    x: Numbers
    windows: list[tuple[float, float]]
    start: int


def judge(folder: Path, *, seed: int = 1) -> SetReport:
    """Raises SetUnreadable where there are no windows, or no file they belong to."""
    signals = list(_signals(folder))
    alerts = [begins(signal) for signal in signals]
    told = figures(signals, alerts)
    return SetReport(
        name="nab",
        primary={name: value for name, value in told.items() if not name.startswith("nab_")},
        secondary={name: value for name, value in told.items() if name.startswith("nab_")},
        baselines=_baselines(signals, sum(len(each) for each in alerts), seed),
        configuration={"detector": "EwmaCusum", **asdict(SETTINGS)},
        tried=TRIED,
        files=len(signals),
        notes=(
            "The settings were found with these two kinds of file in view; the score of so few windows ranks nothing.",
            "`random` has as many alerts as the model. `position` alerts at the middle of each quarter of a file.",
        ),
    )


def begins(signal: Signal) -> list[int]:
    """Rows where an alarm began, from a stream that starts knowing nothing."""
    alarm = EwmaCusum(["value"], SETTINGS, 1).score(signal.x[:, None], signal.time_s).alarm != 0
    return np.flatnonzero(alarm & ~np.concatenate([[False], alarm[:-1]])).tolist()


def figures(signals: Sequence[Signal], alerts: Sequence[Sequence[int]]) -> Figures:
    """By event, and as the benchmark scores."""
    pairs = list(zip(signals, alerts, strict=True))
    events = [
        Event(signal.name, *window) for signal in signals for window in signal.windows if window[1] >= _from_s(signal)
    ]
    spoken = [Alert(signal.name, float(signal.time_s[row])) for signal, rows in pairs for row in rows]
    watches = [Watch(signal.name, _from_s(signal), float(signal.time_s[-1])) for signal in signals]
    files = [File(len(s.x), s.start, rows_of(s.windows, s.time_s), sorted(rows)) for s, rows in pairs]
    told = event_figures(events, spoken, watches)
    names = ("events", "recall", "delay_median_s", "false_alerts", "false_per_asset_day")
    return {name: told[name] for name in names} | {name: score(files, each) for name, each in PROFILES.items()}


def _baselines(signals: Sequence[Signal], count: int, seed: int) -> dict[str, Figures]:
    draw = np.random.default_rng(seed)
    each = max(1, round(count / len(signals)))
    random = [
        figures(signals, [np.sort(draw.integers(s.start, len(s.x), each)).tolist() for s in signals])
        for _ in range(REPEATS)
    ]
    quarters = [[int(len(s.x) * part) for part in (0.125, 0.375, 0.625, 0.875)] for s in signals]
    told = {
        MODEL_OFF: figures(signals, [[] for _ in signals]),
        ALL_ONES: figures(signals, [list(range(len(s.x))) for s in signals]),
        RANDOM: {name: float(np.mean([found[name] for found in random])) for name in random[0]},
        POSITION: figures(signals, quarters),
    }
    for minutes in LIMIT_DELAYS_MIN:
        told[LIMIT.format(minutes=minutes)] = figures(signals, [_limits(s, minutes * 60.0) for s in signals])
    return told


def _limits(signal: Signal, delay_s: float) -> list[int]:
    """Three standard deviations from the mean of the rows that are not scored."""
    known = signal.x[: signal.start]
    middle, away = float(np.nanmean(known)), 3 * float(np.nanstd(known))
    alarm = limit_alarm(signal.time_s, signal.x, low=middle - away, high=middle + away, delay_s=delay_s)
    return np.flatnonzero(alarm & ~np.concatenate([[False], alarm[:-1]])).tolist()


def _from_s(signal: Signal) -> float:
    return float(signal.time_s[signal.start])


def _signals(folder: Path) -> list[Signal]:
    windows = _windows(folder)
    files = {path.name.removesuffix(".gz"): path for path in tables(folder)}
    found = [_signal(files[name], windows[name]) for name in sorted(windows.keys() & files.keys())]
    if not found:
        raise SetUnreadable(folder=str(folder), reason="no file that combined_windows.json names")
    return found


def _windows(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """By the file's own name, whatever folder the benchmark has it in."""
    path = next(iter(sorted(folder.rglob("combined_windows.json"))), None)
    if path is None:
        raise SetUnreadable(folder=str(folder), reason="there is no combined_windows.json")
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8-sig"))
        return {Path(name).name: [(moment(a), moment(b)) for a, b in pairs] for name, pairs in told.items()}
    except (ValueError, TypeError, AttributeError) as reason:
        raise SetUnreadable(file=path.name, reason=str(reason)) from reason


def _signal(file: Path, windows: list[tuple[float, float]]) -> Signal:
    """A row whose time is not after the last one's is dropped, as a stream does."""
    table = read(file)
    name = next(iter(table.signals(("value",), _NEVER)), "value")
    time_s, x = table.time_s(("timestamp",), 300.0), table.numbers(name)
    kept = np.concatenate([[True], time_s[1:] > np.maximum.accumulate(time_s)[:-1]])
    start = min(int(_LEARNING * len(table)), _MOST)
    # the count of rows is of the file as it came
    return Signal(
        file.name.partition(".")[0], time_s[kept], x[kept], windows, max(0, start - int((~kept[:start]).sum()))
    )
