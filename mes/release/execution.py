"""What was done for a batch, as its makers left it: operations, values, captures, issues, yields, and who did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from mes.batches import service as batches
from mes.batches.judging import Yield
from mes.batches.model import Batch, BatchCapture, BatchOperation, BatchStep, BatchValue, Clearance
from mes.materials import service as materials
from mes.materials.model import Issue
from mes.recipes.document import MasterRecord
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    record: MasterRecord
    operations: Sequence[BatchOperation]
    steps: Sequence[BatchStep]
    values: Sequence[BatchValue]
    captures: Sequence[BatchCapture]
    clearances: Sequence[Clearance]
    issues: Sequence[Issue]
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
    return Execution(
        record=batches.record_in(batch),
        operations=await batches.operations(work, batch.id),
        steps=await batches.steps(work, batch.id),
        values=await batches.values(work, batch.id),
        captures=await batches.captures(work, batch.id),
        clearances=await batches.clearances(work, batch.id),
        issues=await materials.issues(work, batch.id),
        yields=await batches.yields(work, batch.id),
    )
