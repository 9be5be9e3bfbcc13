"""A master record as JSON and back: decimals are text with every digit, nothing unknown is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from mes.recipes.document import MasterRecord

_JSON: TypeAdapter[MasterRecord] = TypeAdapter(MasterRecord)


def document_of(record: MasterRecord) -> dict[str, Any]:
    """What is stored and signed."""
    told: dict[str, Any] = _JSON.dump_python(record, mode="json")
    return told


def record_of(document: Mapping[str, Any]) -> MasterRecord:
    """The record that a document says. Raises pydantic's ValidationError where it says something else."""
    return _JSON.validate_python(dict(document))


def scaled(record: MasterRecord, quantity: Decimal) -> MasterRecord:
    """The record for a batch of another size: what it needs grows alike; limits and percentages stay."""
    lines = tuple(replace(line, quantity=line.quantity * quantity / record.batch_size) for line in record.lines)
    return replace(record, batch_size=quantity, lines=lines)
