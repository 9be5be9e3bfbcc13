"""From the course of a room to causes: rules in the order in which they may speak.

From the air alone: a rise slower than any defrost's, one that doesn't turn, one that lasts too long, one that gets too
high. None of them decides before twenty minutes but the last. Each rule gives a ratio: 1 is where it speaks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.health.api import Bits, Flags, Rows, Values
from models.health.cold_room_causes import ColdAlarm
from models.health.cold_room_episodes import MARKS_MIN, Moment
from models.health.cold_room_settings import ColdRoomSettings
from models.health.table import Table


@dataclass(slots=True)
class Verdict:
    """Alarm bits and the highest ratio of any rule, each (m,)."""

    bits: Bits
    stat: Values

    def add(self, cause: ColdAlarm, ratio: Values, where: Flags | None = None) -> Flags:
        """Tell a cause where the ratio is above 1; NaN says nothing."""
        counted = np.nan_to_num(ratio, nan=0.0, posinf=0.0, neginf=0.0)
        if where is not None:
            counted = np.where(where, counted, 0.0)
        speaks = counted > 1.0
        self.bits |= np.where(speaks, np.uint32(cause), np.uint32(0))
        np.maximum(self.stat, counted, out=self.stat)
        return speaks


def nothing_yet(rooms: int) -> Verdict:
    """No bits, ratio 0."""
    return Verdict(np.zeros(rooms, dtype=np.uint32), np.zeros(rooms))


def sensor_rules(table: Table, at: Rows | slice, moment: Moment, settings: ColdRoomSettings, verdict: Verdict) -> None:
    """Of the air probe itself."""
    longest = settings.stuck_times * table["longest_same"][at] + settings.stuck_min
    verdict.add(ColdAlarm.SENSOR_STUCK, table["same"][at] / longest)
    verdict.add(ColdAlarm.SENSOR_DROPOUT, (moment.now - table["usable"][at]) / settings.stale_min)
    verdict.add(ColdAlarm.SENSOR_SPIKE, table["spikes"][at] / (settings.spikes + 1.5 * table["most_spikes"][at]))


def air_rules(
    table: Table, at: Rows | slice, moment: Moment, settings: ColdRoomSettings, verdict: Verdict, cause: ColdAlarm
) -> None:
    """Slow rise, no turn and too long are told as `cause`; too high as a risk of unknown cause."""
    out = table["out"][at] & ~moment.old
    lasted = np.where(out, moment.now - table["since"][at], 0.0)
    peak = table["peak"][at]
    verdict.add(cause, _slow(table, at, moment, settings, lasted), out)
    standing = moment.air > peak - settings.turn_k
    verdict.add(cause, lasted / (settings.turn_times * table["longest_peak"][at] + settings.turn_min), out & standing)
    verdict.add(cause, lasted / (settings.long_times * table["longest_out"][at] + settings.long_more_min), out)
    band, highest = table["band"][at], table["highest"][at]
    with np.errstate(invalid="ignore"):  # of a room that is not known yet all are infinite
        more = np.maximum(settings.high_k, settings.high_share * (highest - table["level"][at]))
        verdict.add(ColdAlarm.RISK, (moment.air - band) / (highest + more - band), out)


def _slow(table: Table, at: Rows | slice, moment: Moment, settings: ColdRoomSettings, lasted: Values) -> Values:
    """Above 1 where the rise is lower than any defrost's at its age, and still rises."""
    place = np.searchsorted(np.asarray(MARKS_MIN), lasted, side="right") - 1
    envelope = np.take_along_axis(table["envelope"][at], np.maximum(place, 0)[:, None], axis=1)[:, 0]
    least = settings.slow_share * envelope - settings.slow_k
    rise = table["peak"][at] - table["band"][at]
    rising = moment.now - table["peak_at"][at] <= settings.rising_min
    speaks = (lasted >= settings.slow_from_min) & rising & (rise < least)
    return np.where(speaks, 1.0 + np.minimum(lasted / 60.0, 1.0), 0.0)


def limit_rule(table: Table, at: Rows | slice, settings: ColdRoomSettings, verdict: Verdict) -> None:
    """What is told of a room that is not known yet."""
    verdict.add(ColdAlarm.LIMIT, table["over"][at] / settings.limit_delay_min)
