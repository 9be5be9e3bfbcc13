"""A detector that sees signals as they were when it learned: what is usual may have moved since a repair or a restart.

After either, levels are taken anew; until they are known the detector inside sees nothing, and from then on the
difference between old and new levels is taken out before it looks. What it tells of values is told as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from models.health.api import Contribution, Flags, Member, Qualities, Reason, Result, Rows, State, Values
from models.health.ewma_cusum import EwmaCusum


class Teachable(Member, Protocol):
    """A detector of many machines."""


class Levelled:
    """Wraps `inner` by the levels of `levels`, which is updated before it."""

    def __init__(self, inner: Teachable, levels: EwmaCusum) -> None:
        self.inner, self._levels = inner, levels
        self.signals = inner.signals

    def fit(self, x: Values, mask: Flags | None = None) -> Self:
        """Raises TooFewHealthyRows."""
        self.inner.fit(x, mask)
        return self

    def resize(self, rows: int) -> None:
        self.inner.resize(rows)

    def update(self, rows: Rows, time_s: Values | float, x: Values, quality: Qualities | None = None) -> Result:
        """As the inner detector; NaN goes in while levels are not known."""
        return self.inner.update(rows, time_s, x - self._moved()[rows], quality)

    def score(self, x: Values, time_s: Values | None = None) -> Result:
        """From a fresh start nothing has moved yet."""
        return self.inner.score(x, time_s)

    def explain(self, row: int) -> list[Contribution]:
        """In the values of now."""
        moved = dict(zip(self.signals, self._moved()[row].tolist(), strict=True))
        return [
            replace(each, value=each.value + moved[each.signal], expected=each.expected + moved[each.signal])
            for each in self.inner.explain(row)
        ]

    def state(self) -> State:
        return self.inner.state()

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Raises StateOfAnotherModel."""
        self.inner.restore(state)

    def reset(self, rows: Rows, reason: Reason) -> None:
        self.inner.reset(rows, reason)

    def _moved(self) -> Values:
        """Level of now minus level of commissioning, (N, K); NaN where a level is being taken anew."""
        state = self._levels.state()
        known = state["seen"] >= self._levels.settings.warm
        return np.where(known, state["level"] - state["base_level"], np.nan)
