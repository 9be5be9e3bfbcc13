"""A master record as the texts of a form, and back with every mistake at its field.

A field is named by its place in the record's words: `lines.0.quantity`, `operations.1.steps.2.limits.low`. Lists are
written with commas. A row whose key is empty is left out, so that a form can always offer one more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mes.recipes.document import MasterRecord
from mes.recipes.words import RecipeWords, words_of

LISTED = frozenset({"after", "documents", "choices", "accepted"})
TICKED = frozenset({"dispense", "assay_adjusted", "parallel", "clearance", "clean", "skippable", "critical", "mandatory"})
_KEYS = {"lines": "item", "operations": "code", "steps": "code"}


@dataclass(frozen=True, slots=True)
class Edited:
    """What a form said: a record, or by field what can't be read."""

    record: MasterRecord | None
    faults: Mapping[str, str]


def filled(record: MasterRecord) -> dict[str, Any]:
    """The record's words as a tree of texts; what is usual stands there as well, so that it can be changed."""
    tree: dict[str, Any] = _texts(words_of(record, version=1, reason="-", whole=True))
    return tree


def _texts(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _texts(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return ", ".join(value) if name in LISTED else [_texts(each) for each in value]
    if isinstance(value, bool):
        return value
    return "" if value is None else str(value)


def edited(product: str, sent: Mapping[str, str]) -> Edited:
    """The record that a form says."""
    tree = typed(sent)
    said = {"product": product, "version": 1, "reason": "-"} | _without_empty(tree)
    try:
        return Edited(RecipeWords.model_validate(said).record, {})
    except ValidationError as error:
        return Edited(None, {".".join(map(str, each["loc"])): _sentence(each["msg"]) for each in error.errors()})


def typed(sent: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a form as a tree; rows without their key are gone, the rest are in order and numbered anew."""
    tree: dict[str, Any] = {}
    for field, text in sent.items():
        *way, last = field.split(".")
        at = tree
        for step in way:
            at = at.setdefault(step, {})
            if not isinstance(at, dict):
                break
        if isinstance(at, dict):
            at[last] = text.strip()
    return _rows(tree)


def _rows(tree: dict[str, Any]) -> dict[str, Any]:
    for name, key in _KEYS.items():
        rows = tree.get(name)
        if isinstance(rows, dict):
            numbered = sorted((int(at), row) for at, row in rows.items() if at.isdecimal() and isinstance(row, dict))
            tree[name] = [_rows(row) for _, row in sorted(numbered, key=_place) if row.get(key)]
    return tree


def _place(numbered: tuple[int, dict[str, Any]]) -> tuple[float, int]:
    """Where a row goes: where it was, or before the row that `place` counts."""
    at, row = numbered
    place = str(row.pop("place", ""))
    return (int(place) - 1.5 if place.isdecimal() and int(place) != at + 1 else float(at), at)


def _without_empty(value: Any, name: str = "") -> Any:
    """An empty field says nothing; a box that is not ticked is not sent, and then it says no."""
    if isinstance(value, dict):
        told = {key: _without_empty(each, key) for key, each in value.items() if each != ""}
        return told | _unticked(told)
    if isinstance(value, list):
        return [_without_empty(each) for each in value]
    if name in LISTED:
        return [each.strip() for each in str(value).replace("，", ",").split(",") if each.strip()]
    return value == "yes" if name in TICKED else value


def _unticked(said: Mapping[str, Any]) -> dict[str, bool]:
    """A step is mandatory unless its box is empty; every other box is empty unless it is ticked."""
    return {} if "kind" not in said or "mandatory" in said else {"mandatory": False}


def _sentence(text: str) -> str:
    return text.removeprefix("Value error, ")
