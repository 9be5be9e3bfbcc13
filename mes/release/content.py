"""What a signature on a whole record is bound to: hashes over all that was done, and over all that was judged.

Production signs what was done; a value that is corrected, or a capture that late readings change, breaks it. Quality
and the qualified person sign what was judged as well (21 CFR 11.70; Annex 11, 14). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mes.people.model import digest, written
from mes.release.facts import Facts

OF_THE_ACT = ("act", "gate", "note")
"""Signed facts that say what was done then, and that no record tells later."""


def present(facts: Facts) -> dict[str, object]:
    """What the record says now, as signatures name it."""
    return {
        "batch": facts.batch.number,
        "record_sha256": digest(written(done(facts))),
        "judged_sha256": digest(written(judged(facts))),
    }


def done(facts: Facts) -> dict[str, Any]:
    """Everything that was done and found while the batch was made."""
    batch, made = facts.batch, facts.made
    return {
        "batch": _told(batch, "number document_sha256 started_at ended_at"),
        "lot": _told(made, "number quantity unit expires_on") if made else None,
        "operations": _all(facts.operations, "code status equipment_id note started_at started_by done_at done_by"),
        "steps": _all(facts.steps, "id code status opened_at done_at done_by verified_by verified_at note"),
        "values": _all(facts.values, "id step_id name number text unit verdict source observed_at entered_by reason"),
        "captures": _all(facts.captures, "id tag window_start window_end n min max mean gap_s raw_sha256 verdict"),
        "clearances": _all(facts.clearances, "id found recorded_by recorded_at passed checked_by checked_at"),
        "issues": _all(facts.issues, "id lot_id quantity returned unit issued_by issued_at override_reason"),
        "exceptions": _all(facts.exceptions, "key kind severity said comment commented_by"),
    }


def judged(facts: Facts) -> dict[str, Any]:
    """What quality decided about it, and the proofs."""
    deviations = sorted(facts.deviations.values(), key=lambda each: each.id)
    return {
        "exceptions": _all(facts.exceptions, "key status rationale deviation_id judged_by"),
        "deviations": _all(deviations, "number status severity"),
        "lots": _all(facts.named, "deviation_id disposition reason"),
        "evidence": _all(facts.evidence, "id kind subject passed said note"),
    }


def _all(rows: Iterable[object], names: str) -> list[dict[str, Any]]:
    return [_told(row, names) for row in rows]


def _told(row: object, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}
