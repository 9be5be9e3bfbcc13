"""NASA's turbofan engines (C-MAPSS FD001): cycles until failure, judged by engine and never by row.

With `test_FD001.txt` and `RUL_FD001.txt` the model learns from all of `train_FD001.txt` and is asked once for each test
engine at its last cycle, as publications do. Without them engines of the training file are held out in turn, and asked
at moments of their last 150 cycles: the published test engines have 7 to 145 left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isotherm.judging.protocol import Numbers
from isotherm.judging.report import MODEL_OFF, POSITION, RANDOM, Figures, SetReport, SetUnreadable
from models.health.life_estimate import Band, Life, RemainingLifeModel
from models.health.life_trend import LifeTrend
from models.health.remaining_life import LifeSettings, RemainingLife, Widths

TRIED = 12
"""Regressions judged on this set while the method was chosen; some of them saw the test engines."""

_FIRST_SENSOR = 5  # before: unit, cycle, three settings of the flight
_FOLDS, _MOMENTS, _LEAST_AGE, _HORIZON = 5, 5, 30, 150
_SOON = 30.0  # cycles: of such an engine somebody should be told
_FEW = 10  # recorded failures the trend is judged with


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to a model: the readings until then, and the answer that time gave."""

    x: Numbers
    left: float


def judge(folder: Path, *, seed: int = 1) -> SetReport:
    """Raises SetUnreadable."""
    lives = list(_lives(folder / "train_FD001.txt"))
    test, answers = folder / "test_FD001.txt", folder / "RUL_FD001.txt"
    settings = LifeSettings(seed=seed)
    apart = test.exists() and answers.exists()
    rounds = [(lives, _asked(test, answers))] if apart else list(_held_out(lives, seed))
    told = [_round(known, asked, settings, calibrate=apart) for known, asked in rounds]
    left = np.array([each.left for _, asked in rounds for each in asked])
    columns = {name: np.concatenate([answer[name] for answer in told]) for name in told[0]}
    if not apart:
        _widen(columns, left, np.repeat(np.arange(len(rounds)), [len(asked) for _, asked in rounds]), settings)
    return SetReport(
        name="cmapss",
        primary=_figures(columns["aged"], left) | {"coverage_90": _coverage(columns, "aged", left)},
        secondary=_secondary(columns, left),
        baselines={name: _figures(columns[name], left) for name in (MODEL_OFF, POSITION, RANDOM)},
        configuration={"protocol": "test engines" if apart else "by engine, held out in turn", **asdict(settings)},
        tried=TRIED,
        files=3 if apart else 1,
        notes=_notes(apart, len(lives), len(left)),
    )


def phm(off: Numbers) -> float:
    """The PHM08 score of estimates minus truths, an estimate a row: late costs more than early."""
    return float(np.sum(np.where(off < 0, np.expm1(-off / 13.0), np.expm1(np.minimum(off, 500.0) / 10.0))))


def _round(
    known: Sequence[Life], asked: Sequence[Asked], settings: LifeSettings, *, calibrate: bool
) -> dict[str, Numbers]:
    """What each model and each trivial answer says to the questions."""
    left = np.concatenate([np.arange(len(life.x) - 1.0, -1.0, -1.0) for life in known])
    ages = np.array([len(each.x) for each in asked])
    usual = float(np.median([len(life.x) for life in known]))
    draw = np.random.default_rng(settings.seed)
    trivial = {
        MODEL_OFF: np.full(len(asked), np.minimum(left, settings.cap).mean()),
        POSITION: np.maximum(0.0, usual - ages),
        RANDOM: draw.choice(left, len(asked)),
    }
    learned = _bands(RemainingLife(settings).learn(known, calibrate=calibrate), asked)
    return trivial | learned | _trend(LifeTrend(settings).learn(known[:_FEW]), asked)


def _bands(model: RemainingLifeModel, asked: Sequence[Asked]) -> dict[str, Numbers]:
    estimates = [model.estimate(each.x) for each in asked]
    return _columns("aged", [e.band for e in estimates]) | _columns("ageless", [e.ageless for e in estimates])


def _widen(columns: dict[str, Numbers], left: Numbers, of_round: npt.NDArray[np.intp], settings: LifeSettings) -> None:
    """Bands of each round as wide as the errors in all the others ask: ten fits, where calibrating each takes sixty."""
    for name in ("aged", "ageless"):
        off = np.abs(columns[name] - np.minimum(left, settings.cap))
        for number in np.unique(of_round):
            here = of_round == number
            widths = Widths.of(columns[name][~here], off[~here], settings)
            bands = [widths.band(float(cycles), settings.cap) for cycles in columns[name][here]]
            columns[f"{name}_low"][here] = [band.low for band in bands]
            columns[f"{name}_high"][here] = [band.high for band in bands]


def _trend(model: RemainingLifeModel, asked: Sequence[Asked]) -> dict[str, Numbers]:
    return _columns("trend", [model.estimate(each.x).ageless for each in asked])


def _columns(name: str, bands: Sequence[Band | None]) -> dict[str, Numbers]:
    """Where no number is given NaN."""
    rows = np.array([(b.cycles, b.low, b.high) if b else (np.nan,) * 3 for b in bands])
    return {name: rows[:, 0], f"{name}_low": rows[:, 1], f"{name}_high": rows[:, 2]}


def _figures(told: Numbers, left: Numbers) -> Figures:
    """Errors against the truth as it was, and against the truth capped at 125 cycles."""
    capped = np.minimum(left, LifeSettings().cap)
    return {
        "rmse_clipped": _rms(told - capped),
        "rmse_true": _rms(told - left),
        "phm_clipped": phm(told - capped) * 100 / len(left),
        "phm_true": phm(told - left) * 100 / len(left),
    }


def _secondary(columns: Mapping[str, Numbers], left: Numbers) -> Figures:
    ageless = {f"ageless_{name}": value for name, value in _figures(columns["ageless"], left).items()}
    soon, warned = left < _SOON, columns["aged"] < _SOON
    answered = np.isfinite(columns["trend"])
    of_trend = {name: column[answered] for name, column in columns.items() if name.startswith("trend")}
    return {
        **ageless,
        "ageless_coverage_90": _coverage(columns, "ageless", left),
        "below_30_precision": _share(soon & warned, warned),
        "below_30_recall": _share(soon & warned, soon),
        "trend_of_10_answers": float(answered.mean()),
        "trend_of_10_rmse_clipped": _rms(of_trend["trend"] - np.minimum(left, LifeSettings().cap)[answered]),
        "trend_of_10_coverage": _coverage(of_trend, "trend", left[answered]),
    }


def _coverage(columns: Mapping[str, Numbers], name: str, left: Numbers) -> float:
    return _share((columns[f"{name}_low"] <= left) & (left <= columns[f"{name}_high"]), np.ones(len(left), dtype=bool))


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def _rms(off: Numbers) -> float:
    return float(np.sqrt(np.mean(off**2))) if len(off) else float("nan")


def _held_out(lives: Sequence[Life], seed: int) -> Iterator[tuple[list[Life], list[Asked]]]:
    """Engines in turn, each at moments drawn from its last cycles, and never before the thirtieth."""
    draw = np.random.default_rng(seed)
    for held in np.array_split(draw.permutation(len(lives)), _FOLDS):
        apart = set(held.tolist())
        known = [life for number, life in enumerate(lives) if number not in apart]
        asked = [
            Asked(lives[i].x[:until], float(len(lives[i].x) - until))
            for i in sorted(apart)
            for until in _moments(len(lives[i].x), draw)
        ]
        yield known, asked


def _moments(n: int, draw: np.random.Generator) -> npt.NDArray[np.int64]:
    """How many cycles of a life of n are shown each time."""
    return draw.integers(min(n, max(_LEAST_AGE, n - _HORIZON)), n + 1, _MOMENTS)


def _asked(test: Path, answers: Path) -> list[Asked]:
    """Each test engine at its last cycle. Raises SetUnreadable where the two files don't fit together."""
    engines, left = list(_lives(test)), np.atleast_1d(_numbers(answers, 1)[:, 0])
    if len(engines) != len(left):
        raise SetUnreadable(file=str(answers), answers=len(left), engines=len(engines))
    return [Asked(engine.x, float(cycles)) for engine, cycles in zip(engines, left, strict=True)]


def _lives(file: Path) -> Iterator[Life]:
    table = _numbers(file, _FIRST_SENSOR + 2)
    for unit in np.unique(table[:, 0]):
        rows = table[table[:, 0] == unit]
        yield Life(f"{unit:.0f}", rows[np.argsort(rows[:, 1], kind="stable"), _FIRST_SENSOR:])


def _numbers(file: Path, columns: int) -> Numbers:
    try:
        table = np.loadtxt(file, ndmin=2)
    except ValueError as reason:
        raise SetUnreadable(file=str(file), reason=str(reason)) from reason
    if not len(table) or table.shape[1] < columns:
        raise SetUnreadable(file=str(file), reason=f"{columns} columns of numbers are expected")
    return table


def _notes(apart: bool, engines: int, asked: int) -> tuple[str, ...]:
    where = "the test engines, each at its last cycle" if apart else "training engines held out by engine"
    return (
        f"Learned from {engines} engines, asked {asked} times: {where}. PHM scores are sums for 100 answers.",
        "`rmse_clipped` compares with min(true, 125); `rmse_true` with the truth. Publications differ in this.",
        "`ageless_` knows no age: what wear alone shows. All ones and limits have no meaning here; `position` is the "
        "usual life minus the age; `model off` is the mean of all training rows.",
        f"`trend_of_10` is what is told where only {_FEW} failures are recorded: a wide band, or no answer.",
    )
