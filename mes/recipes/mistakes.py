"""What can be wrong with a master record, as a code with facts; its sentence can be told in any language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from types import MappingProxyType

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "item_unknown": "item `%(name)s` is not known",
        "batch_size": "must be greater than zero",
        "no_operation": "a record needs at least one",
        "yield_limits": "the lower limit is above the upper one",
        "line_twice": "the line number stands twice, or the item does for one step",
        "no_material_step": "step `%(name)s` is no material step",
        "unit_differs": "unit `%(unit)s` can't be converted to the item's unit `%(of)s`",
        "line_quantity": "quantity must be above zero, and tolerances between 0 and 100 %%",
        "operation_twice": "stands twice",
        "after_unknown": "`after` names `%(name)s`, which is no operation",
        "step_twice": "a step's code stands twice",
        "circle": "%(names)s wait for each other",
        "choice": "a choice needs choices, and what it accepts must be among them",
        "limits_senseless": "limits make no sense for `%(kind)s`",
        "samples": "samples: at least one",
        "capture_source": "a capture names a measure of its machine or a point, one of them",
        "measure_unknown": "measure `%(name)s` is not known",
        "point_unknown": "point `%(name)s` is not known",
        "coverage": "min_coverage_pct is between 0 and 100",
        "limits_order": "limits must rise: low, alert_low, alert_high, high",
    }
)
"""Code to sentence; its facts stand in the places with names."""
ALLOWED, MEANT, NOTHING = "; allowed: %(allowed)s", "; did you mean `%(meant)s`?", "nothing yet"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `place`: the way to it in the record, as `operations/mix/ph`."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] | None = None  # what could stand there; None: there is no list
    place: str = ""

    def at(self, place: str) -> Mistake:
        """The same, with its place."""
        return replace(self, place=place)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Its sentence, with what was perhaps meant."""
        said = translate(TEXTS[self.code]) % self.facts
        if self.allowed is None:
            return said
        said += translate(ALLOWED) % {"allowed": ", ".join(self.allowed) or translate(NOTHING)}
        meant = get_close_matches(self.facts["name"], self.allowed, 1)
        return said + (translate(MEANT) % {"meant": meant[0]} if meant else "")

    def __str__(self) -> str:
        return f"{self.place}: {self.text()}"


def unknown(code: str, name: str, known: Collection[str]) -> Mistake:
    """A name that is none of those that are known."""
    return Mistake(code, {"name": name}, tuple(known))
