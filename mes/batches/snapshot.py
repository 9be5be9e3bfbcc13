"""The copy of a master record that a batch keeps: read from JSON, with the hash that shows that it stayed the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mes.batches.model import Batch
from mes.people.model import digest, written
from mes.recipes.document import MasterRecord, Operation, Step
from mes.recipes.written import record_of
from telemetry.errors import Conflict, NotFound


class StepNotInRecord(NotFound):
    """The batch's copy of the master record has no such step."""


class RecordAltered(Conflict):
    """The batch's copy of the master record is not what was issued: stop, and tell quality assurance."""


def sha256_of(document: Mapping[str, Any]) -> str:
    """SHA-256 over the one text of a document, 64 hex digits."""
    return digest(written(document))


def record_in(batch: Batch) -> MasterRecord:
    """The copy that a batch keeps. Raises RecordAltered."""
    if sha256_of(batch.document) != batch.document_sha256:
        raise RecordAltered(batch=batch.number)
    return _read(written(batch.document))


def operation_in(batch: Batch, code: str) -> Operation:
    """One operation of the copy. Raises StepNotInRecord."""
    for operation in record_in(batch).operations:
        if operation.code == code:
            return operation
    raise StepNotInRecord(batch=batch.number, operation=code)


def step_in(batch: Batch, operation: str, code: str) -> Step:
    """One step of the copy. Raises StepNotInRecord."""
    for step in operation_in(batch, operation).steps:
        if step.code == code:
            return step
    raise StepNotInRecord(batch=batch.number, operation=operation, step=code)


@lru_cache(maxsize=64)
def _read(text: str) -> MasterRecord:
    return record_of(json.loads(text))
