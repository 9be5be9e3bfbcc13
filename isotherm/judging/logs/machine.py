"""A log of a machine with several signals: how they move together, and each one's level.

What the quality gate refuses (stuck, a spike, too old, a clock that went back) reaches no detector and is told itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from isotherm.judging.logs.alerts import MachineAlerts, Span, Telling, quiet_s
from isotherm.judging.logs.reading import MachineLog
from models.health.api import Alarm, Contribution, Detector
from models.health.ewma_cusum import CusumSettings, EwmaCusum
from models.health.quality_gate import GateSettings, QualityGate, SignalBounds
from models.health.var_innovation import VarInnovation
from models.health.var_learning import VarSettings
from telemetry.errors import Invalid

_ROW = np.array([0])
_FEW_VALUES = 3  # a signal with no more values than this is a switch: it may keep one for ever
_TOLD = tuple(Alarm)
_COMPLETE = 0.5  # of the rows that are learned from
_HOLD_S = 900.0
_MOST = 100.0


class NothingMoved(Invalid):
    """No signal moved while it was to be learned from: there is nothing to learn."""


def judged(whole: MachineLog, span: Span) -> MachineAlerts:
    """Raises TooFewHealthyRows, NothingMoved."""
    learned = whole.time_us < span.end_us
    interval_s = float(np.median(np.diff(whole.time_s))) if len(whole.time_us) > 1 else 1.0
    log, notes = _usable(whole, learned)
    still = _still(log, learned)
    if still and len(still) == len(log.signals):
        raise NothingMoved(signals=list(still))
    if still:
        log = log.only([signal for signal in log.signals if signal not in still])
        notes = (
            *notes,
            f"Never moved while learned from, so told of at any change and else left out: {', '.join(still)}.",
        )
    told = Telling(quiet_s(log.time_us))
    gate = QualityGate(log.signals, _gate(log, learned, interval_s)).fit(log.x, learned)
    clean = _cleaned(gate, log, learned, told)
    detectors = _learned(log, clean, learned, interval_s)
    for at in np.flatnonzero(~learned):
        _tick(detectors, float(log.time_s[at]), int(log.time_us[at]), clean[at : at + 1], told)
    for signal in still:
        _new_values(whole.only([signal]), learned, told)
    return MachineAlerts(
        name=log.name,
        signals=whole.signals,
        models=("QualityGate", *(type(detector).__name__ for detector in detectors)),
        learned=int(learned.sum()),
        judged=int((~learned).sum()),
        days_judged=float(max(0.0, log.time_s[-1] - span.end_us / 1e6) / 86_400),
        alerts=tuple(sorted(told.alerts, key=lambda alert: alert.at_us)),
        notes=notes,
    )


def _usable(log: MachineLog, learned: npt.NDArray[np.bool_]) -> tuple[MachineLog, tuple[str, ...]]:
    """Signals that were recorded while learned from; where they come at times of their own, each held for a while."""
    notes, x = [], log.x
    if np.isfinite(x[learned]).all(axis=1).mean() < _COMPLETE:
        x = held(x, log.time_s, _HOLD_S)
        notes.append("Signals come at times of their own: each value holds for fifteen minutes at most.")
    known = np.isfinite(x[learned]).mean(axis=0) >= _COMPLETE
    kept = [signal for signal, is_known in zip(log.signals, known, strict=True) if is_known]
    lost = [signal for signal in log.signals if signal not in kept]
    if lost and kept:
        notes.append(f"Without a value most of the time that was learned from, so left out: {', '.join(lost)}.")
    whole = MachineLog(log.name, log.signals, log.time_us, x)
    return (whole.only(kept) if kept else whole), tuple(notes)


def held(x: npt.NDArray[np.float64], time_s: npt.NDArray[np.float64], most_s: float) -> npt.NDArray[np.float64]:
    """Gaps with the value before them, for so long; (T, K)."""
    known = np.isfinite(x)
    last = np.maximum.accumulate(np.where(known, np.arange(len(x))[:, np.newaxis], -1), axis=0)
    at = np.maximum(last, 0)
    fresh = (last >= 0) & (time_s[:, np.newaxis] - time_s[at] <= most_s)
    return np.where(fresh, np.take_along_axis(x, at, axis=0), np.nan)


def _learned(
    log: MachineLog, clean: npt.NDArray[np.float64], learned: npt.NDArray[np.bool_], interval_s: float
) -> Sequence[Detector]:
    """Detectors that know the first days, and stand where these end."""
    gap_s = 5 * interval_s
    moving = VarInnovation(log.signals, VarSettings(gap_s=gap_s)).fit(clean, learned)
    level = EwmaCusum(log.signals, CusumSettings()).fit(clean, learned)
    return moving, level


def _cleaned(
    gate: QualityGate, log: MachineLog, learned: npt.NDArray[np.bool_], told: Telling
) -> npt.NDArray[np.float64]:
    """What passes the gate, from the first row on; what it refuses after the first days is told."""
    clean = np.empty_like(log.x)
    for at, time_us in enumerate(log.time_us.tolist()):
        passed, result = gate.clean(_ROW, log.time_s[at], log.x[at : at + 1])
        clean[at] = passed[0]
        if result.alarm[0] and not learned[at]:
            _told(int(result.alarm[0]) & ~int(Alarm.RANGE), time_us, gate, told)
    return clean


def _tick(
    detectors: Sequence[Detector], time_s: float, time_us: int, x: npt.NDArray[np.float64], told: Telling
) -> None:
    for detector in detectors:
        result = detector.update(_ROW, time_s, x)
        if result.alarm[0]:
            _told(int(result.alarm[0]), time_us, detector, told)


def _told(alarm: int, time_us: int, detector: Detector, told: Telling) -> None:
    for cause in _TOLD:
        if alarm & cause:
            name = str(cause.name).lower()
            if told.is_new(name, time_us):
                told.tell(name, time_us, _known(detector.explain(0)))
            else:
                told.goes_on(name, time_us)


def _known(contributions: Sequence[Contribution]) -> list[Contribution]:
    """Beyond a hundred standard deviations the number says nothing any more."""
    return [
        replace(each, contribution=float(np.clip(each.contribution, -_MOST, _MOST)))
        for each in contributions
        if np.isfinite(each.contribution)
    ]


def _gate(log: MachineLog, learned: npt.NDArray[np.bool_], interval_s: float) -> GateSettings:
    values = [np.unique(column[np.isfinite(column)]) for column in log.x[learned].T]
    bounds = {
        signal: SignalBounds(may_stand=len(known) <= _FEW_VALUES)
        for signal, known in zip(log.signals, values, strict=True)
    }
    return GateSettings(stale_s=max(900.0, 15 * interval_s), bounds=bounds)


def _still(log: MachineLog, learned: npt.NDArray[np.bool_]) -> list[str]:
    """Signals of one value: nothing can be learned of how far they usually move."""
    return [
        signal
        for signal, column in zip(log.signals, log.x[learned].T, strict=True)
        if len(np.unique(column[np.isfinite(column)])) == 1
    ]


def _new_values(log: MachineLog, learned: npt.NDArray[np.bool_], told: Telling) -> None:
    """Each time at which a signal that never moved has another value."""
    values = log.x[:, 0]
    usual = float(values[learned & np.isfinite(values)][0])
    for at in np.flatnonzero(~learned & np.isfinite(values) & (values != usual)):
        cause, time_us, value = f"new value of {log.signals[0]}", int(log.time_us[at]), float(values[at])
        if told.is_new(cause, time_us):
            told.tell(cause, time_us, [Contribution(log.signals[0], _MOST * np.sign(value - usual), value, usual)])
        else:
            told.goes_on(cause, time_us)
