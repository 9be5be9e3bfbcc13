"""A monitor of cold rooms: variant A knows the air alone, variant C also power, door, coil and ambient.

It learns each room in at least a week and three defrosts; until then it falls back on the limit held for an hour.
It advises: causes by name, and how long the product has. The record of excursions is made elsewhere, by fixed limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

import numpy as np

from models.health import cold_room_episodes, cold_room_plant, cold_room_slow, time_to_breach
from models.health.api import Bits, Contribution, Flags, Result, Rows, Values
from models.health.cold_room_causes import LOST, SIGNALS_A, SIGNALS_C, ColdAlarm
from models.health.cold_room_commissioning import (
    forget_unknown,
    learn_course,
    learn_levels,
    learn_plant_levels,
    trace,
)  # fmt: skip
from models.health.cold_room_rules import Verdict, air_rules, limit_rule, nothing_yet, sensor_rules
from models.health.cold_room_settings import ColdRoomSettings
from models.health.quality import usable_values
from models.health.replay import HistoryOfAnotherShape, machines_of, mask_of
from models.health.rowwise import Rowwise
from models.health.table import Column, Table
from models.health.time_to_breach import Interval


class ColdRoomMonitor(Rowwise):
    """Of rooms with the same signals, SIGNALS_A or SIGNALS_C. A tick is some minutes at most."""

    def __init__(
        self, signals: Sequence[str] = SIGNALS_A, settings: ColdRoomSettings | None = None, rows: int = 0
    ) -> None:
        if tuple(signals) not in {SIGNALS_A, SIGNALS_C}:
            raise HistoryOfAnotherShape(signals=signals)
        self.settings = settings or ColdRoomSettings()
        self._whole = tuple(signals) == SIGNALS_C
        super().__init__(signals, _columns(self._whole), rows)

    def configure(self, rows: Rows, *, limit_c: Values | float, product_tau_min: Values | float = np.nan) -> None:
        """What nobody can learn from a room: its upper limit, and how slowly its product follows the air."""
        self._table["limit_c"][rows] = limit_c
        self._table["product_tau_min"][rows] = product_tau_min

    @property
    def learning(self) -> Flags:
        """Which rooms are not known yet, (N,)."""
        return np.asarray(self._table["ready"] == 0)

    def fit(self, x: Values, mask: Flags | None = None, time_s: Values | None = None) -> Self:
        """Learn from (T, N, K) where `mask` is true; periods a person excluded are false in it.

        Without `time_s` a tick is a minute. Rooms with too few days or defrosts stay `learning`.
        """
        history = machines_of(x, len(self.signals))
        ticks, rooms = history.shape[:2]
        self.resize(rooms)
        history = np.where(mask_of(mask, history)[:, :, None], history, np.nan)
        times = _times(time_s, ticks, rooms)
        table, rows = self._table, np.arange(rooms)
        learn_levels(table, history, self.settings)
        if self._whole:
            learn_plant_levels(table, history, self.settings)
        self._begin(table, rows)
        kept = trace(table, lambda tick: self._tick(table, rows, times[tick], history[tick]), ticks)
        least = self.settings.leak_least if self._whole else self.settings.leak_least_air
        learn_course(table, kept, np.isfinite(history[:, :, 0]), self.settings, least)
        forget_unknown(table, rows.tolist())
        self._begin(table, rows)
        return self

    def score(self, x: Values, time_s: Values | None = None) -> Result:
        """What `update` would have told of a history, from a fresh start; a tick is a minute without `time_s`."""
        history = machines_of(x, len(self.signals))
        table = self._table.copy()
        if history.shape[1] != table.rows:
            raise HistoryOfAnotherShape(shape=np.shape(x), machines=table.rows)
        rows = np.arange(table.rows)
        self._begin(table, rows)
        times = _times(time_s, *history.shape[:2])
        return _replayed(lambda tick: self._tick(table, rows, times[tick], history[tick]), history, np.ndim(x) == 3)

    def breach(self, row: int) -> Interval | None:
        """Minutes until the product passes its limit; None while cooling is not lost."""
        if not self._table["lost"][row]:
            return None
        low, likely, high = (float(each[0]) for each in time_to_breach.breach(self._table, np.array([row])))
        return Interval(low, likely, high)

    def hold_over(self, row: int) -> Interval | None:
        """Minutes until the product passed its limit if cooling stopped now; None while that is not known."""
        return time_to_breach.hold_over(self._table, row)

    def explain(self, row: int) -> list[Contribution]:
        """The air against its usual level in halves of its band, and where known the coil's gap in its healthy most."""
        table, nan = self._table, float("nan")
        away = self._away(table, np.array([row]))[0]
        contribution, value, expected = [away], [table["air"][row]], [table["level"][row]]
        if self._whole:
            gap, most = table["gap"][row], table["coil_gap"][row]
            contribution += [nan, table["door_open"][row] / (table["longest_door"][row] + 1), gap / most - 1, nan]
            value += [nan, table["door_open"][row], table["air"][row] - gap, nan]
            expected += [nan, 0.0, table["air"][row] - most, nan]
        return self._most(np.array(contribution), np.array(value), np.array(expected))

    def _tick(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> Result:
        at, settings = table.at(rows), self.settings
        x = usable_values(x, None)
        times = np.broadcast_to(np.asarray(time_s, dtype=np.float64), len(rows))
        moment = cold_room_episodes.follow(table, at, times, x[:, 0], settings)
        verdict = nothing_yet(len(rows))
        sensor_rules(table, at, moment, settings, verdict)
        if self._whole:
            plant = cold_room_plant.observe(table, at, moment, x[:, 1:], settings)
            cold_room_plant.plant_rules(table, at, settings, verdict)
            air_rules(table, at, moment, settings, verdict, ColdAlarm.RISK)
            cooling, difference = plant.cooling, plant.difference
        else:
            air_rules(table, at, moment, settings, verdict, ColdAlarm.COOLING)
            cooling, difference = table["falling"][at], np.ones(len(rows))
        cold_room_slow.slow_rules(table, at, moment, settings, verdict, cooling, difference)
        time_to_breach.follow_product(table, at, moment.now, moment.passed, moment.air, moment.fresh)
        return self._result(table, at, verdict, len(rows))

    def _result(self, table: Table, at: Rows | slice, verdict: Verdict, rooms: int) -> Result:
        unknown = table["ready"][at] == 0
        if unknown.any():
            simple = nothing_yet(rooms)
            limit_rule(table, at, self.settings, simple)
            dropout = verdict.bits & np.uint32(ColdAlarm.SENSOR_DROPOUT)
            verdict.bits[:] = np.where(unknown, simple.bits | dropout, verdict.bits)
            verdict.stat[:] = np.where(unknown, simple.stat, verdict.stat)
        sigma = np.full((rooms, len(self.signals)), np.nan)
        sigma[:, 0] = self._away(table, at)
        return Result(verdict.stat, verdict.bits, sigma, self._breach(table, at, verdict.bits))

    def _breach(self, table: Table, at: Rows | slice, bits: Bits) -> Values:
        """Minutes until the product passes its limit, of the rooms whose cooling is lost, until they are back.

        A cause may fall silent for a while, as a fan's does during a defrost; the loss goes on.
        """
        minutes = np.full(len(bits), np.nan)
        lost = ((bits & np.uint32(LOST)) != 0) | table["lost"][at]
        lost &= table["out"][at] & np.isfinite(table["limit_c"][at])
        table["lost"][at] = lost
        if lost.any():
            minutes[lost] = time_to_breach.breach(table, np.arange(table.rows)[at][lost])[1]
        return minutes

    def _away(self, table: Table, at: Rows | slice) -> Values:
        """The air's distance from its usual level; 2 at the end of the band."""
        half = (table["band"][at] - table["level"][at]) / 2
        return np.asarray((table["air"][at] - table["level"][at]) / half)


def _columns(whole: bool) -> dict[str, Column]:
    parts = [cold_room_episodes, cold_room_slow, time_to_breach, *([cold_room_plant] if whole else [])]
    learned = {name: column for part in parts for name, column in getattr(part, "LEARNED", {}).items()}
    running = {name: column for part in parts for name, column in part.RUNNING.items()}
    return learned | running | {"lost": Column((), False, "?")}


def _times(time_s: Values | None, ticks: int, rooms: int) -> Values:
    times = np.arange(ticks) * 60.0 if time_s is None else np.asarray(time_s, dtype=np.float64)
    return np.broadcast_to(times if times.ndim == 2 else times[:, None], (ticks, rooms))


def _replayed(step: Callable[[int], Result], history: Values, many: bool) -> Result:
    shape = history.shape[:2]
    stat, alarm, sigma = np.empty(shape), np.zeros(shape, dtype=np.uint32), np.empty(history.shape)
    minutes = np.empty(shape)
    for tick in range(len(history)):
        result = step(tick)
        stat[tick], alarm[tick], sigma[tick] = result.stat, result.alarm, result.sigma
        minutes[tick] = np.nan if result.breach_min is None else result.breach_min
    if many:
        return Result(stat, alarm, sigma, minutes)
    return Result(stat[:, 0], alarm[:, 0], sigma[:, 0], minutes[:, 0])
