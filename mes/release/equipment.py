"""Whether a machine was clean and its line cleared when an operation began. Pure.

GMP 2010, articles 87, 194, 199, 201.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mes.batches.model import BatchOperation
from mes.recipes.document import Operation
from mes.release.facts import Facts
from mes.release.model import Finding, Lack


def cleared(facts: Facts, operation: BatchOperation, told: Operation) -> list[Finding]:
    """Of a line clearance that the record asks for: recorded, and passed by another person."""
    if not told.clearance:
        return []
    about = {"about": operation.code, "link": f"/operations/{operation.id}"}
    own = [each for each in facts.clearances if each.operation_id == operation.id]
    if not own:
        return [Finding(lack=Lack.CLEARANCE_MISSING, **about)]
    good = [each for each in own if each.passed and each.checked_by not in {None, each.recorded_by}]
    return [] if good else [Finding(lack=Lack.CLEARANCE_UNCHECKED, **about)]


def cleaned(facts: Facts, operation: BatchOperation, told: Operation) -> list[Finding]:
    """Of a clean machine that the record asks for: the last checked cleaning before its start, and how old it was."""
    if not told.clean and told.clean_hold_h is None:
        return []
    about = {"about": operation.code, "link": f"/operations/{operation.id}"}
    if operation.equipment_id is None or operation.started_at is None:
        return [Finding(lack=Lack.MACHINE_UNKNOWN, **about)]
    ends = [
        each.finished_at
        for each in facts.cleanings
        if each.equipment_id == operation.equipment_id and each.passed and each.finished_at is not None
    ]
    before = [end for end in ends if end <= operation.started_at]
    if not before:
        return [Finding(lack=Lack.CLEANING_MISSING, **about)]
    since = _taken_at(facts, operation)
    late = told.clean_hold_h is not None and since - max(before) > timedelta(hours=float(told.clean_hold_h))
    return [Finding(lack=Lack.CLEANING_TOO_OLD, **about)] if late else []


def _taken_at(facts: Facts, operation: BatchOperation) -> datetime:
    """When the batch first began to use this operation's machine: from then on it is the batch's own."""
    same = [each.started_at for each in facts.operations if each.equipment_id == operation.equipment_id]
    return min(at for at in same if at is not None)
