"""A policy changes in a plant at work: proposed, looked at, signed by QA, in force; what it forbids is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from psycopg.types.json import Jsonb

from mes.border import ChangeForbidden
from mes.changes.service import ChangeNeeded, ChangeOfAnotherThing
from mes.people import service as people
from mes.people.model import Meaning
from mes.people.refusals import MeaningMismatch, SignerRoleMissing, WrongPassword
from mes.plant import service as plant
from mes.plant.model import RuleTerms
from mes.policies import changes
from mes.policies import service as policies
from mes.policies.cadence import cadence_of_zone
from mes.policies.document import PolicyWrong
from mes.policies.model import ChangeStatus, PolicyChange
from mes.policies.reading import PolicyUnknown, policy_named
from mes.quality import episodes
from mes.transitions import Refused, StaleVersion
from models.policy import Level, Policy
from telemetry.work import Work
from tests.plugins.cold_room import PASSWORD, ColdStore, minute, signed_by
from tests.plugins.controlled import approved_change

CODE = "cold-2-8"


async def in_force(work: Work, at_minute: float) -> Policy:
    found = await policies.policy_in_force(work, CODE, minute(at_minute))
    assert found is not None
    return found


def colder(policy: Policy, high: float = 7.5) -> Policy:
    levels = tuple(replace(rule, high=high) if rule.level is Level.ALARM else rule for rule in policy.levels)
    return replace(policy, levels=levels)


async def proposed(store: ColdStore, high: float = 7.5, *, at: float | None = None) -> PolicyChange:
    async with store.work() as work:
        policy = colder(await in_force(work, 0), high)
        since = None if at is None else minute(at)
        return await changes.propose(work, CODE, policy, effective_from=since, reason="label of lot 12")


async def sign(
    store: ColdStore,
    change: PolicyChange,
    who: str = "qa",
    password: str = PASSWORD,
    meaning: Meaning = Meaning.APPROVED,
) -> int:
    async with store.work("qa-2") as work:
        control = await approved_change(work, f"policy:{change.code}", author="maintenance", approver=signed_by("qa-2"))
    async with store.work(who) as work:
        signed = {"credentials": signed_by(who, password), "meaning": meaning, "reason": "checked"}
        made = await changes.sign(work, change.id, version=change.version, control=control.number, **signed)  # type: ignore[arg-type]
        return made.id


async def test_a_limit_is_changed_under_an_approved_change_only(cold_store: ColdStore) -> None:
    change = await proposed(cold_store)
    async with cold_store.work("qa-2") as work:
        other = await approved_change(work, "policy:other", author="maintenance", approver=signed_by("qa-2"))
    for control, kind in ((None, ChangeNeeded), (other.number, ChangeOfAnotherThing)):
        signed = {"credentials": signed_by(), "meaning": Meaning.APPROVED, "reason": "checked", "control": control}
        with pytest.raises(kind):
            async with cold_store.work() as work:
                await changes.sign(work, change.id, version=change.version, **signed)  # type: ignore[arg-type]
    async with cold_store.work() as work:
        assert len(await plant.rules_for(work, CODE)) == 1


async def test_a_signed_change_is_the_next_version_and_the_signature_covers_all_of_it(cold_store: ColdStore) -> None:
    change = await proposed(cold_store, at=30)
    cold_store.clock.at = minute(5)
    rule_id = await sign(cold_store, change)
    async with cold_store.work() as work:
        first, second = await plant.rules_for(work, CODE)
        assert (second.id, second.version, second.effective_from, first.effective_to) == (
            rule_id,
            2,
            minute(30),
            minute(30),
        )
        assert second.reason == "label of lot 12"
        assert second.policy == replace(change.policy, version=2)
        assert (await in_force(work, 29)).level(Level.ALARM) != (await in_force(work, 30)).level(Level.ALARM)
        after = await changes.change(work, change.id)
        assert (after.status, after.rule_id, after.decided_by) == (ChangeStatus.SIGNED, rule_id, "qa")
        assert second.signature_id is not None
        signature = await people.signature(work, second.signature_id)
        assert (signature.record_type, signature.record_id, signature.record_version) == ("policy", CODE, 2)
        content = after.signed_content()
        assert await people.verify_signature(work, second.signature_id, content)
        forged = content | {"document": {**after.document, "deadband": 3}}
        assert not await people.verify_signature(work, second.signature_id, forged)
    trail = await cold_store.rows("select action from audit where entity = 'policy' order by seq")
    assert [action for (action,) in trail] == ["policy.propose", "signature.apply", "policy.version"]


async def test_signed_too_late_it_counts_from_the_signature_and_never_from_before(cold_store: ColdStore) -> None:
    change = await proposed(cold_store, at=10)
    cold_store.clock.at = minute(25)
    await sign(cold_store, change)
    async with cold_store.work() as work:
        assert (await plant.rules_for(work, CODE))[-1].effective_from == minute(25)


async def test_a_proposal_judges_nothing_and_an_episode_keeps_the_version_that_judged_it(cold_store: ColdStore) -> None:
    change = await proposed(cold_store)
    await cold_store.read((0, 5.0), (1, 7.8), (12, 7.8))
    assert await cold_store.count("episode") == 0
    cold_store.clock.at = minute(13)
    rule_id = await sign(cold_store, change)
    await cold_store.read((14, 7.8), (15, 7.8))
    async with cold_store.work() as work:
        found = await episodes.episodes(work)
        assert {(each.rule_id, each.started_at) for each in found} == {(rule_id, minute(14))}


async def test_without_qas_password_nothing_is_in_force(cold_store: ColdStore) -> None:
    change = await proposed(cold_store)
    for who, password, error in (
        ("operator", PASSWORD, SignerRoleMissing),
        ("qa", "guessed", WrongPassword),
    ):
        with pytest.raises(error):
            await sign(cold_store, change, who, password)
    with pytest.raises(MeaningMismatch):
        await sign(cold_store, change, meaning=Meaning.PERFORMED)
    async with cold_store.work() as work:
        assert len(await plant.rules_for(work, CODE)) == 1
        assert (await changes.change(work, change.id)).status is ChangeStatus.PROPOSED


async def test_one_change_at_a_time_and_a_withdrawn_one_is_over(cold_store: ColdStore) -> None:
    change = await proposed(cold_store)
    with pytest.raises(changes.PolicyChangeOpen):
        await proposed(cold_store, 7.0)
    with pytest.raises(Refused) as refused:
        async with cold_store.work() as work:
            await changes.withdraw(work, change.id, version=1, reason=" ")
    assert refused.value.failed == ("reason_given",)
    with pytest.raises(StaleVersion):
        async with cold_store.work() as work:
            await changes.withdraw(work, change.id, version=7, reason="wrong label")
    async with cold_store.work() as work:
        after = await changes.withdraw(work, change.id, version=1, reason="wrong label")
    assert (after.status, after.decision) == (ChangeStatus.WITHDRAWN, "wrong label")
    with pytest.raises(Refused):
        await sign(cold_store, after)
    await proposed(cold_store, 7.0)


async def test_a_change_against_an_older_version_is_refused(cold_store: ColdStore) -> None:
    change = await proposed(cold_store)
    async with cold_store.work("plant") as work:
        policy = replace(await in_force(work, 0), deadband=0.2)
        await plant.add_rule_version(work, CODE, policy, effective_from=minute(1), reason="set up")
    with pytest.raises(Refused) as refused:
        await sign(cold_store, change)
    assert refused.value.failed == ("follows_the_newest_version",)
    with pytest.raises(StaleVersion):
        async with cold_store.work() as work:
            await changes.propose(work, CODE, policy, effective_from=None, reason="x", base_number=1)


async def test_what_makes_no_sense_is_not_proposed(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        policy = await in_force(work, 0)
        yesterday = minute(0) - timedelta(days=1)
        for said, since, reason, error in (
            (policy, None, "same", changes.NothingChanged),
            (colder(policy), None, "  ", plant.ChangeWithoutReason),
            (colder(policy), yesterday, "late", plant.RuleBackdated),
            (colder(policy, 1.0), None, "typo", PolicyWrong),
            (replace(policy, levels=()), None, "no limits", changes.AlarmLevelMissing),
            (replace(policy, packs=("gsp",)), None, "typo", PolicyUnknown),
        ):
            with pytest.raises(error):
                await changes.propose(work, CODE, said, effective_from=since, reason=reason)
        with pytest.raises(changes.PolicyNotFound):
            await changes.propose(work, "cold-8-2", policy, effective_from=None, reason="typo")
        assert await changes.changes(work) == []


async def test_packs_are_kept_in_the_version_that_they_had(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        policy = replace(await in_force(work, 0), packs=("gsp_cn",))
        made = await changes.propose(work, CODE, policy, effective_from=None, reason="China")
    assert made.policy.packs == ("gsp_cn@2",)


async def test_what_gsp_forbids_is_refused_with_its_citation(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        points = {point.name: point.point_id for point in await plant.points(work)}
        rack, probe = cold_store.rooms["cold-room-2-r2"], points[cold_store.name()]
        door = points[cold_store.name("door")]
        for act in policies.Act:  # nothing forbids it yet
            await policies.demand_permission(work, act, zone_id=rack)
        assert (await policies.demands_on(work, rack)).least_people == 0
        policy = replace(await in_force(work, 0), packs=("gsp_cn@1",))
        await plant.add_rule_version(work, CODE, policy, effective_from=minute(0), reason="China")
        for where in ({"zone_id": rack}, {"point_id": probe}, {"point_id": door}):
            with pytest.raises(policies.ManualImportForbidden) as refused:
                await policies.demand_permission(work, "manual_import", **where)
            assert (refused.value.facts["policy"], refused.value.facts["version"]) == ("gsp_cn", 1)
            assert "GSP" in str(refused.value.facts["citation"])
            with pytest.raises(policies.CorrectionForbidden):
                await policies.demand_permission(work, policies.Act.CORRECTION, **where)
        demands = await policies.demands_on(work, rack)
        assert demands.least_people == 3
        assert demands.cadence == policy_named("gsp_cn").cadence


async def test_a_plants_own_reading_of_a_regulation_holds_beside_another_policy(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        own = replace(policy_named("gsp_cn"), permissions=None)
        await plant.add_rule_version(work, "gsp-hainan", own, effective_from=minute(0), reason="read by QA")
        policy = replace(await in_force(work, 0), packs=("gsp-hainan",))
        await plant.add_rule_version(work, CODE, policy, effective_from=minute(0), reason="China")
        await policies.demand_permission(work, "correction", zone_id=cold_store.rooms["cold-room-2"])
        assert (await policies.demands_on(work, cold_store.rooms["cold-room-2"])).least_people == 3


async def test_cadence_is_told_from_what_is_stored(cold_store: ColdStore) -> None:
    room = cold_store.rooms["cold-room-2"]
    await cold_store.read(*((m, 5.0) for m in range(61)), probe="air-1")
    await cold_store.read(*((m, 9.0) for m in range(0, 61, 5)), probe="air-2")
    async with cold_store.work() as work:
        assert await cadence_of_zone(work, room, minute(0), minute(60)) == (None, [])
        policy = replace(await in_force(work, 0), packs=("gsp_cn@1",))
        await plant.add_rule_version(work, CODE, policy, effective_from=cold_store.clock.at, reason="China")
        rule, found = await cadence_of_zone(work, room, minute(0), minute(60))
    assert rule == policy_named("gsp_cn").cadence
    told = {each.point.measure: [(k.longest_s, k.too_long, k.gaps) for k in each.kept] for each in found}
    assert told == {"air-1": [(60, 0, 61), (60, 0, 61), (0, 0, 0)], "air-2": [(300, 12, 13), (0, 0, 1), (300, 12, 12)]}
    assert [each.is_met for each in found] == [True, False]


async def test_a_version_from_before_there_were_documents_is_a_policy_too(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        [kept] = await plant.rules_for(work, CODE)
    assert kept.document is None
    assert [(rule.level, rule.low, rule.high, rule.high_delay_s) for rule in kept.policy.levels] == [
        (Level.ALARM, 2, 8, 600),
        (Level.CRITICAL, 0, 15, 0),
    ]
    assert {rule.citation for rule in kept.policy.levels} == {"first"}
    assert RuleTerms.of(kept.policy) == kept.terms
    assert kept.policy.code == CODE


async def test_the_programs_can_close_a_version_and_change_nothing_else_of_it(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        await work.run("update limit_rule set effective_to = null where policy = 'none'")
    with pytest.raises(ChangeForbidden):
        async with cold_store.work() as work:
            await work.run("update limit_rule set document = %(document)s", document=Jsonb({}))
