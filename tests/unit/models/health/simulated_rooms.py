"""A cold room small enough for a test: a thermostat's saw tooth, a defrost every eight hours, doors now and then.

Commissioning in tests is a day instead of seven, and slow windows are eight hours, so that a story takes a second.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from models.health.api import State, Values
from models.health.cold_room import ColdRoomMonitor
from models.health.cold_room_causes import SIGNALS_A, SIGNALS_C
from models.health.cold_room_settings import ColdRoomSettings

DAY_MIN = 1440
SETTINGS = ColdRoomSettings(healthy_days=1.0, window_min=480.0, settle_min=480.0)
LIMIT_C, TAU_MIN = -15.0, 120.0
_CYCLE_MIN, _DEFROST_EVERY_MIN, _DEFROST_MIN, _DOOR_EVERY_MIN = 20, 480, 25, 170


def healthy(days: float, *, seed: int = 1, rooms: int = 1) -> Values:
    """(T, N, 5): a cycle of 20 minutes from -22 to -18, a defrost of 25 minutes up to about -10."""
    draw = np.random.default_rng(seed)
    minutes = np.arange(int(days * DAY_MIN))
    phase = minutes % _CYCLE_MIN
    cools = phase >= _CYCLE_MIN // 2
    air = np.where(cools, -18 - 0.4 * (phase - 10), -22 + 0.4 * phase)
    in_defrost = minutes % _DEFROST_EVERY_MIN
    heats = (in_defrost < _DEFROST_MIN) & (minutes > _DEFROST_MIN)
    after = (in_defrost >= _DEFROST_MIN) & (in_defrost < _DEFROST_MIN + 10) & (minutes > _DEFROST_EVERY_MIN)
    air = np.where(heats, -18 + 8 * (1 - np.exp(-in_defrost / 10)), air)
    air = np.where(after, -10.7 - 0.9 * (in_defrost - _DEFROST_MIN), air)
    runs = (cools & ~heats) | after
    coil = np.where(heats, air + 6, np.where(runs, air - 6, air - 2))
    door = (minutes % _DOOR_EVERY_MIN < 2) & ~heats
    power = np.where(heats, 2.5, np.where(runs, 1.2, 0.1))
    one = np.stack([air, power, door, coil, np.full(len(minutes), 20.0)], axis=1)
    x = np.repeat(one[:, None], rooms, axis=1)
    x[:, :, 0] = np.round(x[:, :, 0] + draw.normal(0, 0.08, x.shape[:2]), 1)
    x[:, :, 1] += draw.normal(0, 0.01, x.shape[:2])
    x[:, :, 3] += draw.normal(0, 0.1, x.shape[:2])
    return x


def known(*, whole: bool, rooms: int = 1, settings: ColdRoomSettings = SETTINGS) -> ColdRoomMonitor:
    """A monitor of rooms that have learned a healthy day."""
    monitor = ColdRoomMonitor(SIGNALS_C if whole else SIGNALS_A, settings, rows=rooms)
    monitor.restore(_learned(whole, rooms, settings))
    return monitor


@cache
def _learned(whole: bool, rooms: int, settings: ColdRoomSettings) -> State:
    signals = SIGNALS_C if whole else SIGNALS_A
    monitor = ColdRoomMonitor(signals, settings, rows=rooms)
    monitor.configure(np.arange(rooms), limit_c=LIMIT_C, product_tau_min=TAU_MIN)
    return monitor.fit(healthy(1.1, rooms=rooms)[:, :, : len(signals)]).state()


def warming(x: Values, at: int, *, minutes: int | None = None, rate: float = 0.15) -> Values:
    """From a minute on nothing cools: the air goes to the product's warmth at once, then slowly; the coil follows."""
    broken = x.copy()
    until = len(x) if minutes is None else at + minutes
    since = np.arange(until - at)
    air = -18 + 3.5 * (1 - np.exp(-since / 15)) + rate / 10 * since
    broken[at:until, :, 0] = np.round(air, 1)[:, None]
    if x.shape[2] > 1:
        broken[at:until, :, 1] = 0.1
        broken[at:until, :, 3] = air[:, None] - 0.3
    return broken
