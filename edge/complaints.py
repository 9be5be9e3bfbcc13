"""Turns what the validation found into sentences for the person who wrote the config."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from edge.lines import Document, Where


def complain(document: Document, model: type[BaseModel], error: ValidationError, where: Where) -> None:
    """Note each mistake at its line. `where` is the way to the part that `model` describes."""
    for found in error.errors(include_url=False):
        place = tuple(step for step in found["loc"] if step != "[key]")
        if (*where, *place) not in document.unset and not _follows(found):
            document.complain((*where, *place), _sentence(model, found))


def near(word: Any, allowed: Iterable[str]) -> str:
    """`; did you mean ...?` when something allowed looks like the word."""
    matches = get_close_matches(str(word), list(allowed), 1)
    return f"; did you mean `{matches[0]}`?" if matches else ""


def _follows(found: ErrorDetails) -> bool:
    """Whether it only follows from another mistake: a list counts as too short when its items are wrong."""
    return found["type"] == "too_short" and bool(found["input"])


def _sentence(model: type[BaseModel], found: ErrorDetails) -> str:
    name = str(found["loc"][-1]) if found["loc"] else "the file"
    kind = found["type"]
    if kind == "missing":
        return f"`{name}` is missing"
    if kind == "extra_forbidden":
        allowed = _keys(model, found["loc"][:-1])
        return f"`{name}` is not known here{near(name, allowed)}; allowed: {', '.join(allowed)}"
    if kind == "value_error":
        return f"{found['ctx']['error']}"
    if kind == "literal_error":
        expected = found["ctx"]["expected"].replace("'", "")
        words = expected.replace(" or ", ", ").split(", ")
        return f"`{name}` is `{found['input']}`; allowed: {expected}{near(found['input'], words)}"
    said = found["msg"][0].lower() + found["msg"][1:]
    return f"`{name}`: {said}, not `{_short(found['input'])}`"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _keys(model: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """Names allowed at a place of a model, found by walking its fields."""
    here: Any = model
    for step in place:
        if isinstance(step, str) and isinstance(here, type) and issubclass(here, BaseModel):
            fields = {field.alias or name: field.annotation for name, field in here.model_fields.items()}
            here = fields.get(step)
        else:
            here = _model_within(here)
    here = here if isinstance(here, type) else _model_within(here)
    if not (isinstance(here, type) and issubclass(here, BaseModel)):
        return []
    return [field.alias or name for name, field in here.model_fields.items()]


def _model_within(annotation: Any) -> Any:
    inner = [a for a in get_args(annotation) if isinstance(a, type) and issubclass(a, BaseModel)]
    return inner[0] if inner else None
