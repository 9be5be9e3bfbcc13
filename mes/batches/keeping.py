"""Rows of values and captures: added, never changed. What comes later supersedes a row and leaves it to be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from mes.batches import flags, records
from mes.batches.capturing import Captured, capture, same
from mes.batches.execution import Scene, put_step
from mes.batches.hands import Hand, sign
from mes.batches.judging import judged, judged_text
from mes.batches.model import (
    Batch,
    BatchCapture,
    BatchFacts,
    BatchOperation,
    BatchStatus,
    BatchStep,
    BatchValue,
    Verdict,
)
from mes.batches.records import SQL
from mes.batches.snapshot import operation_in, step_in
from mes.batches.yields import yield_of_step
from mes.people.duties import Act
from mes.people.model import Meaning
from mes.recipes.document import Step, StepKind
from mes.transitions import Refused
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

STRAGGLERS = timedelta(days=7)
"""How long after its window a capture that lacks readings is looked at again."""


class ValueNotFound(NotFound):
    """There is no such value."""


class CorrectionWithoutReason(Invalid):
    """A value is corrected for a reason: say it. The old value stays."""


async def add_value(
    work: Work,
    step: BatchStep,
    asked: Step,
    name: str,
    value: Decimal | str,
    *,
    source: str,
    observed_at: datetime,
    supersedes: BatchValue | None = None,
    reason: str = "",
    signature_id: int | None = None,
) -> BatchValue:
    """Keep a value with its verdict, and its audit row."""
    is_number = isinstance(value, Decimal)
    verdict = verdict_of(value, asked)
    told = {"name": name, "number": value if is_number else None, "text": "" if is_number else value}
    facts = told | {"unit": asked.unit if is_number else "", "verdict": verdict, "source": source}
    link = {"supersedes_id": supersedes.id if supersedes else None, "reason": reason, "signature_id": signature_id}
    made: int = await work.scalar(
        SQL["add_value"], step_id=step.id, observed_at=observed_at, now=work.now, actor=work.actor, **facts, **link
    )
    found = await value_row(work, made)
    was = {"value": supersedes.shown} if supersedes else None
    action = "batch_value.correct" if supersedes else "batch_value.enter"
    after = {"value": found.shown, "name": name, "unit": found.unit, "verdict": verdict, "observed_at": observed_at}
    work.audit(action, "batch_step", step.id, before=was, after=after | {"row": made}, reason=reason)
    return found


def verdict_of(value: Decimal | str, asked: Step) -> Verdict:
    """What a value is worth at its step."""
    return judged(value, asked.limits) if isinstance(value, Decimal) else judged_text(value, asked)


async def correct_value(work: Work, value_id: int, value: Decimal | str, hand: Hand, *, reason: str) -> BatchValue:
    """Enter what the value should have been: a new row with a reason and a signature; the old one stays to be seen.

    A verification of the step by a second person no longer holds, nor does a review of the record: it goes back to
    production. Only the row in force is corrected, so that of two
    who correct at once, one wins. Raises ValueNotFound, CorrectionWithoutReason, Refused, and as `people.sign` does.
    """
    if not reason.strip():
        raise CorrectionWithoutReason
    found = await value_row(work, value_id)
    await work.run(SQL["lock_batch"], batch_id=await work.scalar(SQL["batch_of_step"], step_id=found.step_id))
    old, step = await value_row(work, value_id), await records.step(work, found.step_id)
    if not old.in_force:
        raise Refused("batch_value", value_id, "correct", ["value_is_in_force"])
    operation = await records.operation(work, step.operation_id)
    batch = await records.batch(work, operation.batch_id)
    if batch.ended_at is not None and batch.status in {"released", "rejected"}:
        raise Refused("batch_value", value_id, "correct", ["batch_is_not_concluded"])
    asked = step_in(batch, operation.code, step.code)
    shown = f"{value:f}" if isinstance(value, Decimal) else value
    content = {"batch": batch.number, "step": step.code, "name": old.name, "was": old.shown, "is": shown}
    about = {"record": ("batch_value", value_id, 1), "content": content, "act": Act.PERFORM}
    signed = await sign(work, hand, Meaning.PERFORMED, reason, **about)  # type: ignore[arg-type]
    new = await add_value(
        work,
        step,
        asked,
        old.name,
        value,
        source=old.source,
        observed_at=old.observed_at,
        supersedes=old,
        reason=reason.strip(),
        signature_id=signed.id,
    )
    await flags.corrected(work, batch, step, old, new)
    await flags.value_beyond(work, batch, asked, step, new, reason.strip())
    await judge_yield(work, batch, operation, step)
    await _unverify(work, step, signed.person_id)
    await _send_back(work, batch, reason.strip())
    return new


async def judge_yield(work: Work, batch: Batch, operation: BatchOperation, step: BatchStep) -> None:
    """What a step made, held against the limits of its operation; nothing where it is no yield."""
    found = await yield_of_step(work, batch, step.id) if step.kind is StepKind.YIELD else None
    if found is not None and found.verdict is Verdict.OUT:
        await flags.yield_beyond(work, batch, operation, step, found)


async def _send_back(work: Work, batch: Batch, reason: str) -> None:
    """What was signed of the whole record no longer holds: production reviews it again."""
    if batch.status in {BatchStatus.PROD_REVIEWED, BatchStatus.QA_REVIEW}:
        told = BatchFacts(reason=reason)
        await records.step_batch(work, batch.id, "return_for_correction", told, reason=reason)


async def _unverify(work: Work, step: BatchStep, person_id: int) -> None:
    """Who corrects a critical step has performed it anew: another person verifies it again."""
    if step.critical:
        step = replace(step, performer_id=person_id, verified_by=None, verified_at=None, verify_signature_id=None)
    await put_step(work, step)


async def take_capture(work: Work, scene: Scene, step: BatchStep, asked: Step) -> BatchCapture:
    """Close a capture step's own window now, and keep what its point said in it. Raises CapturePointMissing."""
    window = (step.opened_at or work.now, work.now)
    found = await capture(work, asked, scene.operation.equipment_id, window)
    taken = await _keep(work, step, found)
    await flags.capture_judged(work, scene.batch, asked, step, taken)
    return taken


async def look_again(work: Work) -> list[BatchCapture]:
    """Captures that lacked readings, evaluated again over what has come since; only differences are kept.

    The exception of the gap stays: a person judges it. What the late readings show beyond the limits is a new one.
    """
    where = {"batch_id": None, "operation_id": None, "step_id": None, "lacking_since": work.now - STRAGGLERS}
    found = await work.all(SQL["captures"], BatchCapture, **where)
    again = [await _again(work, kept) for kept in found]
    return [each for each in again if each is not None]


async def _again(work: Work, kept: BatchCapture) -> BatchCapture | None:
    step = await records.step(work, kept.step_id)
    operation = await records.operation(work, step.operation_id)
    batch = await records.batch(work, operation.batch_id)
    asked = next(s for s in operation_in(batch, operation.code).steps if s.code == step.code)
    found = await capture(work, asked, operation.equipment_id, (kept.window_start, kept.window_end))
    if same(kept, found):
        return None
    taken = await _keep(work, step, found, supersedes=kept)
    await flags.capture_judged(work, batch, asked, step, taken)
    await _send_back(work, batch, "late readings changed what was captured")
    return taken


async def _keep(work: Work, step: BatchStep, found: Captured, supersedes: BatchCapture | None = None) -> BatchCapture:
    figures = found.figures
    told: Mapping[str, object] = {
        "point_id": found.point.point_id,
        "tag": found.point.name,
        "unit": found.point.unit,
        "window_start": found.window[0],
        "window_end": found.window[1],
        **{name: getattr(figures, name) for name in ("n", "min", "max", "mean", "gap_s", "coverage_pct")},
        "raw_sha256": found.raw_sha256,
        "covered": found.covered,
        "verdict": found.verdict,
    }
    link = {"supersedes_id": supersedes.id if supersedes else None}
    made: int = await work.scalar(SQL["add_capture"], step_id=step.id, now=work.now, actor=work.actor, **told, **link)
    was = {"coverage_pct": supersedes.coverage_pct, "n": supersedes.n} if supersedes else None
    work.audit("batch_capture.take", "batch_step", step.id, before=was, after=dict(told) | {"row": made})
    return next(c for c in await records.captures(work, step_id=step.id) if c.id == made)


async def value_row(work: Work, value_id: int) -> BatchValue:
    """One value row. Raises ValueNotFound."""
    where = {"batch_id": None, "operation_id": None, "step_id": None, "value_id": value_id}
    found = await work.one(SQL["values"], BatchValue, **where)
    if found is None:
        raise ValueNotFound(value_id=value_id)
    return found
