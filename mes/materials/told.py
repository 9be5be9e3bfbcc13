"""A batch's materials as programs see them: quantities are texts, so that no digit is lost."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from mes.inventory.api import lot_json
from mes.inventory.model import Lot
from mes.materials.dispensing import DISPENSINGS, Dispensing
from mes.materials.issuing import Issued
from mes.materials.model import Issue, Line, Return
from mes.materials.scales import ScaleCheck


def texts(facts: dict[str, Any]) -> dict[str, Any]:
    """The same facts with every quantity as a text."""
    return {name: f"{fact:f}" if isinstance(fact, Decimal) else fact for name, fact in facts.items()}


def line_json(line: Line) -> dict[str, Any]:
    """A line of the order's bill of materials, and how far the batch is with it, in the item's unit."""
    names = ("number", "required", "over_pct", "under_pct", "fefo", "min_remaining_days", "dispense", "assay_adjusted")
    derived = ("step", "issued", "returned", "net", "low", "high", "open", "unit")
    facts = {name: getattr(line, name) for name in (*names, *derived)}
    return texts(facts) | {"item": line.item.code, "is_short": line.is_short}


def issue_json(issue: Issue) -> dict[str, Any]:
    """What went into a batch by one scan, and what of it came back."""
    return texts(asdict(issue))


def issued_json(made: Issued) -> dict[str, Any]:
    """The answer to a scan; `again`: the same scan came before."""
    return issue_json(made.issue) | {"lot": lot_json(made.lot), "warnings": made.warnings, "again": made.again}


def return_json(made: Return) -> dict[str, Any]:
    """What came back out of a batch."""
    return texts(asdict(made))


def dispensing_json(row: Dispensing, lot: Lot) -> dict[str, Any]:
    """A weighing with its evidence, and the steps that may come next; quantities in the unit of its lot."""
    steps = sorted(DISPENSINGS.open_steps(row.status))
    return texts(asdict(row)) | {"lot": lot.number, "item": lot.item, "unit": lot.unit, "steps": steps}


def check_json(row: ScaleCheck) -> dict[str, Any]:
    """A daily check of a scale, in the scale's unit."""
    return texts(asdict(row))
