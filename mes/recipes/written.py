"""A master record as JSON and back: decimals are text with every digit, nothing unknown is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import TypeAdapter

from mes.items.units import decimal_of
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
    """The record for a batch of another size: what it needs grows alike; limits and percentages stay.

    Exact; what has no end is kept to 12 decimals.
    """
    times = Fraction(quantity) / Fraction(record.batch_size)
    lines = tuple(replace(line, quantity=decimal_of(Fraction(line.quantity) * times)) for line in record.lines)
    return replace(record, batch_size=quantity, lines=lines)
