"""What was found when an exception of a batch was raised, as a person reads it: in words, with units, without blanks.

The facts are kept as they were then, under names of the record; here each gets its word in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from gettext import NullTranslations

from dashboards import words
from telemetry import units

Told = tuple[str, str]  # what it is called, what it was

_QUANTITIES = frozenset(
    {
        *("value", "low", "high", "alert_low", "alert_high", "min", "max", "mean", "was", "is"),
        *("good", "expected", "made", "ordered", "net", "least", "required", "quantity"),
    }
)
"""Facts in the unit that is told beside them."""
_CODES = {"name": "value_name", "status": "equipment_status"}
"""Facts that are codes, and the kind of code each is."""
_BESIDE = frozenset({"unit", "step"})
"""Told with another fact, or shown by the page itself."""


def told(said: Mapping[str, object], texts: NullTranslations) -> list[Told]:
    """The facts in the order in which they were kept; one that is empty or unknown is left out."""
    return list(_each(said, texts))


def _each(said: Mapping[str, object], texts: NullTranslations) -> Iterator[Told]:
    unit = units.shown(str(said.get("unit") or ""))
    for name, fact in said.items():
        if name in _BESIDE or fact is None or fact == "" or (name == "name" and fact == "value"):
            continue
        yield words.word("exception_fact", name, texts.gettext), _shown(name, fact, unit, texts)


def _shown(name: str, fact: object, unit: str, texts: NullTranslations) -> str:
    if name in _CODES:
        return words.word(_CODES[name], fact, texts.gettext)
    if name.endswith("_s") and isinstance(fact, int | float):
        return words.span(fact, texts)
    if name.endswith("pct"):
        return f"{fact} %"
    if name == "late_min":
        return f"{fact} {texts.gettext('min')}"
    return f"{fact} {unit}".strip() if name in _QUANTITIES else str(fact)
