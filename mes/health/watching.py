"""One look after a machine: what came since the last tick, told in one transaction with the state that goes on.

Whoever is killed in between has told nothing; the next look begins at the same tick with the same state. Readings that
came late send it back to an earlier state, and the same ticks are gone through again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mes.health import alerting, learning, recording, service, versions
from mes.health.case import Case, case_of, heard_at, ticks_at, without, worked_on
from mes.health.detecting import MACHINE, Watching, state_from_bytes
from mes.health.episodes import CALM_S, Following
from mes.health.model import Reset, ResetKind, Run, Watched
from mes.health.recording import Kept
from mes.health.rewinding import turn_back
from mes.health.settings import HealthSettings
from models.health.api import Reason
from telemetry.clock import from_us, to_us
from telemetry.work import Work

log = logging.getLogger(__name__)
REASONS = {ResetKind.MAINTENANCE: Reason.MAINTENANCE, ResetKind.RESTART: Reason.RESTART}


@dataclass(slots=True)
class Memory:
    """What ran at the last look, by machine. A memory only: losing it costs a look into the store."""

    of: dict[int, tuple[int | None, datetime, Watching]] = field(default_factory=dict)

    def recall(self, run: Run) -> Watching | None:
        """What is remembered, if it is what the store says."""
        known = self.of.get(run.equipment_id)
        return known[2] if known is not None and known[:2] == (run.model_id, run.position) else None

    def keep(self, run: Run, watching: Watching) -> None:
        if run.position is not None:
            self.of[run.equipment_id] = run.model_id, run.position, watching


async def look_after(work: Work, watched: Watched, settings: HealthSettings, memory: Memory) -> bool:
    """The next ticks of a machine. Answers whether more of them wait."""
    await work.run(service.SQL["begin_run"], equipment_id=watched.equipment_id)
    run = await work.one(service.SQL["claim_run"], Run, equipment_id=watched.equipment_id)
    if run is None:
        return False
    model = await versions.in_force(work, watched.equipment_id)
    case = await case_of(work, watched, model, settings)
    if run.asked_by is not None:
        run = await _answer(work, watched, run, settings)
    if model is None:
        run = await _commission(work, case, run)
        if run.learn_from is None:
            return await _keep_waiting(work, case, run)
        model = await versions.in_force(work, watched.equipment_id)
        case = await case_of(work, watched, model, settings)
    await alerting.heed_maintenance(work, case, run)
    return await _go_on(work, case, _on_this_model(work, case, run), memory)


async def _answer(work: Work, watched: Watched, run: Run, settings: HealthSettings) -> Run:
    """Learn the version that a person asked for, by what the folder says now."""
    newest = await case_of(work, watched, None, settings, newest=True)
    tried = await learning.learn_again(work, newest, run)
    await work.run(service.SQL["answer_asked"], equipment_id=run.equipment_id)
    return replace(run, asked_by=None, hindrance=tried.hindrance)


async def _commission(work: Work, case: Case, run: Run) -> Run:
    since = run.learn_from or await learning.first_reading(work, case)
    if since is None:
        return run
    tried = await learning.commission(work, case, since, run.try_at)
    if tried is None:
        return replace(run, learn_from=since)
    return replace(run, learn_from=since, hindrance=tried.hindrance, try_at=tried.try_at)


def _on_this_model(work: Work, case: Case, run: Run) -> Run:
    """Where the ticks of the version in force begin: after its commissioning, or when it was put in force."""
    model = case.model
    if run.position is not None and run.model_id == (model.id if model else None):
        return run
    if model is None:
        begins = max(run.learn_from or work.now, work.now - timedelta(days=case.settings.back_days))
        return replace(run, begun_at=begins, position=begins)
    begins = max(model.learned_to, work.now - timedelta(days=case.settings.back_days))
    if model.number > 1:
        begins = model.in_force_from or work.now
    return replace(run, model_id=model.id, begun_at=begins, position=begins, health=None, stat=None)


async def _keep_waiting(work: Work, case: Case, run: Run) -> bool:
    await recording.keep(work, case, run, None)
    return False


async def _go_on(work: Work, case: Case, run: Run, memory: Memory) -> bool:
    stored = (await service.runs(work, case.equipment_id))[case.equipment_id]
    changed = (stored.model_id, stored.begun_at) != (run.model_id, run.begun_at)
    run, turned = await turn_back(work, case, run)
    watching = None if changed or turned is not None else memory.recall(run)
    watching = watching or await _taken_up(work, case, run, changed=changed, turned=turned)
    position = run.position or work.now
    at_us = case.pace.after(to_us(position), case.until_us(work), case.settings.most_ticks)
    ticks = without(await ticks_at(work, case, at_us), await worked_on(work, case))
    known = await alerting.known(work, case, position - _calm(case))
    following = Following(watching, case.pace, known)
    if changed:
        following.end_all(to_us(position), "model")
    kept = Kept(case, following)
    resets, before = await service.resets(work, case.equipment_id), to_us(position)
    for at, x, looked_at in zip(at_us.tolist(), ticks.x, ticks.looked_at.tolist(), strict=True):
        _reset(following, resets, before, at)
        kept.tick(at, following.tick(at, x) if looked_at else None)
        before = at
    run = kept.newest(replace(run, position=from_us(before)))
    newest = await heard_at(work, case)
    run = replace(run, heard_at=None if newest is None else from_us(int(newest)))
    is_all = len(at_us) < case.settings.most_ticks
    await alerting.write(work, case, following, is_all=is_all)
    await kept.write(work)
    await recording.keep(work, case, run, watching if len(at_us) or changed else None)
    memory.keep(run, watching)
    return not is_all


async def _taken_up(work: Work, case: Case, run: Run, *, changed: bool, turned: bytes | None) -> Watching:
    """What runs, as the store has it: of the last tick, of an earlier one, or the model's fresh start."""
    content = turned
    if content is None and not changed:
        content = await work.scalar(service.SQL["state_of_run"], equipment_id=run.equipment_id)
    watching = Watching(case.words, await versions.state_of(work, case.model) if case.model is not None else None)
    if content:
        watching.bank.restore(state_from_bytes(content), {MACHINE: 0})
    return watching


def _reset(following: Following, resets: list[Reset], after_us: int, until_us: int) -> None:
    """What runs is forgotten at its moment, between two ticks."""
    for each in resets:
        if after_us < to_us(each.effective_at) <= until_us:
            following.watching.bank.reset([MACHINE], REASONS[each.kind])
            following.end_all(to_us(each.effective_at), each.kind)


def _calm(case: Case) -> timedelta:
    """After the end of an episode, as long as it can still be gone on with."""
    return timedelta(seconds=CALM_S)
