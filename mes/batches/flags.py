"""What is raised as an exception of a batch while it is executed: once for each thing that it is about."""

from __future__ import annotations

from collections.abc import Mapping

from mes.batches.judging import Yield
from mes.batches.model import Batch, BatchCapture, BatchOperation, BatchStep, BatchValue, Verdict
from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind, Severity, Status
from mes.recipes.document import Step
from telemetry.work import Work

_OF_VERDICT = {Verdict.OUT: (Kind.OOS_VALUE, Severity.MAJOR), Verdict.ALERT: (Kind.OOT, Severity.MINOR)}


async def value_beyond(work: Work, batch: Batch, asked: Step, step: BatchStep, value: BatchValue, note: str) -> None:
    """A value beyond its limits: out of specification, or out of trend. Nothing where it is within them."""
    if value.verdict not in _OF_VERDICT:
        return
    kind, severity = _OF_VERDICT[value.verdict]
    said = {"step": step.code, "name": value.name, "value": value.shown, "unit": value.unit, "note": note}
    await exceptions.raise_exception(
        work,
        batch.id,
        kind,
        severity=severity,
        said=said | _limits(asked),
        operation_id=step.operation_id,
        step_id=step.id,
        key=f"value:{value.id}",
    )


async def capture_judged(work: Work, batch: Batch, asked: Step, step: BatchStep, taken: BatchCapture) -> None:
    """Too little known of a window, or extremes beyond the limits: each an exception of its own."""
    figures = {"tag": taken.tag, "n": taken.n, "min": taken.min, "max": taken.max, "mean": taken.mean}
    said = figures | {"unit": taken.unit, "gap_s": taken.gap_s, "coverage_pct": taken.coverage_pct}
    told = said | _limits(asked)
    if not taken.covered:
        await _raise(work, batch, Kind.DATA_GAP, Severity.MAJOR, told, step, f"gap:{step.id}")
    if taken.verdict in _OF_VERDICT:
        kind, severity = _OF_VERDICT[taken.verdict]
        await _raise(work, batch, kind, severity, told, step, f"capture:{step.id}:{kind}")


async def corrected(work: Work, batch: Batch, step: BatchStep, old: BatchValue, new: BatchValue) -> None:
    """A value was changed after it was entered."""
    said = {"step": step.code, "name": old.name, "was": old.shown, "is": new.shown, "reason": new.reason}
    await _raise(work, batch, Kind.CORRECTION, Severity.MINOR, said, step, f"correction:{new.id}")


async def entered_late(work: Work, batch: Batch, step: BatchStep, minutes: float) -> None:
    """A value was entered later than it was seen."""
    said = {"step": step.code, "late_min": round(minutes, 1)}
    await _raise(work, batch, Kind.LATE_ENTRY, Severity.MINOR, said, step, f"late:{step.id}:{step.version}")


async def step_missed(work: Work, batch: Batch, step: BatchStep, reason: str) -> None:
    """A mandatory step was not done."""
    severity = Severity.MAJOR if step.critical else Severity.MINOR
    await _raise(
        work, batch, Kind.MISSED_STEP, severity, {"step": step.code, "reason": reason}, step, f"step:{step.id}"
    )


async def operation_missed(work: Work, batch: Batch, operation: BatchOperation, reason: str) -> None:
    """An operation was not done."""
    await exceptions.raise_exception(
        work,
        batch.id,
        Kind.MISSED_STEP,
        severity=Severity.MAJOR,
        said={"operation": operation.code, "reason": reason},
        operation_id=operation.id,
        key=f"operation:{operation.id}",
    )


async def machine_changed(work: Work, batch: Batch, operation: BatchOperation, status: str) -> None:
    """The machine was not in use by the batch any more when the operation ended."""
    await exceptions.raise_exception(
        work,
        batch.id,
        Kind.EQUIP_STATUS,
        severity=Severity.MAJOR,
        said={"operation": operation.code, "status": status},
        operation_id=operation.id,
        key=f"machine:{operation.id}",
    )


async def yield_beyond(work: Work, batch: Batch, operation: BatchOperation, step: BatchStep, found: Yield) -> None:
    """A yield out of its limits, or one that nobody can tell."""
    told: dict[str, object] = {"good": found.good, "expected": found.expected, "unit": found.unit, "pct": found.pct}
    limits = {"low_pct": found.low_pct, "high_pct": found.high_pct, "operation": operation.code}
    await _raise(work, batch, Kind.YIELD, Severity.MAJOR, told | limits, step, f"yield:{step.id}:{step.version}")


async def uncommented(work: Work, operation: BatchOperation) -> int:
    """Exceptions of an operation about which nobody has said anything."""
    found = await exceptions.exceptions(work, operation.batch_id)
    return sum(each.operation_id == operation.id and each.status is Status.OPEN for each in found)


async def _raise(
    work: Work, batch: Batch, kind: Kind, severity: Severity, said: Mapping[str, object], step: BatchStep, key: str
) -> None:
    about = {"operation_id": step.operation_id, "step_id": step.id}
    await exceptions.raise_exception(work, batch.id, kind, severity=severity, said=said, key=key, **about)


def _limits(asked: Step) -> dict[str, object]:
    limits = asked.limits
    told = {"low": limits.low, "high": limits.high, "alert_low": limits.alert_low, "alert_high": limits.alert_high}
    return {name: limit for name, limit in told.items() if limit is not None}
