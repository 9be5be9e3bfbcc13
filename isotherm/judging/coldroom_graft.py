"""Losses of cooling written into a laboratory freezer's healthy log: long, rare defrosts, no power meter.

From a moment on the air warms as it would with nothing cooling it, .12 to .2 K a minute and ever slower. Every one has
to be found, and the log as it was must raise nothing.
"""

from __future__ import annotations

import numpy as np

from isotherm.judging.coldroom_rooms import HEALTHY_MIN
from isotherm.judging.protocol import Numbers, Rows, onsets, quantile
from isotherm.judging.report import Figures
from models.health.cold_room import ColdRoomMonitor
from models.health.cold_room_causes import CAUSES, SIGNALS_A, ColdAlarm
from simulators.cold_rooms import simulate

FREEZERS, GRAFTS = 6, 9  # grafts of each freezer
_DAYS, _BEFORE_MIN, _AFTER_MIN = 14, 2 * 1440, 180
_AMBIENT_C = 22.0
_HEAT = int(ColdAlarm.COOLING | ColdAlarm.RISK)


def judge_grafted(seed: int) -> Figures:
    """Alerts in the healthy log, and of the grafted losses how many were found, and when."""
    log = simulate(FREEZERS, _DAYS, seed=seed, physics="laboratory", share_each=0).x[:, :, :1]
    monitor = ColdRoomMonitor(SIGNALS_A, rows=FREEZERS)
    monitor.configure(np.arange(FREEZERS), limit_c=-15.0)
    monitor.fit(log[:HEALTHY_MIN])
    alarm = monitor.score(log).alarm[HEALTHY_MIN:]
    minutes = np.arange(len(alarm), dtype=np.float64) * 60.0
    channels: list[Rows] = [
        np.asarray(alarm[:, room] & np.uint32(bit)) != 0 for room in range(FREEZERS) for bit in CAUSES
    ]
    alerts = sum(len(onsets(minutes, channel)) for channel in channels)
    delays = _delays(monitor, log, np.random.default_rng(seed))
    return {
        "graft_events": float(FREEZERS * GRAFTS),
        "graft_recall": len(delays) / (FREEZERS * GRAFTS),
        "graft_delay_median_min": quantile(delays, 0.5),
        "graft_delay_p90_min": quantile(delays, 0.9),
        "healthy_log_alerts": float(alerts),
        "healthy_log_days": FREEZERS * len(alarm) / 1440,
    }


def _delays(monitor: ColdRoomMonitor, log: Numbers, draw: np.random.Generator) -> list[float]:
    """Minutes from each graft to the first alert after it; what was not found is left out."""
    freezers = np.repeat(np.arange(FREEZERS), GRAFTS)
    starts = [_cold_moment(log[:, room, 0], draw) for room in freezers.tolist()]
    grafted = [_graft(log[:, room, 0], at, draw) for room, at in zip(freezers.tolist(), starts, strict=True)]
    many = ColdRoomMonitor(SIGNALS_A, rows=len(freezers))
    many.restore({name: column[freezers] for name, column in monitor.state().items()})
    alarm = many.score(np.stack(grafted, axis=1)[:, :, None]).alarm[_BEFORE_MIN:]
    heat = (alarm & np.uint32(_HEAT)) != 0
    return [float(np.argmax(heat[:, each])) for each in range(len(freezers)) if heat[:, each].any()]


def _cold_moment(air: Numbers, draw: np.random.Generator) -> int:
    """A moment of the second week at which the freezer is in its usual band."""
    usual = np.nanmedian(air)
    cold = np.flatnonzero(np.abs(air - usual) < 1.0)
    return int(draw.choice(cold[(cold > HEALTHY_MIN) & (cold < len(air) - _AFTER_MIN)]))


def _graft(air: Numbers, at: int, draw: np.random.Generator) -> Numbers:
    rate, since = draw.uniform(0.12, 0.2), np.arange(_AFTER_MIN)
    room = _AMBIENT_C - air[at]
    warm = _AMBIENT_C - room * np.exp(-rate * since / room) + draw.normal(0, 0.1, _AFTER_MIN)
    return np.concatenate([air[at - _BEFORE_MIN : at], np.round(warm, 1)])
