"""Cold rooms with faults: both variants of the monitor, after a healthy week, beside limits that know nothing.

A fault is found by an alert that begins in it; how early that is before the product passes its limit is what counts.
Alerts within six hours after a fault's end are its consequences and not false.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from math import isfinite, nan
from pathlib import Path

import numpy as np

from isotherm.judging.baselines import limit_alarm
from isotherm.judging.coldroom_graft import judge_grafted
from isotherm.judging.coldroom_hold import hold_figures
from isotherm.judging.coldroom_rooms import HEALTHY_MIN, Rooms, Truth, from_files, simulated
from isotherm.judging.protocol import Alert, Event, Numbers, Watch, event_figures, onsets, quantile
from isotherm.judging.protocol import Rows as Flags
from isotherm.judging.report import LIMIT, LIMIT_DELAYS_MIN, MODEL_OFF, Figures, SetReport
from models.health.api import Result
from models.health.cold_room import ColdRoomMonitor
from models.health.cold_room_causes import CAUSES, SIGNALS_A, SIGNALS_C
from models.health.cold_room_settings import ColdRoomSettings
from models.health.time_to_breach import FARTHEST_MIN

TRIED = 14
"""Settings looked at while the rules were written, on simulated rooms of other seeds and on the rooms in files."""

NONE = "none"
_MIN_S, _GRACE_S = 60.0, 6 * 3600.0
_SLOPE = "slope, 30 min ahead"
_HEAT = {"comp_fail": "compressor", "fan_fail": "fan", "power_cut": "power", "door_left": "door"}
_SENSOR = {"sensor_drift": "sensor_drift", "sensor_stuck": "sensor_stuck", "sensor_spike": "sensor_spike"}
_NAMED = _HEAT | _SENSOR | {"leak_slow": "leak", "defrost_stuck": "defrost_stuck", "dropout": "sensor_dropout"}
_LOSSES = ("comp_fail", "fan_fail", "power_cut")
_HORIZONS_MIN = (120, 60, 30)
_LEAST_ELAPSED_MIN = 40


def judge(folder: Path, *, seed: int = 1) -> SetReport:
    """Judge the rooms in files; nothing in it is random. Raises SetUnreadable."""
    del seed
    return _report("coldroom", from_files(folder), files=2, about={})


def judge_simulated(rooms: int, days: int, seed: int, physics: str = "freezer") -> SetReport:
    """Judge simulated rooms: `physics` is freezer, cooler, reach_in, truck or laboratory."""
    about: dict[str, object] = {"simulated": physics, "rooms": rooms, "days": days, "seed": seed}
    report = _report(f"coldroom, {physics}", simulated(rooms, days, seed, physics), files=0, about=about)
    if physics == "laboratory":
        report.secondary.update(judge_grafted(seed))
    return report


def accepted(fault: str, whole: bool) -> tuple[str, ...]:
    """Causes that name a fault rightly. From the air alone a loss of cooling can't be told from another one."""
    if whole or fault in _SENSOR or fault == "dropout":
        return (_NAMED[fault],)
    return ("cooling", "leak") if fault == "leak_slow" else ("cooling", "risk")


def _report(name: str, rooms: Rooms, *, files: int, about: dict[str, object]) -> SetReport:
    signals = {"a": SIGNALS_A} | ({"c": SIGNALS_C} if rooms.x.shape[2] == len(SIGNALS_C) else {})
    primary: Figures = {}
    secondary: Figures = {}
    for variant, names in signals.items():
        monitor = _fitted(rooms, names)
        result = monitor.score(rooms.x[:, :, : len(names)])
        alerts = _alerts(rooms, result, whole=variant == "c")
        first = _figures(rooms, alerts) | _breach_errors(rooms, result) | hold_figures(rooms, monitor, _LOSSES)
        primary |= {f"{variant}_{figure}": value for figure, value in first.items()}
        secondary |= {f"{variant}_{figure}": value for figure, value in _by_fault(rooms, alerts).items()}
    return SetReport(
        name=name,
        primary=primary,
        secondary=secondary,
        baselines={
            each: {f"{variant}_{figure}": value for variant in signals for figure, value in told.items()}
            for each, told in _baselines(rooms).items()
        },
        configuration=about | dict(asdict(ColdRoomSettings())),
        tried=TRIED,
        files=files,
        notes=_NOTES,
    )


_NOTES = (
    "`a_` knows the air alone, `c_` also power, door, coil and ambient. Minutes; lead is before the product's breach.",
    "`breach_error_120_min`: median error of the time to the breach, told 120 minutes before it, after a loss of "
    "cooling of 40 minutes and more, with the product's time constant given.",
    "`hold_over_error_min`: median error of how long the room would hold, told a minute before its cooling was lost.",
    "Model off is what is left without a model: the limit held for an hour.",
)


def _fitted(rooms: Rooms, signals: tuple[str, ...]) -> ColdRoomMonitor:
    """The monitor after the healthy week, each product's time constant given."""
    monitor = ColdRoomMonitor(signals, rows=rooms.x.shape[1])
    taus = np.array([truth.tau for truth in rooms.truths])
    monitor.configure(np.arange(rooms.x.shape[1]), limit_c=rooms.limit_c, product_tau_min=taus)
    return monitor.fit(rooms.x[:HEALTHY_MIN, :, : len(signals)])


def _alerts(rooms: Rooms, result: Result, *, whole: bool) -> list[Alert]:
    """Of each room and cause; a cause that is right for the room's fault has the fault's name."""
    minutes = np.arange(HEALTHY_MIN, len(rooms.x), dtype=np.float64) * _MIN_S
    told = []
    for place, truth in enumerate(rooms.truths):
        bits = result.alarm[HEALTHY_MIN:, place]
        right = accepted(truth.fault, whole) if truth.fault in _NAMED else ()
        for bit, cause in CAUSES.items():
            began = onsets(minutes, (bits & np.uint32(bit)) != 0)
            told += [Alert(truth.room, float(at), truth.fault if cause in right else cause) for at in began]
    return told


def _figures(rooms: Rooms, alerts: Sequence[Alert], faults: Sequence[str] = tuple(_NAMED)) -> Figures:
    events = [_event(truth) for truth in rooms.truths if truth.fault in faults]
    everything = [_event(truth) for truth in rooms.truths if truth.fault != NONE]
    watches = [Watch(t.room, HEALTHY_MIN * _MIN_S, (len(rooms.x) - 1) * _MIN_S) for t in rooms.truths]
    found = event_figures(events, alerts, watches)
    false = event_figures(everything, alerts, watches, grace_s=_GRACE_S)
    at = {event.asset: event for event in events}
    late = sum(
        event.breach_s == event.breach_s
        and not any(a.asset == event.asset and event.start_s <= a.at_s < event.breach_s for a in alerts)
        for event in at.values()
    )
    return {
        "false_per_asset_day": false["false_per_asset_day"],
        "false_alerts": false["false_alerts"],
        "events": found["events"],
        "recall": found["recall"],
        "delay_median_min": found["delay_median_s"] / _MIN_S,
        "delay_p90_min": found["delay_p90_s"] / _MIN_S,
        "lead_median_min": found["lead_median_s"] / _MIN_S,
        "lead_p10_min": found["lead_p10_s"] / _MIN_S,
        "after_breach": float(late),
        "cause_accuracy": found["cause_accuracy"],
    }


def _by_fault(rooms: Rooms, alerts: Sequence[Alert]) -> Figures:
    told: Figures = {}
    names = ("recall", "delay_median_min", "delay_p90_min", "lead_median_min", "after_breach", "cause_accuracy")
    for fault in (each for each in _NAMED if any(truth.fault == each for truth in rooms.truths)):
        figures = _figures(rooms, alerts, (fault,))
        told |= {f"{fault}_{name}": figures[name] for name in names}
    return told


def _event(truth: Truth) -> Event:
    return Event(truth.room, truth.start * _MIN_S, truth.end * _MIN_S, truth.fault, truth.breach * _MIN_S)


def _breach_errors(rooms: Rooms, result: Result) -> Figures:
    """Median error of the time that was told so long before the breach; told nothing counts as the farthest told."""
    told: Figures = {}
    minutes = np.asarray(result.breach_min)
    for horizon in _HORIZONS_MIN:
        errors = []
        for place, truth in enumerate(rooms.truths):
            at = truth.breach - horizon
            if truth.fault in _LOSSES and isfinite(at) and at >= truth.start + _LEAST_ELAPSED_MIN:
                errors.append(float(minutes[int(at), place]) - horizon)
        off = [abs(each) if isfinite(each) else FARTHEST_MIN - horizon for each in errors]
        told[f"breach_error_{horizon}_min"] = quantile(off, 0.5)
        told[f"breach_told_{horizon}"] = sum(map(isfinite, errors)) / len(errors) if errors else nan
    return told


def _baselines(rooms: Rooms) -> dict[str, Figures]:
    limits = {LIMIT.format(minutes=delay): _plain(rooms, _limit(rooms.limit_c, delay)) for delay in LIMIT_DELAYS_MIN}
    slope = {_SLOPE: _plain(rooms, lambda _t, x: _slope_alarm(x, rooms.limit_c))}
    return limits | slope | {MODEL_OFF: limits[LIMIT.format(minutes=60)]}


def _limit(limit_c: float, delay_min: float) -> Callable[[Numbers, Numbers], Flags]:
    return lambda time_s, air: limit_alarm(time_s, air, high=limit_c, delay_s=delay_min * _MIN_S)


def _plain(rooms: Rooms, alarm: Callable[[Numbers, Numbers], Flags]) -> Figures:
    minutes = np.arange(len(rooms.x), dtype=np.float64) * _MIN_S
    alerts = []
    for place, truth in enumerate(rooms.truths):
        rows = alarm(minutes, rooms.x[:, place, 0])
        began = onsets(minutes[HEALTHY_MIN:], rows[HEALTHY_MIN:])
        alerts += [Alert(truth.room, float(at)) for at in began]
    return _figures(rooms, alerts) | {
        f"{fault}_{name}": value
        for fault in _LOSSES
        for name, value in _figures(rooms, alerts, (fault,)).items()
        if name in {"recall", "delay_median_min", "after_breach"}
    }


def _slope_alarm(air: Numbers, limit_c: float) -> Flags:
    """A straight line through the last 15 minutes passes the limit within 30."""
    filled = air.copy()
    known = np.isfinite(filled)
    filled[~known] = np.interp(np.flatnonzero(~known), np.flatnonzero(known), filled[known])
    smooth = np.convolve(filled, np.ones(5) / 5)[: len(filled)]
    slope = np.zeros(len(filled))
    slope[15:] = (smooth[15:] - smooth[:-15]) / 15
    alarm: Flags = (slope > 0) & (smooth + 30 * slope > limit_c)
    return alarm
