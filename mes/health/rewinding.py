"""Back to an earlier state: readings came late, or somebody wrote down later what had happened to the machine.

What was told already stays told; ticks are gone through again, and what differs is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mes.health import service
from mes.health.case import Case
from mes.health.model import Run
from telemetry.work import Work

_COMMIT_S = 3.0
"""Between a batch's entry in the ledger and its being seen by others, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    first_time: datetime | None
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checkpoint:
    slot: int
    at: datetime


async def turn_back(work: Work, case: Case, run: Run) -> tuple[Run, bytes | None]:
    """Where to go on from, and the state there: empty for a fresh start, None where nothing was late.

    What is later than the oldest state that is kept changes nothing.
    """
    late, run = await _late(work, case, run)
    resets = [each for each in await service.resets(work, case.equipment_id) if each.id > run.seen_reset]
    run = replace(run, seen_reset=max((each.id for each in resets), default=run.seen_reset))
    moments = [each.effective_at for each in resets] + ([late] if late else [])
    first = min(moments, default=None)
    if first is None or run.position is None or run.begun_at is None or not run.begun_at < first <= run.position:
        return run, None
    asked = {"equipment_id": case.equipment_id, "model_id": run.model_id}
    there = await work.all(service.SQL["checkpoints"], _Checkpoint, **asked)
    earlier = next((each for each in there if run.begun_at < each.at < first), None)
    if earlier is not None:
        state = await work.scalar(service.SQL["state_of_checkpoint"], equipment_id=case.equipment_id, slot=earlier.slot)
        return replace(run, position=earlier.at), state
    if len(there) >= case.settings.checkpoints:
        return run, None
    return replace(run, position=run.begun_at), b""


async def _late(work: Work, case: Case, run: Run) -> tuple[datetime | None, Run]:
    settings = case.settings
    found = await work.one(
        service.SQL["late"],
        _Late,
        seen=run.seen_batch,
        points=case.point_ids,
        position=run.position,
        lag=timedelta(seconds=max(settings.lag_s - _COMMIT_S, 0)),
        cutoff=work.now - timedelta(seconds=_COMMIT_S),
    )
    if found is None:
        return None, run
    is_first = run.seen_batch == 0  # all that is in the ledger came before the first look
    return None if is_first else found.first_time, replace(run, seen_batch=found.seen)
