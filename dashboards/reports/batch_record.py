"""The batch record on paper: what was done, step by step, with every value that was changed marked (Annex 11, 8.2).

Materials with their lots, captures with their curves, exceptions, yields, the gate as it stands, and every signature
with whether the record still says what was signed. A copy that was counted carries its number (GMP 2010, article 173);
a report that was asked for without one says that it is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dashboards.charts import Chart
from dashboards.language import N_
from dashboards.reports import course as courses
from dashboards.reports.place import look_at
from dashboards.reports.registry import Asked, Kind, Span, Subject
from dashboards.reports.tables import chart_of
from mes.batches import service as batches
from mes.batches.model import Batch, BatchCapture, BatchOperation, BatchStep, BatchValue
from mes.batches.records import KEEPERS
from mes.inventory import service as inventory
from mes.plant import service as plant
from mes.recipes.document import Limits, Step
from mes.release.facts import Facts
from mes.release.gates import judge
from mes.release.gathering import facts_of
from telemetry import units
from telemetry.errors import NotFound
from telemetry.work import Work

_MOST = 500


class CopyUnknown(NotFound):
    """No such copy of this batch record was counted."""


class BatchNumberUnknown(NotFound):
    """There is no batch with this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """One value as it was entered; one that is not in force was changed, and is printed struck out."""

    name: str
    shown: str
    unit: str
    verdict: str
    entered_by: str
    entered_at: datetime
    in_force: bool
    is_correction: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRow:
    tag: str
    window_start: datetime
    window_end: datetime
    n: int
    min: float | None
    max: float | None
    mean: float | None
    unit: str
    gap_s: float
    coverage_pct: float
    verdict: str
    raw_sha256: str
    chart: Chart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    code: str
    text_en: str
    text_zh: str
    critical: bool
    status: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    values: tuple[ValueRow, ...]
    capture: CaptureRow | None
    done_by: str
    done_at: datetime | None
    verified_by: str
    verified_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    name_en: str
    name_zh: str
    status: str
    machine: str
    started_at: datetime | None
    done_at: datetime | None
    done_by: str
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialRow:
    lot: str
    item_en: str
    item_zh: str
    quantity: Decimal
    returned: Decimal
    unit: str
    issued_by: str
    issued_at: datetime
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    kind: str
    severity: str
    status: str
    comment: str
    rationale: str
    deviation: str
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldRow:
    operation: str
    good: Decimal | None
    rejected: Decimal | None
    sampled: Decimal | None
    pct: Decimal | None
    accounted_pct: Decimal | None
    low_pct: Decimal | None
    high_pct: Decimal | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRow:
    printed_name: str
    role: str
    meaning: str
    reason: str
    signed_at: datetime
    content_sha256: str
    holds: bool  # the record still says what was signed


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRow:
    """Which of the copies on paper it is: 1 is the record's issue, every other one has its reason."""

    number: int
    reason: str
    printed_by: str
    printed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRecordContent:
    """What the report says."""

    number: str
    copy: CopyRow | None  # None: to read, no copy of the record
    status: str
    product: str
    title_en: str
    title_zh: str
    batch_size: Decimal
    unit: str
    document_sha256: str
    lot: str
    lot_status: str
    expires_on: str
    quantity: Decimal | None
    issued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    changed: int  # values that were changed after they were first entered
    materials: tuple[MaterialRow, ...]
    operations: tuple[OperationRow, ...]
    yields: tuple[YieldRow, ...]
    exceptions: tuple[ExceptionRow, ...]
    gates: tuple[tuple[str, bool], ...]
    signatures: tuple[SignedRow, ...]


def subject_of(number: str, copy: int) -> str:
    """What a counted copy is asked for by."""
    return f"{number}#{copy}"


async def _batch_and_copy(work: Work, subject: str) -> tuple[Batch, CopyRow | None]:
    """The batch, and its copy where the subject names one. Raises BatchNumberUnknown, CopyUnknown."""
    number, _, copy = subject.partition("#")
    batch = await batches.batch_named(work, number)
    if batch is None:
        raise BatchNumberUnknown(number=number)
    if not copy:
        return batch, None
    for each in await batches.prints(work, batch.id):
        if str(each.copy) == copy:
            told = {"reason": each.reason, "printed_by": each.printed_by, "printed_at": each.printed_at}
            return batch, CopyRow(number=each.copy, **told)  # type: ignore[arg-type]
    raise CopyUnknown(number=number, copy=copy)


async def gather(work: Work, asked: Asked) -> BatchRecordContent:
    """Raises BatchNumberUnknown, CopyUnknown."""
    batch, copy = await _batch_and_copy(work, asked.subject)
    facts = await facts_of(work, batch.id)
    captures = {c.step_id: await _capture(work, facts, c) for c in facts.captures if c.in_force}
    machines = {machine.id: machine.path for machine in await plant.equipment(work)}
    made = facts.made
    return BatchRecordContent(
        number=batch.number,
        copy=copy,
        status=batch.status,
        product=facts.record.product,
        title_en=facts.record.title_en,
        title_zh=facts.record.title_zh,
        batch_size=facts.record.batch_size,
        unit=facts.record.unit,
        document_sha256=batch.document_sha256,
        lot=made.number if made else "",
        lot_status=made.quality_status if made else "",
        expires_on=str(made.expires_on or "") if made else "",
        quantity=made.quantity if made else None,
        issued_at=batch.issued_at,
        started_at=batch.started_at,
        ended_at=batch.ended_at,
        changed=sum(value.supersedes_id is not None for value in facts.values),
        materials=tuple(await _materials(work, facts)),
        operations=tuple(_operation(facts, each, captures, machines) for each in facts.operations),
        yields=tuple(_yields(facts)),
        exceptions=tuple(_exceptions(facts)),
        gates=tuple((gate.code.value, gate.passed) for gate in judge(facts)),
        signatures=tuple(_signatures(facts)),
    )


async def _capture(work: Work, facts: Facts, capture: BatchCapture) -> CaptureRow:
    names = [name for name in CaptureRow.__slots__ if name not in {"chart", "verdict", "unit"}]
    told = {name: getattr(capture, name) for name in names}
    asked = _asked(facts).get(capture.step_id)
    chart = await _chart(work, capture, asked.limits if asked else Limits())
    return CaptureRow(**told, unit=units.shown(capture.unit), verdict=capture.verdict, chart=chart)


async def _chart(work: Work, capture: BatchCapture, limits: Limits) -> Chart | None:
    """The point's curve over the step's window."""
    if capture.point_id is None or capture.window_end <= capture.window_start:
        return None
    window = courses.window_of(capture.window_start, capture.window_end)
    report = await look_at(work, await plant.point(work, capture.point_id), window)
    lines = [float(limit) for limit in (limits.low, limits.high) if limit is not None]
    return chart_of([report], window, await plant.time_zone(work), limits=lines)


def _asked(facts: Facts) -> dict[int, Step]:
    """What the record asks at each step."""
    names, asked = facts.names_of_steps(), facts.steps_in_record()
    return {id_: asked[name] for id_, name in names.items() if name in asked}


def _operation(
    facts: Facts, operation: BatchOperation, captures: Mapping[int, CaptureRow], machines: Mapping[int, str]
) -> OperationRow:
    asked = _asked(facts)
    return OperationRow(
        name_en=operation.name_en,
        name_zh=operation.name_zh,
        status=operation.status,
        machine=machines.get(operation.equipment_id or 0, ""),
        started_at=operation.started_at,
        done_at=operation.done_at,
        done_by=operation.done_by or "",
        steps=tuple(
            _step(step, asked.get(step.id), [v for v in facts.values if v.step_id == step.id], captures.get(step.id))
            for step in facts.steps
            if step.operation_id == operation.id
        ),
    )


def _step(step: BatchStep, asked: Step | None, values: Sequence[BatchValue], capture: CaptureRow | None) -> StepRow:
    limits = asked.limits if asked else Limits()
    return StepRow(
        code=step.code,
        text_en=asked.text_en if asked else step.code,
        text_zh=asked.text_zh if asked else step.code,
        critical=step.critical,
        status=step.status,
        low=limits.low,
        high=limits.high,
        unit=asked.unit if asked else "",
        values=tuple(_value(value) for value in sorted(values, key=lambda v: (v.name, v.id))),
        capture=capture,
        done_by=step.done_by or "",
        done_at=step.done_at,
        verified_by=step.verified_by or "",
        verified_at=step.verified_at,
        note=step.note,
    )


def _value(value: BatchValue) -> ValueRow:
    return ValueRow(
        name=value.name,
        shown=value.shown,
        unit=value.unit,
        verdict=value.verdict,
        entered_by=value.entered_by,
        entered_at=value.entered_at,
        in_force=value.in_force,
        is_correction=value.supersedes_id is not None,
        reason=value.reason,
    )


async def _materials(work: Work, facts: Facts) -> list[MaterialRow]:
    items = {item.id: item for item in await inventory.items(work)}
    rows = []
    for issue in facts.issues:
        lot = facts.lots[issue.lot_id]
        item = items.get(lot.item_id)
        rows.append(
            MaterialRow(
                lot=lot.number,
                item_en=item.name_en if item else lot.item,
                item_zh=item.name_zh if item else lot.item,
                quantity=issue.quantity,
                returned=issue.returned,
                unit=issue.unit,
                issued_by=issue.issued_by,
                issued_at=issue.issued_at,
                warnings=tuple(issue.warnings),
            )
        )
    return rows


def _yields(facts: Facts) -> list[YieldRow]:
    names = [name for name in YieldRow.__slots__ if name not in {"operation", "verdict"}]
    return [
        YieldRow(**{n: getattr(y, n) for n in names}, operation=y.operation or "", verdict=y.verdict)
        for y in facts.yields
    ]


def _exceptions(facts: Facts) -> list[ExceptionRow]:
    numbers = {id_: deviation.number for id_, deviation in facts.deviations.items()}
    names = ("kind", "severity", "status", "comment", "rationale", "raised_at")
    return [
        ExceptionRow(**{n: getattr(e, n) for n in names}, deviation=numbers.get(e.deviation_id or 0, ""))
        for e in facts.exceptions
    ]


def _signatures(facts: Facts) -> list[SignedRow]:
    names = [name for name in SignedRow.__slots__ if name != "holds"]
    return [SignedRow(**{n: getattr(each.signature, n) for n in names}, holds=each.valid) for each in facts.signatures]


async def subjects(work: Work) -> list[Subject]:
    """The newest batches."""
    found = await batches.batches(work, limit=_MOST)
    return [Subject(key=batch.number, name_en=batch.number, name_zh=batch.number) for batch in found]


KIND = Kind(
    code="batch_record",
    title=N_("Batch record"),
    template="reports/batch_record.html",
    template_version=2,
    span=Span.NONE,
    gather=gather,
    subjects=subjects,
    roles=KEEPERS,
)
