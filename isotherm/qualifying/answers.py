"""Known answers: what must come out, what came out here, and whether the one is the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isclose, isinf

EXACT = 1e-9


class Part(StrEnum):
    """What an answer is about, in the order of the protocol."""

    INSTALLED = "installed"  # the program and the database as they are
    KINETIC = "kinetic"
    EPISODES = "episodes"
    CUMULATIVE = "cumulative"
    LATE = "late"  # data that comes late, twice or in another order
    PROBE = "probe"  # the virtual product probe
    FORECAST = "forecast"
    LOTS = "lots"
    EPCIS = "epcis"
    POINTS = "points"
    DATABASE = "database"  # the vectors through this plant's own database


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One known answer. `expected` and `found`: numbers, texts, None, or sequences of them."""

    id: str  # of the vector, as E1
    part: Part
    expected: object
    found: object
    tolerance: float = EXACT  # how far a number may be off

    @property
    def passed(self) -> bool:
        """What came out is what must."""
        return is_same(self.expected, self.found, self.tolerance)


def is_same(expected: object, found: object, tolerance: float) -> bool:
    """Whether two answers agree: numbers within the tolerance, all else exactly, sequences one by one."""
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return expected == found if isinf(expected) else isclose(expected, found, rel_tol=0, abs_tol=tolerance)
    if isinstance(expected, Sequence) and isinstance(found, Sequence) and not isinstance(expected, str):
        same = len(expected) == len(found) and not isinstance(found, str)
        return same and all(is_same(e, f, tolerance) for e, f in zip(expected, found, strict=True))
    return expected == found


def said(value: object) -> str:
    """An answer as a protocol prints it."""
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "(" + ", ".join(said(each) for each in value) + ")"
    return "–" if value is None else str(value)
