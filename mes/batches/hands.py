"""Whose hands work on a batch, and what they sign: the password every time, bound to what the record says then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mes.batches.model import Batch, BatchCapture, BatchOperation, BatchStep, BatchValue
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning, Signature
from telemetry.work import Work


@dataclass(frozen=True, slots=True)
class Hand:
    """Who is signed in at the terminal, and what was typed to sign with (None: nothing)."""

    person_id: int | None  # None: a program
    credentials: Credentials | None = None

    @property
    def signs(self) -> bool:
        """Whether a password was typed."""
        return self.credentials is not None and bool(self.credentials.password)


def step_content(
    batch: Batch,
    operation: BatchOperation,
    step: BatchStep,
    values: Iterable[BatchValue] = (),
    capture: BatchCapture | None = None,
) -> dict[str, object]:
    """What is signed of a step: which it is, and what the record says there now."""
    told = {value.name: f"{value.shown} {value.unit}".strip() for value in values if value.in_force}
    return {
        "batch": batch.number,
        "operation": operation.code,
        "step": step.code,
        "values": dict(sorted(told.items())),
        "capture": capture.raw_sha256 if capture else "",
    }


def operation_content(
    batch: Batch, operation: BatchOperation, values: Iterable[BatchValue], captures: Iterable[BatchCapture]
) -> dict[str, object]:
    """What is signed of an operation: every value and capture that is in force in it."""
    told = [[str(v.step_id), v.name, v.shown, v.unit] for v in values if v.in_force]
    taken = [[str(c.step_id), c.raw_sha256] for c in captures if c.in_force]
    return {"batch": batch.number, "operation": operation.code, "values": told, "captures": taken}


async def sign(
    work: Work,
    hand: Hand,
    meaning: Meaning,
    reason: str,
    *,
    record: tuple[str, int, int],
    content: Mapping[str, object],
    act: Act,
    not_by: Collection[int | None] = (),
) -> Signature:
    """Sign a record: (type, id, version). Raises ReauthRequired where nothing was typed, and as `people.sign` does."""
    record_type, record_id, version = record
    return await people.sign(
        work,
        hand.credentials or Credentials(work.actor, ""),
        meaning,
        reason,
        record_type=record_type,
        record_id=record_id,
        record_version=version,
        content=content,
        roles=signers(act),
        meanings=(meaning,),
        not_by=not_by,
    )
