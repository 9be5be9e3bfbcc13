"""What every detector of machine health promises, whatever it looks for.

A detector holds many machines of one kind at once, a row each, in arrays. It learns from healthy readings, goes on in
constant memory and never looks ahead: `score` of a whole history gives what `update` would have given tick by tick.
Detectors advise; limits that are fixed decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint32]
Qualities = npt.NDArray[np.uint8]
State = dict[str, npt.NDArray[Any]]

GOOD = 192  # the OPC quality byte of a reading nobody doubts


class Alarm(IntFlag):
    """Why a machine is in alarm. Bits from 16 on belong to detectors of one kind of machine (a cold room)."""

    RANGE = 1 << 0  # a value outside of what the sensor can measure, or of bad quality
    STALE = 1 << 1  # no usable value for too long
    STUCK = 1 << 2  # the same value for longer than this signal ever stood still
    SPIKE = 1 << 3  # jumped and came back at once
    RATE = 1 << 4  # moved faster than the thing can
    CLOCK = 1 << 5  # the machine's clock went back
    LEVEL_HIGH = 1 << 6  # a signal stays above its usual level
    LEVEL_LOW = 1 << 7  # a signal stays below it
    INNOVATION = 1 << 8  # signals move otherwise than they did together
    T2 = 1 << 9  # far from the usual working point, along usual directions
    Q = 1 << 10  # off the usual directions
    HEALTH = 1 << 11  # the fused index is worse than after the last maintenance
    MODEL = 1 << 12  # the model doesn't fit any more: learn again
    LIMIT = 1 << 13  # beyond a fixed limit for longer than it allows


class Reason(StrEnum):
    """Why a machine's running state is forgotten."""

    RESTART = "restart"  # it stood still: levels are taken anew
    MAINTENANCE = "maintenance"  # it is not the machine it was: levels are taken anew
    REMOVED = "removed"  # the row is free for another machine: what was learned goes too


@dataclass(frozen=True, slots=True)
class Result:
    """What one tick shows of m machines; of a whole history with the time axis first."""

    stat: Values  # (m,) in multiples of the alarm limit; NaN while nothing is known
    alarm: Bits  # (m,) of `Alarm`
    sigma: Values  # (m, K) signed deviations of each signal, in its own standard deviations; NaN where none is known
    breach_min: Values | None = None  # (m,) minutes until the product is out of its limit, if nothing changes


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much one signal has to do with what was found."""

    signal: str
    contribution: float  # signed, in standard deviations of the signal
    value: float
    expected: float


class Detector(Protocol):
    """`x` is (T, K) of one machine or (T, N, K) of many when learning and scoring, (m, K) at a tick."""

    signals: tuple[str, ...]

    def fit(self, x: Values, mask: Flags | None = None) -> Self:
        """Learn from the rows where `mask` (T,) or (T, N) is true; NaN is left out. Raises TooFewHealthyRows."""
        ...

    def update(self, rows: Rows, time_s: Values | float, x: Values, quality: Qualities | None = None) -> Result:
        """One tick of the machines `rows`, each at most once, in the order of time."""
        ...

    def score(self, x: Values, time_s: Values | None = None) -> Result:
        """What `update` would have told of a history, from a fresh start; the running state stays as it is."""
        ...

    def explain(self, row: int) -> list[Contribution]:
        """The signals that count most at the last tick, the first one most."""
        ...

    def state(self) -> State:
        """All that was learned and all that runs, as arrays."""
        ...

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on where `state` was taken. Raises StateOfAnotherModel."""
        ...

    def reset(self, rows: Rows, reason: Reason) -> None:
        """Forget what runs of these machines."""
        ...


class Member(Detector, Protocol):
    """A detector that a bank can make room in."""

    def resize(self, rows: int) -> None:
        """Make room for so many machines; new ones know nothing."""
        ...
