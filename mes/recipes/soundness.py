"""Whether a master record can be worked by: what it names is there, its order has no circle, its limits make sense."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise

from mes.items.units import UnitsDiffer, convert
from mes.recipes.document import Limits, Line, MasterRecord, Operation, Step, StepKind
from mes.recipes.mistakes import Mistake, unknown

_MEASURED = frozenset({StepKind.VALUE, StepKind.CAPTURE, StepKind.IPC})


def problems(
    record: MasterRecord, *, items: Mapping[str, str], measures: Collection[str], points: Collection[str]
) -> list[Mistake]:
    """Every mistake, each with the place where it stands; empty: it may be worked by.

    `items`: code to unit of the plant's items; `measures`: last parts of its points' names; `points`: their full names.
    """
    return [*_frame(record, items), *_lines(record, items), *_operations(record, measures, points)]


def _frame(record: MasterRecord, items: Mapping[str, str]) -> Iterator[Mistake]:
    if record.product not in items:
        yield unknown("item_unknown", record.product, items).at("product")
    if record.batch_size <= 0:
        yield Mistake("batch_size").at("batch_size")
    if not record.operations:
        yield Mistake("no_operation").at("operations")
    if record.yield_low_pct > record.yield_high_pct:
        yield Mistake("yield_limits").at("yield")


def _lines(record: MasterRecord, items: Mapping[str, str]) -> Iterator[Mistake]:
    steps = {f"{operation.code}/{step.code}": step for operation, step in record.steps()}
    seen: set[object] = set()
    for line in record.lines:
        where = f"lines/{line.number}"
        if line.number in seen or (line.item, line.step) in seen:
            yield Mistake("line_twice").at(where)
        seen |= {line.number, (line.item, line.step)}
        yield from (found.at(where) for found in _line(line, items))
        if line.step is not None and (line.step not in steps or steps[line.step].kind is not StepKind.MATERIAL):
            yield unknown("no_material_step", line.step, _material(steps)).at(where)


def _material(steps: Mapping[str, Step]) -> list[str]:
    return [name for name, step in steps.items() if step.kind is StepKind.MATERIAL]


def _line(line: Line, items: Mapping[str, str]) -> Iterator[Mistake]:
    if line.item not in items:
        yield unknown("item_unknown", line.item, items)
    else:
        try:
            convert(Decimal(1), line.unit, items[line.item])
        except UnitsDiffer:
            yield Mistake("unit_differs", {"unit": line.unit, "of": items[line.item]})
    if line.quantity <= 0 or min(line.over_pct, line.under_pct) < 0 or line.under_pct > 100:
        yield Mistake("line_quantity")


def _operations(record: MasterRecord, measures: Collection[str], points: Collection[str]) -> Iterator[Mistake]:
    codes = [operation.code for operation in record.operations]
    for code in {code for code in codes if codes.count(code) > 1}:
        yield Mistake("operation_twice").at(f"operations/{code}")
    for operation in record.operations:
        where = f"operations/{operation.code}"
        for name in operation.after:
            if name not in codes:
                yield unknown("after_unknown", name, codes).at(where)
        steps = [step.code for step in operation.steps]
        if len(set(steps)) < len(steps):
            yield Mistake("step_twice").at(where)
        for step in operation.steps:
            yield from (found.at(f"{where}/{step.code}") for found in _step(step, measures, points))
    yield from _circle(record)


def _circle(record: MasterRecord) -> Iterator[Mistake]:
    waits = {operation.code: set(record.predecessors(operation)) for operation in record.operations}
    while ready := [code for code, before in waits.items() if not before & waits.keys()]:
        for code in ready:
            del waits[code]
    if waits:
        yield Mistake("circle", {"names": ", ".join(waits)}).at("operations")


def _step(step: Step, measures: Collection[str], points: Collection[str]) -> Iterator[Mistake]:
    yield from _limits(step.limits)
    if step.kind is StepKind.CAPTURE:
        yield from _capture(step, measures, points)
    if step.kind is StepKind.CHOICE and (not step.choices or not set(step.accepted) <= set(step.choices)):
        yield Mistake("choice")
    if step.kind not in _MEASURED and step.limits != Limits():
        yield Mistake("limits_senseless", {"kind": step.kind})
    if step.samples < 1:
        yield Mistake("samples")


def _capture(step: Step, measures: Collection[str], points: Collection[str]) -> Iterator[Mistake]:
    if (step.measure is None) == (step.point is None):
        yield Mistake("capture_source")
    if step.measure is not None and step.measure not in measures:
        yield unknown("measure_unknown", step.measure, measures)
    if step.point is not None and step.point not in points:
        yield Mistake("point_unknown", {"name": step.point})
    if not 0 < step.min_coverage_pct <= 100:
        yield Mistake("coverage")


def _limits(limits: Limits) -> Iterator[Mistake]:
    order = (limits.low, limits.alert_low, limits.alert_high, limits.high)
    given = [limit for limit in order if limit is not None]
    if any(a > b for a, b in pairwise(given)):
        yield Mistake("limits_order")


def named_points(record: MasterRecord) -> list[str]:
    """Full names of points that its captures take."""
    return [step.point for _, step in record.steps() if step.point is not None]


def operation_named(record: MasterRecord, code: str) -> Operation | None:
    """One operation; None: it has none of that code."""
    return next((operation for operation in record.operations if operation.code == code), None)
