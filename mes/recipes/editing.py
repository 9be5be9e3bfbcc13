"""A master record as a person writes it: the entry of a plant folder, read with its mistakes by line, and written."""

from __future__ import annotations

import yaml
from pydantic import ValidationError

from mes.recipes.document import MasterRecord, Operation
from mes.recipes.words import RecipeWords, words_of
from telemetry.complaints import complain
from telemetry.errors import Invalid
from telemetry.lines import Document, read_text


class RecipeUnreadable(Invalid):
    """The text is no master batch record: mend what is listed, by its line."""


def record_from_yaml(text: str) -> RecipeWords:
    """What a text says. Raises RecipeUnreadable with every mistake and its line."""
    document: Document = read_text(text, "text")
    try:
        said = RecipeWords.model_validate(document.data)
    except ValidationError as error:
        if not document.problems:
            complain(document, RecipeWords, error, ())
        told = [f"line {problem.line}: {problem.text}" for problem in sorted(set(document.problems))]
        raise RecipeUnreadable(detail="; ".join(told)) from error
    if document.problems:  # a key that stands twice, say: what was read is not all that was written
        raise RecipeUnreadable(detail="; ".join(f"line {each.line}: {each.text}" for each in document.problems))
    return said


def yaml_of(record: MasterRecord, *, version: int, reason: str) -> str:
    """The text that reads back as the same record."""
    text: str = yaml.safe_dump(
        words_of(record, version=version, reason=reason), allow_unicode=True, sort_keys=False, width=110
    )
    return text


def differences(old: MasterRecord, new: MasterRecord) -> list[tuple[str, str, str]]:
    """What differs between two versions: place, before, after; nothing stands for what a version does not have."""
    before, after = _flat(old), _flat(new)
    places = [*before, *(place for place in after if place not in before)]
    return [
        (place, before.get(place, ""), after.get(place, ""))
        for place in places
        if before.get(place, "") != after.get(place, "")
    ]


def _flat(record: MasterRecord) -> dict[str, str]:
    told = {
        name: _text(getattr(record, name)) for name in MasterRecord.__slots__ if name not in {"lines", "operations"}
    }
    for line in record.lines:
        told |= {f"line {line.number}.{n}": _text(getattr(line, n)) for n in line.__slots__ if n != "number"}
    told["operations"] = ", ".join(operation.code for operation in record.operations)
    for operation in record.operations:
        told |= _operation(operation)
    return {place: value for place, value in told.items() if value}


def _operation(operation: Operation) -> dict[str, str]:
    told = {f"{operation.code}.{n}": _text(getattr(operation, n)) for n in operation.__slots__ if n != "steps"}
    told[f"{operation.code}.steps"] = ", ".join(step.code for step in operation.steps)  # a step that moved is a change
    for step in operation.steps:
        told |= {f"{operation.code}/{step.code}.{n}": _text(getattr(step, n)) for n in step.__slots__ if n != "limits"}
        limits = step.limits
        told |= {f"{operation.code}/{step.code}.{n}": _text(getattr(limits, n)) for n in limits.__slots__}
    return told


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None or value is False else str(value)
