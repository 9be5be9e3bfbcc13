"""Air handling units, a row a minute, some days with a fault and some without (Granderson et al. 2020, LBNL).

The detectors learn from days without a fault only; a day without one is judged by what was learned from the others. How
such a unit runs depends on the weather, so only minutes are scored whose outdoor temperature was met while learning. A
file with too few normal days, without an outdoor temperature, or whose faults lie in other weather, is not scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from isotherm.judging.cases import Alarms, Case, alarm_rate, figures, trivial
from isotherm.judging.csv_tables import CsvTable, read, tables
from isotherm.judging.protocol import Numbers, Rows
from isotherm.judging.report import Figures, SetReport, SetUnreadable
from models.health.life_features import filled
from models.health.pca_t2q import PcaT2Q
from models.health.var_innovation import VarInnovation
from models.health.var_learning import VarSettings

TRIED = 5
"""Ridge across signals, T2, Q, innovations, and the last two together, which is what is judged."""

CLEAR_S = 3_600.0
_MINUTE_S = 60.0
_LEAST_NORMAL_DAYS = 3
_LEAST_SCORED = 0.5  # of the rows with a fault
_MARGIN = 0.05  # of the range of outdoor temperatures, beyond it
_OUTDOOR = ("outdoor air temp", "outside air temp", "oat", "oa_temp", "oa temp")
_TRUTH = "fault detection ground truth"


@dataclass(frozen=True, slots=True)
class Unit:
    """One file: rows with their day, and which may be scored."""

    name: str
    x: Numbers
    outdoor: Numbers
    truth: Rows
    day: np.ndarray
    normal: tuple[str, ...]  # days without a fault


@dataclass(frozen=True, slots=True)
class Scored:
    """A day of a unit: how far from normal each minute is, in multiples of the alarm limit; NaN: not scored."""

    case: Case
    stat: Numbers


def judge(folder: Path, *, seed: int = 1) -> SetReport:
    """Raises SetUnreadable where no file has a fault column."""
    files = [read(file) for file in tables(folder)]
    units = [_unit(file) for file in files if _column(file, (_TRUTH,))]
    if not units:
        raise SetUnreadable(folder=str(folder), reason=f"no file has a column `{_TRUTH}`")
    refused = {unit.name: why for unit in units if (why := _refusal(unit))}
    days = [day for unit in units if unit.name not in refused for day in _judged(unit)]
    notes = tuple(f"{name} is not scored: {why}." for name, why in refused.items())
    configuration: dict[str, object] = {
        "detectors": "PcaT2Q, VarInnovation: the greater of both",
        "conditioned_on": "outdoor temperature met on normal days",
    }
    empty = SetReport(
        name="lbnl",
        primary={"units_scored": float(len(units) - len(refused)), "units": float(len(units))},
        configuration=configuration,
        tried=TRIED,
        files=len(units),
        notes=notes,
    )
    return _report(empty, days, seed) if days else empty


def _report(empty: SetReport, days: Sequence[Scored], seed: int) -> SetReport:
    cases = [day.case for day in days]
    alarms = [np.nan_to_num(day.stat) >= 1 for day in days]
    told = _figures(cases, alarms)
    scores, truth = np.concatenate([day.stat for day in days]), np.concatenate([case.truth for case in cases])
    known = np.isfinite(scores)
    names = ("recall", "delay_median_s", "false_per_asset_day")
    threshold_free = {
        "auc": float(roc_auc_score(truth[known], scores[known])),
        "average_precision": float(average_precision_score(truth[known], scores[known])),
        "rows_scored": float(known.mean()),
    }
    baselines = trivial(cases, alarm_rate(cases, alarms), seed, lambda answer: _figures(cases, answer))
    share = float(truth[known].mean())
    return replace(
        empty,
        primary=empty.primary | threshold_free | {name: told[name] for name in names},
        secondary={name: value for name, value in told.items() if name not in names},
        baselines={
            n: b | {"auc": 0.5, "average_precision": share} if "limit" not in n else b for n, b in baselines.items()
        },
        notes=(*empty.notes, "A day is an asset here: a day with a fault is found by an alert within it."),
    )


def _figures(cases: Sequence[Case], alarms: Alarms) -> Figures:
    return figures(cases, alarms, clear_s=CLEAR_S)


def _judged(unit: Unit) -> list[Scored]:
    return [_day(unit, str(day)) for day in dict.fromkeys(unit.day.tolist())]


def _day(unit: Unit, day: str) -> Scored:
    """One day by what was learned from the normal days, without itself."""
    here, known = unit.day == day, np.isin(unit.day, [each for each in unit.normal if each != day])
    x, time_s = unit.x[here], _MINUTE_S * np.arange(float(here.sum()))
    stat = np.fmax(*(_stat(unit, known, x, time_s)))
    low, high = _weather(unit.outdoor[known])
    outdoor = unit.outdoor[here]
    stat = np.where((outdoor >= low) & (outdoor <= high), stat, np.nan)
    return Scored(Case(f"{unit.name} {day}", time_s, x, unit.truth[here], 0, unit.x[known]), stat)


def _stat(unit: Unit, known: Rows, x: Numbers, time_s: Numbers) -> tuple[Numbers, Numbers]:
    names = [str(column) for column in range(x.shape[1])]
    steady = PcaT2Q(names).fit(unit.x, known).score(x, time_s).stat
    moving = VarInnovation(names, VarSettings()).fit(unit.x, known).score(x, time_s).stat
    return steady, moving


def _refusal(unit: Unit) -> str:
    """Why this unit can't be judged fairly; empty: it can."""
    if len(unit.normal) < _LEAST_NORMAL_DAYS:
        return f"{len(unit.normal)} normal days, {_LEAST_NORMAL_DAYS} are needed"
    if not unit.truth.any():
        return "no row has a fault"
    if not np.isfinite(unit.outdoor).any():
        return "it has no outdoor temperature, and how it runs depends on the weather"
    low, high = _weather(unit.outdoor[np.isin(unit.day, unit.normal)])
    met = (unit.outdoor >= low) & (unit.outdoor <= high)
    share = float(met[unit.truth].mean())
    told = f"{share:.0%} of its faulty minutes have an outdoor temperature that was met on normal days"
    return told if share < _LEAST_SCORED else ""


def _weather(outdoor: Numbers) -> tuple[float, float]:
    low, high = float(np.nanmin(outdoor)), float(np.nanmax(outdoor))
    return low - _MARGIN * (high - low), high + _MARGIN * (high - low)


def _unit(table: CsvTable) -> Unit:
    truth = table.numbers(_column(table, (_TRUTH,))) > 0
    time = _column(table, ("datetime", "timestamp", "date"))
    day = np.array([cell.replace("T", " ").split(" ")[0] for cell in table.columns[time]])
    outdoor = _column(table, _OUTDOOR)
    names = [name for name in table.columns if name not in {time, _column(table, (_TRUTH,))} and name]
    x = table.matrix(names)
    x = filled(x[:, (np.isfinite(x).mean(axis=0) > 0.5)])
    normal = tuple(str(each) for each in dict.fromkeys(day.tolist()) if not truth[day == each].any())
    held = filled(table.numbers(outdoor)[:, np.newaxis])[:, 0] if outdoor else np.full(len(truth), np.nan)
    return Unit(table.file.stem, x[:, x.std(axis=0) > 0], held, truth, day, normal)


def _column(table: CsvTable, words: Sequence[str]) -> str:
    """The first column in whose name one of the words stands; empty: none."""
    return next((name for word in words for name in table.columns if word in name.lower()), "")
