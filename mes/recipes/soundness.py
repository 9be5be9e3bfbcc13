"""Whether a master record can be worked by: what it names is there, its order has no circle, its limits make sense."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise

from mes.items.units import UnitsDiffer, convert
from mes.recipes.document import Limits, Line, MasterRecord, Operation, Step, StepKind
from telemetry.complaints import near

_MEASURED = frozenset({StepKind.VALUE, StepKind.CAPTURE, StepKind.IPC})


def problems(
    record: MasterRecord, *, items: Mapping[str, str], measures: Collection[str], points: Collection[str]
) -> list[str]:
    """Every mistake, each with the place where it stands; empty: it may be worked by.

    `items`: code to unit of the plant's items; `measures`: last parts of its points' names; `points`: their full names.
    """
    return [*_frame(record, items), *_lines(record, items), *_operations(record, measures, points)]


def _frame(record: MasterRecord, items: Mapping[str, str]) -> Iterator[str]:
    if record.product not in items:
        yield f"product: item `{record.product}` is not known; {near(record.product, items)}"
    if record.batch_size <= 0:
        yield "batch_size: must be greater than zero"
    if not record.operations:
        yield "operations: a record needs at least one"
    if record.yield_low_pct > record.yield_high_pct:
        yield "yield: the lower limit is above the upper one"


def _lines(record: MasterRecord, items: Mapping[str, str]) -> Iterator[str]:
    steps = {f"{operation.code}/{step.code}": step for operation, step in record.steps()}
    seen: set[object] = set()
    for line in record.lines:
        where = f"lines/{line.number}"
        if line.number in seen or (line.item, line.step) in seen:
            yield f"{where}: the line number stands twice, or the item does for one step"
        seen |= {line.number, (line.item, line.step)}
        yield from (f"{where}: {text}" for text in _line(line, items))
        if line.step is not None and (line.step not in steps or steps[line.step].kind is not StepKind.MATERIAL):
            yield f"{where}: step `{line.step}` is no material step; {near(line.step, _material(steps))}"


def _material(steps: Mapping[str, Step]) -> list[str]:
    return [name for name, step in steps.items() if step.kind is StepKind.MATERIAL]


def _line(line: Line, items: Mapping[str, str]) -> Iterator[str]:
    if line.item not in items:
        yield f"item `{line.item}` is not known; {near(line.item, items)}"
    else:
        try:
            convert(Decimal(1), line.unit, items[line.item])
        except UnitsDiffer:
            yield f"unit `{line.unit}` can't be converted to the item's unit `{items[line.item]}`"
    if line.quantity <= 0 or min(line.over_pct, line.under_pct) < 0 or line.under_pct > 100:
        yield "quantity must be above zero, and tolerances between 0 and 100 %"


def _operations(record: MasterRecord, measures: Collection[str], points: Collection[str]) -> Iterator[str]:
    codes = [operation.code for operation in record.operations]
    for code in {code for code in codes if codes.count(code) > 1}:
        yield f"operations/{code}: stands twice"
    for operation in record.operations:
        where = f"operations/{operation.code}"
        for name in operation.after:
            if name not in codes:
                yield f"{where}: `after` names `{name}`, which is no operation; {near(name, codes)}"
        steps = [step.code for step in operation.steps]
        if len(set(steps)) < len(steps):
            yield f"{where}: a step's code stands twice"
        for step in operation.steps:
            yield from (f"{where}/{step.code}: {text}" for text in _step(step, measures, points))
    yield from _circle(record)


def _circle(record: MasterRecord) -> Iterator[str]:
    waits = {operation.code: set(record.predecessors(operation)) for operation in record.operations}
    while ready := [code for code, before in waits.items() if not before & waits.keys()]:
        for code in ready:
            del waits[code]
    if waits:
        yield f"operations: {', '.join(waits)} wait for each other"


def _step(step: Step, measures: Collection[str], points: Collection[str]) -> Iterator[str]:
    yield from _limits(step.limits)
    if step.kind is StepKind.CAPTURE:
        yield from _capture(step, measures, points)
    if step.kind is StepKind.CHOICE and (not step.choices or not set(step.accepted) <= set(step.choices)):
        yield "a choice needs choices, and what it accepts must be among them"
    if step.kind not in _MEASURED and step.limits != Limits():
        yield f"limits make no sense for `{step.kind}`"
    if step.samples < 1:
        yield "samples: at least one"


def _capture(step: Step, measures: Collection[str], points: Collection[str]) -> Iterator[str]:
    if (step.measure is None) == (step.point is None):
        yield "a capture names a measure of its machine or a point, one of them"
    if step.measure is not None and step.measure not in measures:
        yield f"measure `{step.measure}` is not known; {near(step.measure, measures)}"
    if step.point is not None and step.point not in points:
        yield f"point `{step.point}` is not known"
    if not 0 < step.min_coverage_pct <= 100:
        yield "min_coverage_pct is between 0 and 100"


def _limits(limits: Limits) -> Iterator[str]:
    order = (limits.low, limits.alert_low, limits.alert_high, limits.high)
    given = [limit for limit in order if limit is not None]
    if any(a > b for a, b in pairwise(given)):
        yield "limits must rise: low, alert_low, alert_high, high"


def named_points(record: MasterRecord) -> list[str]:
    """Full names of points that its captures take."""
    return [step.point for _, step in record.steps() if step.point is not None]


def operation_named(record: MasterRecord, code: str) -> Operation | None:
    """One operation; None: it has none of that code."""
    return next((operation for operation in record.operations if operation.code == code), None)
