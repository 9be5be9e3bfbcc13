"""After a repair: levels are taken anew, advice ends, mechanics judge it; a new version needs a change."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mes.changes.model import subject_of
from mes.changes.service import ChangeNeeded
from mes.health import register, service, versions
from mes.health.model import HealthModel, ModelStatus, Standing
from mes.health.service import HealthPeriodWrong, HealthReasonMissing, LearningAsked
from mes.health.versions import HealthModelOpen
from mes.maintenance import service as maintenance
from mes.maintenance import verdicts
from mes.maintenance.checks import CheckKind
from mes.maintenance.figures import Verdict
from mes.maintenance.service import Told
from mes.people.model import Credentials, Meaning
from mes.transitions import Refused
from telemetry.work import Work
from tests.integration.health.line import COMMISSIONING, LINE, PASSWORD, WatchedLine, at
from tests.plugins.controlled import approved_change

FIRST, BROKEN = COMMISSIONING + 1, COMMISSIONING + 241
NOTHING = dict.fromkeys(CheckKind, False)


async def broken(line: WatchedLine) -> None:
    """Four hours of wear, found."""
    await line.commission()
    await line.read(FIRST, BROKEN, worse=1 / 400)
    await line.look(BROKEN)


async def repaired(line: WatchedLine, *, problem: str = "noise") -> None:
    """An hour of work on the only order."""
    [order] = await line.orders()
    codes = {"problem_code": problem, "cause_code": "wear", "remedy_code": "replaced"}
    done = Told(findings="new bearing", labour_min=Decimal(60), no_parts=True, checks=NOTHING, **codes)  # type: ignore[arg-type]
    for step, minutes, told in (("approve", 5, Told()), ("start", 10, Told()), ("done", 70, done)):
        line.clock.at = at(BROKEN + minutes)
        async with line.work("maintenance") as work:
            order = await maintenance.take_step(work, order.id, step, version=order.version, told=told)


async def test_a_repair_ends_the_advice_and_is_the_new_baseline(line: WatchedLine) -> None:
    await broken(line)
    await line.read(BROKEN, BROKEN + 70, wear=0.6)
    await repaired(line)
    await line.read(BROKEN + 70, BROKEN + 300, wear=0.02)
    await line.look(BROKEN + 301)
    assert {each.ended_by for each in await line.alerts()} == {"maintenance"}
    assert (await line.stands()).standing is Standing.WELL
    async with line.work() as work:
        [reset] = await service.resets(work, line.equipment_id)
    [order] = await line.orders()
    assert (reset.effective_at, reset.order_id) == (at(BROKEN + 70), order.id)


async def test_where_the_crew_found_nothing_the_advice_stands(line: WatchedLine) -> None:
    await broken(line)
    await repaired(line, problem="no_fault_found")
    await line.read(BROKEN + 70, BROKEN + 130, wear=0.6)
    await line.look(BROKEN + 131)
    assert {each.ended_by for each in await line.alerts()} == {None}


async def test_what_mechanics_say_is_the_models_precision(line: WatchedLine) -> None:
    await broken(line)
    first, second = await line.alerts()
    async with line.work("maintenance") as work:
        await verdicts.judge_advice(work, first.alarm_id or 0, Verdict.CONFIRMED)
        await verdicts.judge_advice(work, second.alarm_id or 0, Verdict.FALSE, told="same thing")
    async with line.work() as work:
        [found] = await register.register(work, line.equipment_id)
    assert (found.precision.advised, found.precision.share) == (2, Decimal("0.5"))


async def test_a_restart_that_people_tell_of_late_is_heeded(line: WatchedLine) -> None:
    await broken(line)
    await line.read(BROKEN, BROKEN + 60, wear=0.6)
    await line.look(BROKEN + 61)
    async with line.work("engineer") as work:
        await service.say_restart(work, line.equipment_id, at(BROKEN), reason="another format")
    await line.read(BROKEN + 60, BROKEN + 180, wear=0.6)
    await line.look(BROKEN + 181)
    assert {each.ended_by for each in await line.alerts()} == {"restart"}
    async with line.work("engineer") as work:
        with pytest.raises(HealthReasonMissing):
            await service.say_restart(work, line.equipment_id, at(BROKEN), reason=" ")


async def learned_again(line: WatchedLine) -> HealthModel:
    await line.commission()
    async with line.work("engineer") as work:
        await service.ask_to_learn(work, line.equipment_id, at(100), at(COMMISSIONING), reason="new drive")
    await line.look()
    newest, _ = await line.models()
    return newest


async def signed_by(work: Work, model: HealthModel, who: Credentials, control: str | None) -> HealthModel:
    told = {"meaning": Meaning.APPROVED, "reason": "judged"}
    return await versions.sign(work, model.id, version=model.version, credentials=who, control=control, **told)


async def test_a_later_version_waits_for_a_signature_under_a_change(line: WatchedLine) -> None:
    proposed = await learned_again(line)
    assert (proposed.number, proposed.status, proposed.made_by) == (2, ModelStatus.PROPOSED, "engineer")
    signer = Credentials("qa", PASSWORD)
    async with line.work("qa") as work:
        with pytest.raises(ChangeNeeded):
            await signed_by(work, proposed, signer, None)
    async with line.work("qa") as work:
        subject = subject_of("model", LINE)
        change = await approved_change(work, subject, author="engineer", approver=signer)
        signed = await signed_by(work, proposed, signer, change.number)
    assert (signed.status, signed.control, signed.in_force_from) == (ModelStatus.IN_FORCE, change.number, line.clock.at)
    assert [each.status for each in await line.models()] == [ModelStatus.IN_FORCE, ModelStatus.RETIRED]
    await line.read(FIRST, FIRST + 60)
    await line.look(FIRST + 61)
    assert {each.model_id for each in await line.samples() if each.at > at(FIRST + 5)} == {signed.id}


async def test_nobody_signs_what_they_asked_for_and_one_version_waits_at_a_time(line: WatchedLine) -> None:
    proposed = await learned_again(line)
    async with line.work("engineer") as work:
        with pytest.raises(Refused, match="signer_is_not_the_author"):
            await signed_by(work, proposed, Credentials("engineer", PASSWORD), "CC-1")
    async with line.work("engineer") as work:
        with pytest.raises(HealthModelOpen):
            await service.ask_to_learn(work, line.equipment_id, at(0), at(700), reason="again")
    async with line.work("engineer") as work:
        await versions.withdraw(work, proposed.id, version=proposed.version, reason="not needed")
        await service.ask_to_learn(work, line.equipment_id, at(0), at(700), reason="again")
        with pytest.raises(LearningAsked):
            await service.ask_to_learn(work, line.equipment_id, at(0), at(700), reason="again")
        with pytest.raises(HealthPeriodWrong):
            await service.exclude(work, line.equipment_id, at(700), at(0), reason="backwards")


async def test_nothing_is_learned_from_a_time_that_people_excluded(line: WatchedLine) -> None:
    await line.read(0, 100, wear=0.8)
    async with line.work("qa") as work:
        await service.exclude(work, line.equipment_id, at(0), at(99), reason="trial with a worn bearing")
    await line.read(100, COMMISSIONING + 101)
    await line.look(COMMISSIONING + 101)
    [model] = await line.models()
    assert model.learned_to >= at(COMMISSIONING + 99), "the excluded time is added to the commissioning"
    assert model.score_card["notices"]["vibration"]["shift"] < 0.2, "the worn bearing widened nothing"
