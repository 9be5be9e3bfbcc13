"""The copy of a master record that a batch keeps: to JSON and back, and the hash that shows that it stayed the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, get_args, get_type_hints

from mes.batches.model import Batch
from mes.people.model import digest, written
from mes.recipes.document import MasterRecord, Operation, Step
from telemetry.errors import Conflict, NotFound


class StepNotInRecord(NotFound):
    """The batch's copy of the master record has no such step."""


class RecordAltered(Conflict):
    """The batch's copy of the master record is not what was issued: stop, and tell quality assurance."""


def as_json(record: MasterRecord) -> dict[str, Any]:
    """A record as JSON keeps it: decimals are text with every digit, enums their value."""
    told = _plain(record)
    assert isinstance(told, dict)
    return told


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
    made = _made(MasterRecord, json.loads(text))
    assert isinstance(made, MasterRecord)
    return made


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.value if isinstance(value, StrEnum) else value


@lru_cache(maxsize=16)
def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, told: Any) -> Any:
    """A value of a field's type from what JSON says; `None` stays, a tuple is made item by item."""
    if told is None:
        return None
    inner = get_args(kind)
    if isinstance(told, list):
        return tuple(_made(inner[0], each) for each in told)
    if inner:  # X | None
        return _made(inner[0], told)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{name: _made(_types(kind)[name], each) for name, each in told.items()})
    return kind(told) if kind is Decimal or (isinstance(kind, type) and issubclass(kind, StrEnum)) else told
