"""What the judging of one set of data says, in figures: one shape for every set, so that one table prints them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from telemetry.errors import Invalid

Figures = dict[str, float]
"""A name with its unit (`recall`, `delay_s`, `false_per_day`, `f1`) and a number; NaN: there was nothing to count."""

MODEL_OFF = "model off"
"""The baseline that is the same run without the model: what plain rules alone, or nothing at all, would have said."""

ALL_ONES = "all ones"
RANDOM = "random, same rate"
POSITION = "position"
LIMIT = "limit, {minutes} min delay"
"""Names of the other baselines, alike for every set; `LIMIT.format(minutes=30)`."""

LIMIT_DELAYS_MIN = (0, 30, 60)


class SetUnreadable(Invalid):
    """The files of a set of data don't have the layout that this set has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReport:
    """One set, judged.

    `primary` are the figures that a decision may rest on, `secondary` those that make us comparable with others.
    `baselines` have the same names of figures, as far as they make sense there; `spread` has the lowest and the
    highest of several seeds, where there were several. `tried` counts the configurations that were ever judged on this
    kind of data before this one was chosen: with many, the figures flatter.
    """

    name: str
    primary: Figures
    secondary: Figures = field(default_factory=dict)
    baselines: dict[str, Figures] = field(default_factory=dict)
    spread: dict[str, tuple[float, float]] = field(default_factory=dict)
    configuration: dict[str, object] = field(default_factory=dict)
    tried: int = 1
    files: int = 0
    notes: tuple[str, ...] = ()


class Judge(Protocol):
    """What a module of a set offers as `judge`."""

    def __call__(self, folder: Path, *, seed: int = 1) -> SetReport:
        """Judge the files of the folder; the same files and the same seed give the same figures."""
        ...


Judges = Mapping[str, Callable[[], Judge]]
"""Sets by name, each loaded only when it is asked for."""
