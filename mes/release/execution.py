"""What was done for a batch, as its makers left it: operations, values, captures, issues, yields, and who did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from mes.batches import records as batches
from mes.batches.judging import Yield, yield_of
from mes.batches.model import Batch, BatchCapture, BatchOperation, BatchStep, BatchValue, Clearance
from mes.batches.snapshot import record_in
from mes.inventory import service as inventory
from mes.orders import materials
from mes.recipes.document import MasterRecord, StepKind
from mes.release.facts import Issued
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    record: MasterRecord
    operations: Sequence[BatchOperation]
    steps: Sequence[BatchStep]
    values: Sequence[BatchValue]
    captures: Sequence[BatchCapture]
    clearances: Sequence[Clearance]
    issues: Sequence[Issued]
    yields: Sequence[Yield]

    def told(self) -> dict[str, Any]:
        """By name, as facts take them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def names(self) -> set[str]:
        """User names and printed names of everybody who had a hand in it."""
        hands = [
            *(name for each in self.operations for name in (each.started_by, each.done_by)),
            *(name for each in self.steps for name in (each.done_by, each.verified_by)),
            *(each.entered_by for each in self.values),
            *(name for each in self.clearances for name in (each.recorded_by, each.checked_by)),
            *(each.issued_by for each in self.issues),
        ]
        return {name for name in hands if name}

    def ids(self) -> frozenset[int]:
        """People whose id the record itself keeps."""
        return frozenset(each.performer_id for each in self.steps if each.performer_id is not None)


async def execution_of(work: Work, batch: Batch) -> Execution:
    """Read all of it. Raises RecordAltered."""
    record, steps = record_in(batch), await batches.steps(work, batch.id)
    operations, values = await batches.operations(work, batch.id), await batches.values(work, batch.id)
    return Execution(
        record=record,
        operations=operations,
        steps=steps,
        values=values,
        captures=await batches.captures(work, batch.id),
        clearances=await batches.clearances(work, batch.id),
        issues=await materials.issues(work, batch.id),
        yields=[*_yields(record, operations, steps, values), *await _whole(work, batch, record)],
    )


def _yields(
    record: MasterRecord,
    operations: Sequence[BatchOperation],
    steps: Sequence[BatchStep],
    values: Sequence[BatchValue],
) -> list[Yield]:
    """Of each operation that has a yield step; unknown parts stay unknown."""
    told = {each.code: each for each in record.operations}
    said = {(each.step_id, each.name): each.number for each in values if each.in_force}
    codes = {each.id: each.code for each in operations}
    found = []
    for step in (each for each in steps if each.kind is StepKind.YIELD):
        operation = told.get(codes[step.operation_id])
        made = [said.get((step.id, name)) for name in ("good", "rejected", "sampled")]
        low, high = (operation.yield_low_pct, operation.yield_high_pct) if operation else (None, None)
        limits = {"low_pct": low, "high_pct": high}
        found.append(yield_of(codes[step.operation_id], made, expected=record.batch_size, unit=record.unit, **limits))
    return found


async def _whole(work: Work, batch: Batch, record: MasterRecord) -> list[Yield]:
    """Of the whole batch: what its lot got against what the record is for."""
    lot = await inventory.lot(work, batch.lot_id) if batch.lot_id is not None else None
    got: Decimal | None = lot.quantity if lot is not None and lot.unit == record.unit else None
    limits = {"low_pct": record.yield_low_pct, "high_pct": record.yield_high_pct}
    made = (got, None, None)
    return [yield_of(None, made, expected=record.batch_size, unit=record.unit, **limits)]
