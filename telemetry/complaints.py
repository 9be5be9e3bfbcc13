"""Turns what pydantic found in a YAML file into sentences for the person who wrote it, each at its line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from telemetry.lines import Document, Where


def complain(document: Document, model: type[BaseModel], error: ValidationError, where: Where) -> None:
    """Note each mistake at its line. `where` is the way to the part that `model` describes."""
    whole = "the entry" if where else "the file"
    for found in error.errors(include_url=False):
        place = tuple(step for step in found["loc"] if step != "[key]")
        if (*where, *place) not in document.unset and not _follows(found):
            name = str(place[-1]) if place else whole
            document.complain((*where, *place), _sentence(name, _keys(model, place[:-1]), found))


def near(word: object, allowed: Iterable[str]) -> str:
    """What is allowed, and what was perhaps meant."""
    words = list(allowed)
    matches = get_close_matches(str(word), words, 1)
    meant = f"; did you mean `{matches[0]}`?" if matches else ""
    return f"allowed: {', '.join(words) or 'nothing yet'}{meant}"


def _follows(found: ErrorDetails) -> bool:
    """Whether it only follows from another mistake: a list counts as too short when its items are wrong."""
    return found["type"] == "too_short" and bool(found["input"])


def _sentence(name: str, keys: list[str], found: ErrorDetails) -> str:
    match found["type"]:
        case "missing":
            return f"`{name}` is missing"
        case "extra_forbidden":
            return f"`{name}` is not known here; {near(name, keys)}"
        case "value_error":
            return f"`{name}`: {found['ctx']['error']}"
        case "literal_error":
            words = found["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return f"`{name}` is `{found['input']}`; {near(found['input'], words)}"
        case "model_type" | "dict_type":
            return f"`{name}` must hold keys with values, not `{_short(found['input'])}`"
    return f"`{name}`: {found['msg'][0].lower()}{found['msg'][1:]}, not `{_short(found['input'])}`"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _keys(model: type[BaseModel], place: Where) -> list[str]:
    """Keys that are allowed at a place within a model; steps into lists and mappings stay at their items' model."""
    for step in place:
        annotation = _fields(model).get(step)
        within = [annotation, *get_args(annotation)]
        model = next((a for a in within if isinstance(a, type) and issubclass(a, BaseModel)), model)
    return [str(key) for key in _fields(model)]


def _fields(model: type[BaseModel]) -> dict[str | int, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
