"""What power, door, coil and ambient add to the air: which part of the plant it is.

Timers in minutes, each with the longest it was while healthy. A lost reading holds a timer where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.health.api import Flags, Rows, Values
from models.health.cold_room_causes import ColdAlarm
from models.health.cold_room_episodes import Moment
from models.health.cold_room_rules import Verdict
from models.health.cold_room_settings import ColdRoomSettings
from models.health.table import Column, Table

LEARNED = {
    "draws_kw": Column((), np.inf, learned=True),  # from here on something runs
    "heats_kw": Column((), np.inf, learned=True),  # from here on it is the heater
    "cut_in": Column((), np.inf, learned=True),
    "coil_gap": Column((), np.inf, learned=True),  # air minus coil, 99 in 100 of the healthy minutes
    "near_coil": Column((), 3.0, learned=True),  # a smaller gap means that the coil doesn't cool
    "longest_warm": Column((), np.inf, learned=True),
    "longest_idle": Column((), np.inf, learned=True),
    "longest_heater": Column((), np.inf, learned=True),
    "longest_door": Column((), np.inf, learned=True),
}
RUNNING = {
    "dead": Column(),  # minutes without power
    "warm": Column(),  # minutes of warm air and no cold coil
    "idle": Column(),  # minutes of warm air and warm coil while nothing runs
    "cold_coil": Column(),  # minutes that the coil is far too cold
    "heater": Column(),  # minutes of heating
    "door_open": Column(),
    "cools": Column((), False, "?"),
    "gap": Column((), np.nan),
}


@dataclass(frozen=True, slots=True)
class Plant:
    """What runs now, each (m,)."""

    cooling: Flags
    heating: Flags
    difference: Values  # ambient minus air


def observe(table: Table, at: Rows | slice, moment: Moment, others: Values, settings: ColdRoomSettings) -> Plant:
    """`others` (m, 4): power, door, coil, ambient."""
    power, door, coil, ambient = others.T
    gap = moment.air - coil
    draws = power > table["draws_kw"][at]
    heating = draws & ((gap < -settings.near_coil_k) | (power > table["heats_kw"][at]))
    cooling = draws & ~heating
    dt, known = moment.passed, ~np.isnan(power)
    warm_air = moment.air > table["cut_in"][at] + settings.warm_k
    near = gap < table["near_coil"][at]
    _timer(table, "dead", at, power < settings.power_kw, known, dt)
    _timer(table, "warm", at, warm_air & near, known & ~heating & ~np.isnan(gap) & moment.fresh, dt)
    asks = moment.air > table["cut_in"][at] + settings.asks_k
    warm_coil = coil > table["cut_in"][at] - settings.asks_k  # an air probe that drifts does not warm the coil
    _timer(table, "idle", at, asks & warm_coil & ~draws, known & ~np.isnan(gap) & moment.fresh, dt)
    _timer(table, "cold_coil", at, gap > table["coil_gap"][at] + settings.fan_k, ~np.isnan(gap) & moment.fresh, dt)
    _timer(table, "heater", at, heating, known, dt)
    _timer(table, "door_open", at, door > 0.5, ~np.isnan(door), dt)
    table["cools"][at], table["gap"][at] = cooling, gap
    return Plant(cooling, heating, ambient - moment.air)


def plant_rules(table: Table, at: Rows | slice, settings: ColdRoomSettings, verdict: Verdict) -> None:
    """Power first: without it nothing else can be told."""
    powerless = verdict.add(ColdAlarm.POWER, table["dead"][at] / settings.power_min)
    warm = settings.warm_times * table["longest_warm"][at] + settings.warm_min
    dead = table["dead"][at] > 0
    idle = settings.warm_times * table["longest_idle"][at] + settings.warm_min
    verdict.add(ColdAlarm.COMPRESSOR, table["warm"][at] / warm, ~dead & ~powerless)
    verdict.add(ColdAlarm.COMPRESSOR, table["idle"][at] / idle, ~dead & ~powerless)
    verdict.add(ColdAlarm.FAN, table["cold_coil"][at] / settings.fan_min)
    heater = settings.heater_times * table["longest_heater"][at] + settings.heater_min
    verdict.add(ColdAlarm.DEFROST_STUCK, table["heater"][at] / heater)
    door = settings.door_times * table["longest_door"][at] + settings.door_min
    verdict.add(ColdAlarm.DOOR, table["door_open"][at] / door)


def _timer(table: Table, name: str, at: Rows | slice, runs: Flags, known: Flags, dt: Values) -> None:
    before = table[name][at]
    table[name][at] = np.where(known, np.where(runs, before + dt, 0.0), before)
