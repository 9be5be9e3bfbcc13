"""States of a milling machine (AI4I 2020, UCI 601, synthetic): which of them are failures, learned with labels.

Five folds, each scored by trees that never saw it. The columns TWF, HDF, PWF, OSF and RNF are the label itself and
never features; neither are the numbers of row and product.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from isotherm.judging.baselines import limit_alarm, row_baselines
from isotherm.judging.csv_tables import CsvTable, read, tables
from isotherm.judging.protocol import Numbers, Rows, pooled
from isotherm.judging.report import LIMIT, MODEL_OFF, POSITION, Figures, SetReport, SetUnreadable

TRIED = 3
"""With and without the three products of columns, and without labels."""

LEAKS = ("TWF", "HDF", "PWF", "OSF", "RNF")
_LABEL = "machine failure"
_FEATURES = ("air temperature", "process temperature", "rotational speed", "torque", "tool wear")
_TYPES = {"L": 0.0, "M": 1.0, "H": 2.0}
_FOLDS, _TREES, _THRESHOLD = 5, 200, 0.5

Folds = list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]


def judge(folder: Path, *, seed: int = 1) -> SetReport:
    """Raises SetUnreadable where a column is missing or there are too few failures."""
    files = [file for file in tables(folder) if file.name.lower().startswith("ai4i")]
    x, truth = _data(read(files[0]))
    if min(truth.sum(), (~truth).sum()) < _FOLDS:
        raise SetUnreadable(file=files[0].name, reason="too few failures for five folds")
    chance = _out_of_fold(
        x, truth, list(StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(x, truth)), seed
    )
    tools = np.cumsum(np.diff(x[:, 5], prepend=x[0, 5]) < 0)  # wear falls where the tool was changed
    by_tool = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed).split(x, truth, tools)
    apart = _out_of_fold(x, truth, list(by_tool), seed)
    return SetReport(
        name="ai4i",
        primary=_figures(truth, chance),
        secondary={"best_f1": _best_f1(truth, chance)} | {f"by_tool_{n}": v for n, v in _figures(truth, apart).items()},
        baselines=_baselines(x, truth, float((chance >= _THRESHOLD).mean()), seed),
        configuration={"model": "HistGradientBoosting", "trees": _TREES, "folds": _FOLDS, "threshold": _THRESHOLD,
                       "features": "type, air, process, speed, torque, wear, difference, power, strain",
                       "never_used": ", ".join(LEAKS)},
        tried=TRIED,
        files=1,
        notes=(
            "`best_f1` picks its threshold with the labels in view and flatters; `f1` is at a probability of one half.",
            "`by_tool_` holds whole tools out, so that neighbouring states of one tool are never on both sides.",
            "`model off` is a machine nobody watches; `limit` is any feature beyond three standard deviations.",
        ),
    )  # fmt: skip


def _figures(truth: Rows, score: Numbers) -> Figures:
    ranked = {
        "auc": float(roc_auc_score(truth, score)),
        "average_precision": float(average_precision_score(truth, score)),
    }
    return ranked | pooled(truth, score >= _THRESHOLD)


def _best_f1(truth: Rows, score: Numbers) -> float:
    precision, recall, _ = precision_recall_curve(truth, score)
    return float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-12)))


def _out_of_fold(x: Numbers, truth: Rows, folds: Folds, seed: int) -> Numbers:
    told = np.empty(len(truth))
    for known, held in folds:
        trees = HistGradientBoostingClassifier(
            max_iter=_TREES, learning_rate=0.05, max_leaf_nodes=15, early_stopping=False, random_state=seed
        )
        told[held] = trees.fit(x[known], truth[known]).predict_proba(x[held])[:, 1]
    return told


def _baselines(x: Numbers, truth: Rows, rate: float, seed: int) -> dict[str, Figures]:
    knows_nothing = {"auc": 0.5, "average_precision": float(truth.mean())}
    parts = np.array_split(truth, _FOLDS)
    told = {name: each | knows_nothing for name, each in row_baselines(parts, alarm_rate=rate, seed=seed).items()}
    told[POSITION] = {name: value for name, value in told[POSITION].items() if name not in knows_nothing}
    forest = -IsolationForest(random_state=seed).fit(x).score_samples(x)
    quantile = np.quantile(forest, 1 - max(rate, 1 / len(truth)))
    told["isolation forest"] = {
        "auc": float(roc_auc_score(truth, forest)),
        "average_precision": float(average_precision_score(truth, forest)),
        **pooled(truth, forest >= quantile),
    }
    away = np.abs((x - x.mean(axis=0)) / x.std(axis=0)).max(axis=1)
    row = np.arange(len(x), dtype=np.float64)
    told[LIMIT.format(minutes=0)] = pooled(truth, limit_alarm(row, away, high=3.0))
    told[MODEL_OFF] = pooled(truth, np.zeros(len(truth), dtype=bool)) | knows_nothing
    return told


def _data(table: CsvTable) -> tuple[Numbers, Rows]:
    """Type, five measurements and three products of them; and the label."""
    names = {name.split("[")[0].strip().lower(): name for name in table.columns}
    missing = [name for name in (*_FEATURES, _LABEL, "type") if name not in names]
    if missing:
        raise SetUnreadable(file=table.file.name, missing=", ".join(missing))
    kind = np.array([_TYPES.get(cell, np.nan) for cell in table.columns[names["type"]]])
    air, process, speed, torque, wear = (table.numbers(names[name]) for name in _FEATURES)
    power = torque * speed * (2 * np.pi / 60)
    x = np.column_stack([kind, air, process, speed, torque, wear, process - air, power, wear * torque])
    known = np.isfinite(x).all(axis=1)
    return x[known], (table.numbers(names[_LABEL]) > 0)[known]
