"""What an estimate of remaining life says, and of what it is made. It advises; nothing is decided by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from models.health.api import Values


class Basis(StrEnum):
    """Of what an estimate is made."""

    FAILURES = "failures"  # a regression on recorded lives, from new to failure
    TREND = "trend"  # too few failures are recorded: how long the others lasted when they had come as far
    NOTHING = "nothing"  # no failure is recorded, or the machine is too new: no number can be given


@dataclass(frozen=True, slots=True)
class Life:
    """One machine's readings from new on, one row a cycle; `failed`: the last row is the failure."""

    machine: str
    x: Values  # (n, K)
    failed: bool = True


@dataclass(frozen=True, slots=True)
class Band:
    """Cycles that are left, and between what they are with the level of the model. `high` may be infinite."""

    cycles: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LifeEstimate:
    """`band` knows the machine's age, `ageless` does not: where they differ much, age speaks more than wear."""

    basis: Basis
    band: Band | None
    ageless: Band | None
    level: float | None  # the share of cases in which the truth is within the band; none is promised for a trend
    failures: int  # recorded ones it rests on


class RemainingLifeModel(Protocol):
    """Either model."""

    def estimate(self, x: Values) -> LifeEstimate:
        """For a machine with these readings from new until now, (n, K)."""
        ...


def failures(lives: Sequence[Life]) -> list[Life]:
    """Those that went to the end."""
    return [life for life in lives if life.failed and len(life.x)]
