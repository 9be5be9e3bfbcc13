"""What differs between two master records, by place: `lines/10/quantity`, `operations/fill/steps/ph/limits/low`."""

from __future__ import annotations

from collections.abc import Iterator

from mes.recipes.document import Limits, Line, MasterRecord, Operation, Step

Place = str
Value = object


def differences(before: MasterRecord, after: MasterRecord) -> dict[Place, tuple[Value, Value]]:
    """By place: what was said and what is; None where one says nothing there. In the order of the later record."""
    old, new = values(before), values(after)
    places = [*new, *(place for place in old if place not in new)]
    return {place: (old.get(place), new.get(place)) for place in places if old.get(place) != new.get(place)}


def values(record: MasterRecord) -> dict[Place, Value]:
    """Everything that a record says, by place; lines are known by their number, operations and steps by their code."""
    told = dict(_plain("", record, {"lines", "operations"}))
    for line in record.lines:
        told |= _plain(f"lines/{line.number}/", line, {"number"})
    told["operations"] = _names(record.operations)
    for operation in record.operations:
        told |= _operation(f"operations/{operation.code}/", operation)
    return {place: value for place, value in told.items() if value not in (None, (), "")}


def _operation(place: Place, operation: Operation) -> dict[Place, Value]:
    told = dict(_plain(place, operation, {"code", "steps"}))
    told[f"{place}steps"] = _names(operation.steps)
    for step in operation.steps:
        within = f"{place}steps/{step.code}/"
        told |= _plain(within, step, {"code", "limits"})
        told |= _plain(f"{within}limits/", step.limits, set())
    return told


def _names(parts: tuple[Operation, ...] | tuple[Step, ...]) -> str:
    """In their order: a step that only moved is a change as well."""
    return ", ".join(part.code for part in parts)


def _plain(
    place: Place, said: MasterRecord | Line | Operation | Step | Limits, without: set[str]
) -> Iterator[tuple[Place, Value]]:
    for name in type(said).__slots__:
        if name not in without:
            value = getattr(said, name)
            yield f"{place}{name}", ", ".join(value) if isinstance(value, tuple) else value
