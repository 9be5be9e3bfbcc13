"""What changes over days: cooling that runs ever longer for the same work, and a probe whose level drifts.

Minutes in the usual state are summed up in four parts of a window of 24 hours; at the end of each part the whole window
is judged. Nothing is summed while the room is out of its band, in an acute alarm, or shortly after one.
"""

from __future__ import annotations

import numpy as np

from models.health.api import Flags, Rows, Values
from models.health.cold_room_causes import ACUTE, ColdAlarm
from models.health.cold_room_episodes import Moment
from models.health.cold_room_rules import Verdict
from models.health.cold_room_settings import ColdRoomSettings
from models.health.table import Column, Table

PARTS = 4
_LONGEST_TICK_MIN = 5.0
_STILL_MIN = 30.0

LEARNED = {
    "usual_effort": Column((), np.nan, learned=True),
    "effort_spread": Column((), np.inf, learned=True),
    "usual_mean": Column((), np.nan, learned=True),
    "mean_spread": Column((), np.inf, learned=True),
}
RUNNING = {
    "parts": Column((PARTS, 4), 0.0),  # minutes, air, minutes of cooling, ambient minus air
    "part_at": Column((), np.nan),  # minute at which this part began
    "not_before": Column((), -np.inf),  # minute from which the room is in its usual state again
    "effort": Column((), np.nan),  # of the last whole window
    "mean": Column((), np.nan),
    "effort_sum": Column(),
}


def slow_rules(
    table: Table, at: Rows | slice, moment: Moment, settings: ColdRoomSettings, verdict: Verdict,
    cooling: Flags, difference: Values,
) -> None:  # fmt: skip
    """`cooling`: it runs now. `difference`: what it works against, K; 1 where nobody knows."""
    acute = (verdict.bits & np.uint32(ACUTE)) != 0
    start = table["not_before"][at]
    table["not_before"][at] = np.where(acute, moment.now + settings.settle_min, start)
    usual = moment.fresh & ~table["out"][at] & ~acute & (moment.now >= start)
    minutes = np.where(usual & np.isfinite(difference), np.minimum(moment.passed, _LONGEST_TICK_MIN), 0.0)
    shown = np.where(minutes[:, None] > 0, np.stack([np.ones(len(minutes)), moment.air, cooling, difference], 1), 0.0)
    table["parts"][at, 0] += minutes[:, None] * shown
    begun = table["part_at"][at]
    table["part_at"][at] = begun = np.where(np.isnan(begun), moment.now, begun)
    ends = moment.now - begun >= settings.window_min / PARTS
    if ends.any():
        table["part_at"][at] = np.where(ends, moment.now, begun)
        _judge(table, np.arange(table.rows)[at][ends], settings)
    verdict.add(ColdAlarm.LEAK, table["effort_sum"][at] / settings.leak_h)
    still = moment.now - np.fmax(table["turned"][at], start)
    endless = still / (2 * table["longest_turn"][at] + _STILL_MIN)
    verdict.add(ColdAlarm.LEAK, endless, usual & cooling)
    moved = np.abs(table["mean"][at] - table["usual_mean"][at])
    most = np.maximum(settings.drift_k, settings.drift_sigmas * table["mean_spread"][at])
    verdict.add(ColdAlarm.SENSOR_DRIFT, moved / most)


def _judge(table: Table, rows: Rows, settings: ColdRoomSettings) -> None:
    """The window of these rooms is whole: its effort and level, and a one-sided sum of what is beyond (Page 1954)."""
    minutes, air, cooled, against = table["parts"][rows].sum(axis=1).T
    enough = minutes >= settings.window_min / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        table["effort"][rows] = np.where(enough, cooled / against, np.nan)
        table["mean"][rows] = np.where(enough, air / minutes, np.nan)
    z = (table["effort"][rows] - table["usual_effort"][rows]) / table["effort_spread"][rows]
    more = np.where(np.isfinite(z), np.clip(z, -10, 10) - settings.leak_k, -table["effort_sum"][rows])
    table["effort_sum"][rows] = np.clip(table["effort_sum"][rows] + more, 0, 3 * settings.leak_h)
    table["parts"][rows, 1:] = table["parts"][rows, :-1]
    table["parts"][rows, 0] = 0.0
