"""The form of a master record: flat fields to the words of a plant folder and back; its parts added, moved, taken out.

A field is named by its place: `operations.0.steps.2.limits.low`. What the form shows is kept as typed until it is read
as a record; only then is a mistake a mistake, told at its field. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mes.recipes.document import MasterRecord, StepKind
from mes.recipes.words import RecipeWords, words_of
from telemetry.errors import Invalid, NotFound

Part = dict[str, Any]
"""A record, an operation, a step or a line as it was typed: texts, and lists of parts."""

PLAIN = ("batch_size", "unit", "over_production_pct", "yield_low_pct", "yield_high_pct", "shelf_life_days")
_TOP = frozenset({*PLAIN, "product", "reason", "title", "lines", "operations"})
_PARTS = frozenset({"lines", "operations", "steps"})
_SWITCHES = frozenset({"dispense", "assay_adjusted", "parallel", "clearance", "clean", "skippable", "critical"})
_LISTS = frozenset({"after", "documents", "choices", "accepted"})
_ALWAYS = frozenset({"code", "kind", "text", "critical", "mandatory", "document"})
_OF_KIND: Mapping[StepKind, tuple[str, ...]] = {
    StepKind.VALUE: ("unit", "limits"),
    StepKind.IPC: ("unit", "samples", "limits"),
    StepKind.CAPTURE: ("measure", "point", "unit", "min_coverage_pct", "limits"),
    StepKind.CHOICE: ("choices", "accepted"),
    StepKind.YIELD: ("unit",),
}
_SEPARATORS = re.compile(r"[;；\n]")
_MOST_PARTS = 500


class PartUnknown(NotFound):
    """The form has no such part any more: look at it again."""


class RecipeFormUnreadable(Invalid):
    """This form has more parts than a page can hold, or other fields than the page: write the record as text."""


class Typed(dict[str, Any]):
    """A part as a page shows it: what was not typed is empty."""

    def __missing__(self, name: str) -> Any:
        return Typed() if name in {"title", "name", "text", "limits"} else [] if name in _PARTS else ""


def shown(form: Part) -> Typed:
    """The form as its page reads it."""
    return Typed({name: _shown(value) for name, value in form.items()})


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [shown(each) for each in value]
    return shown(value) if isinstance(value, dict) else value


def fields_of(kind: str) -> tuple[str, ...]:
    """What a step of a kind is asked for beside its code and text."""
    return _OF_KIND.get(StepKind(kind), ()) if kind in set(StepKind) else ()


def filled(record: MasterRecord, *, reason: str) -> Part:
    """The form filled with what a record says."""
    said = RecipeWords.model_validate(words_of(record, version=1, reason=reason or "-"))
    found: Part = said.model_dump(mode="json", exclude_none=True, exclude={"version"})
    found["reason"] = reason
    typed: Part = _typed(found)
    return typed


def read(fields: Iterable[tuple[str, str]]) -> Part:
    """What a form sent, part by part; fields that are none of a record are left out. Raises RecipeFormUnreadable."""
    found: Part = {}
    for name, text in fields:
        first, *way = name.split(".")
        if first in _TOP:
            at = found
            for step, below in zip([first, *way], way, strict=False):
                at = at.setdefault(step, {})
                if not isinstance(at, dict) or (below.isdecimal() and len(at) > _MOST_PARTS):
                    raise RecipeFormUnreadable
            at[way[-1] if way else first] = text
    return _with_lists(found)


def reshaped(form: Part, act: str) -> str:
    """Add, move or take out a part, as a button says; answers the place that it is about. Raises PartUnknown."""
    *way, do = act.split(".")
    if do == "add" and way:
        parts = _list_at(form, way)
        parts.append(_new(way[-1], parts))
        return ".".join([*way, str(len(parts) - 1)])
    parts, at = _list_at(form, way[:-1]), int(way[-1]) if way and way[-1].isdecimal() else -1
    target = {"up": at - 1, "down": at + 1, "remove": at}.get(do, -1)
    if not 0 <= at < len(parts) or not 0 <= target < len(parts):
        raise PartUnknown(part=act[:80])
    part = parts.pop(at)
    if do != "remove":
        parts.insert(target, part)
    return ".".join([*way[:-1], str(target)])


def record_in(form: Part) -> tuple[RecipeWords | None, dict[str, str]]:
    """The record that a form says, or None with every mistake: by place, what kind of mistake it is."""
    try:
        return RecipeWords.model_validate(_read_part(form)), {}
    except ValidationError as error:
        told = [each for each in error.errors(include_url=False) if not (each["type"] == "too_short" and each["input"])]
        return None, {_place(found): _fault(found) for found in told}


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "; ".join(part) if name in _LISTS else _typed(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_typed(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else ""
    return str(value)


def _with_lists(part: Part) -> Part:
    """Parts with numbers for names are lists, in the order of the numbers."""
    found: Part = {}
    for name, value in part.items():
        if isinstance(value, dict) and value and all(key.isdecimal() for key in value):
            rows = [value[key] for key in sorted(value, key=int)]
            found[name] = [_with_lists(row) for row in rows if isinstance(row, dict)]
        else:
            found[name] = _with_lists(value) if isinstance(value, dict) else value
    return found


def _list_at(form: Part, way: list[str]) -> list[Part]:
    at: Any = form
    for step in way[:-1]:
        found = isinstance(at, list) and step.isdecimal() and int(step) < len(at)
        at = at[int(step)] if found else at.get(step) if isinstance(at, dict) else None
    if not isinstance(at, dict) or not way or way[-1] not in _PARTS:
        raise PartUnknown(part=".".join(way)[:80])
    parts: list[Part] = at.setdefault(way[-1], [])
    if len(parts) >= _MOST_PARTS:
        raise RecipeFormUnreadable
    return parts


def _new(kind: str, beside: list[Part]) -> Part:
    if kind == "lines":
        numbers = [int(each["number"]) for each in beside if str(each.get("number", "")).isdecimal()]
        return {"number": str(max(numbers, default=0) // 10 * 10 + 10), "fefo": "warn"}
    return {"kind": StepKind.CONFIRM.value, "mandatory": "true"} if kind == "steps" else {"steps": []}


def _read_part(form: Part) -> Part:
    """Without what is empty, with lists and switches as such, and at a step only what its kind asks for."""
    found: Part = {"title": {}, "lines": [], "operations": []} | _plain(form)
    found["lines"] = [_plain(line) for line in form.get("lines", [])]
    found["operations"] = [_operation(each) for each in form.get("operations", [])]
    return found


def _operation(form: Part) -> Part:
    return {"name": {}} | _plain(form) | {"steps": [_step(each) for each in form.get("steps", [])]}


def _step(form: Part) -> Part:
    kept = _ALWAYS.union(fields_of(str(form.get("kind", ""))))
    told = {name: value for name, value in _plain(form).items() if name in kept}
    return {"text": {}} | told | {"mandatory": bool(form.get("mandatory"))}


def _plain(form: Part) -> Part:
    found: Part = {}
    for name, value in form.items():
        if isinstance(value, dict):
            found[name] = _plain(value)
        elif name in _SWITCHES:
            found[name] = bool(value)
        elif name in _LISTS:
            found[name] = [each.strip() for each in _SEPARATORS.split(str(value)) if each.strip()]
        elif not isinstance(value, list) and str(value).strip():
            found[name] = str(value).strip()
    return found


def _place(found: ErrorDetails) -> str:
    return ".".join(str(step) for step in found["loc"])


def _fault(found: ErrorDetails) -> str:
    kind = found["type"]
    if kind in {"missing", "string_too_short", "too_short"}:
        return "missing"
    if kind == "enum":
        return "choice"
    if kind.startswith(("decimal_", "int_", "greater_", "less_", "finite_")):
        return "number"
    return "code" if found["loc"] and found["loc"][-1] == "code" else "text"
