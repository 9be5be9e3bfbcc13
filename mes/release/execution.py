"""What was done for a batch, as its makers left it: operations, values, captures, issues, yields, and who did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from mes.batches import service as batches
from mes.batches.judging import Yield
from mes.batches.model import Batch, BatchCapture, BatchOperation, BatchStep, BatchValue, Clearance
from mes.materials import service as materials
from mes.materials.dispensing import Dispensing
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
    dispensings: Sequence[Dispensing]

    def told(self) -> dict[str, Any]:
        """By name, as facts take them."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "dispensings"}

    def users(self) -> set[str]:
        """User names of those who had a hand in it while they were signed in. Printed names may be those of two."""
        hands = [
            *(each.started_by for each in self.operations),
            *(each.done_by for each in self.steps if each.signature_id is None),
            *(each.entered_by for each in self.values),
            *(each.issued_by for each in self.issues),
            *(each.weighed_by for each in self.dispensings),
        ]
        return {name for name in hands if name}

    def ids(self) -> frozenset[int]:
        """People whose id the record itself keeps."""
        kept = (*(s.performer_id for s in self.steps), *(c.recorder_id for c in self.clearances))
        return frozenset(id_ for id_ in kept if id_ is not None)

    def signature_ids(self) -> list[int]:
        """Signatures of those who did, corrected or verified any of it."""
        kept = [
            *(each.signature_id for each in self.operations),
            *(id_ for each in self.steps for id_ in (each.signature_id, each.verify_signature_id)),
            *(each.signature_id for each in self.values),
            *(each.signature_id for each in self.dispensings),
            *(id_ for each in self.clearances for id_ in (each.signature_id, each.check_signature_id)),
        ]
        return [id_ for id_ in kept if id_ is not None]


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
        dispensings=await materials.dispensings(work, batch_id=batch.id),
    )
