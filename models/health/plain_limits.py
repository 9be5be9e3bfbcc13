"""Fixed limits with a delay: what holds for a machine before anything is learned of it, and beside the model after.

No learning is in it: whoever reads the plant folder knows what it will say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.health.api import Alarm, Contribution, Flags, Result, Rows, Values
from models.health.rowwise import Rowwise
from models.health.table import Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainSettings:
    """Limits in each signal's own unit; a signal that has none is not held against any."""

    low: Mapping[str, float] = field(default_factory=dict)
    high: Mapping[str, float] = field(default_factory=dict)
    delay_s: float = 3_600.0  # beyond a limit for so long, without a reading within it


class PlainLimits(Rowwise):
    """Of machines with the same signals and limits. A reading that is lost ends nothing and adds nothing."""

    def __init__(self, signals: Sequence[str], settings: PlainSettings | None = None, rows: int = 0) -> None:
        self.settings = settings or PlainSettings()
        self._low = np.array([self.settings.low.get(each, -np.inf) for each in signals])
        self._high = np.array([self.settings.high.get(each, np.inf) for each in signals])
        columns = {name: Column((len(signals),)) for name in ("beyond_s",)}
        columns |= {"value": Column((len(signals),), np.nan), "last_s": Column((), np.nan)}
        super().__init__(signals, columns, rows)

    def fit(self, x: Values, mask: Flags | None = None, rows: Rows | None = None) -> PlainLimits:
        """There is nothing to learn."""
        return self

    def explain(self, row: int) -> list[Contribution]:
        """Signals beyond their limit, longest first, in delays; the limit is what was expected at most."""
        value, beyond = self._table["value"][row], self._table["beyond_s"][row]
        limit = np.where(value < self._low, self._low, self._high)
        share = np.where(beyond > 0, beyond / self.settings.delay_s, np.nan)
        return self._most(share, value, limit)

    def _tick(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> Result:
        at = table.at(rows)
        times = np.broadcast_to(np.asarray(time_s, dtype=np.float64), len(rows))
        passed = np.nan_to_num(times - table["last_s"][at])[:, None]
        before, out = table["beyond_s"][at], (x < self._low) | (x > self._high)
        known = ~np.isnan(x)
        # from the first reading beyond it on: that one itself has not lasted yet
        lasted = np.where(out, np.where(before > 0, before + passed, 1e-9), np.where(known, 0.0, before))
        table["beyond_s"][at], table["last_s"][at] = lasted, times
        table["value"][at] = np.where(known, x, table["value"][at])
        stat = lasted.max(axis=1) / self.settings.delay_s
        return Result(stat, np.where(stat >= 1, np.uint32(Alarm.LIMIT), np.uint32(0)), np.where(known, 0.0, np.nan))
