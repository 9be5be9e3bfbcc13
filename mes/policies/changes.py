"""How a policy changes in a plant at work: the whole next version is proposed, QA looks at what differs and signs.

A proposal judges nothing. A signed one is in force from the moment that was asked for, never from before the signature:
new limits judge what comes. One change of a policy is open at a time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from psycopg.types.json import Jsonb

from mes.changes import service as controls
from mes.changes.model import subject_of
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.plant.model import RuleVersion
from mes.policies.comparing import differences
from mes.policies.document import document_of, sound
from mes.policies.model import CHANGE, ChangeFacts, ChangeStatus, PolicyChange
from mes.policies.reading import pinned_name
from mes.transitions import StaleVersion
from models.policy import Level, Policy
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
MEANINGS = (Meaning.APPROVED,)


class PolicyNotFound(NotFound):
    """The plant has no such policy."""


class PolicyChangeNotFound(NotFound):
    """There is no such change of a policy."""


class PolicyChangeOpen(Conflict):
    """Another change of this policy waits for a signature: sign or withdraw it first."""


class NothingChanged(Invalid):
    """The new version says the same as the one before."""


class AlarmLevelMissing(Invalid):
    """A policy that judges needs its alarm limits: without them nothing would be an excursion."""


class UnitChanged(Invalid):
    """A policy keeps its unit: what it judges is measured in it. Another unit is another policy."""


async def changes(work: Work, code: str | None = None, *, status: ChangeStatus | None = None) -> list[PolicyChange]:
    """Changes of one policy or of all, newest first."""
    return await work.all(SQL["changes"], PolicyChange, policy=code, status=status)


async def change(work: Work, change_id: int) -> PolicyChange:
    """One change. Raises PolicyChangeNotFound."""
    found = await work.one(SQL["change"], PolicyChange, id=change_id)
    if found is None:
        raise PolicyChangeNotFound(change_id=change_id)
    return found


async def versions(work: Work, code: str) -> list[RuleVersion]:
    """All versions of a policy, oldest first. Raises PolicyNotFound."""
    found = await plant.rules_for(work, code)
    if not found:
        raise PolicyNotFound(policy=code)
    return found


async def propose(
    work: Work,
    code: str,
    policy: Policy,
    *,
    effective_from: datetime | None,
    reason: str,
    number: int | None = None,
    base_number: int | None = None,
) -> PolicyChange:
    """Propose the whole next version of a policy. `base_number`: the version that the proposer had before them.

    Raises PolicyNotFound, PolicyUnknown, StaleVersion, NothingChanged, AlarmLevelMissing, UnitChanged, PolicyWrong,
    RuleBackdated, ChangeWithoutReason, PolicyChangeOpen.
    """
    last = (await versions(work, code))[-1]
    if base_number is not None and base_number != last.version:
        raise StaleVersion("policy", code, yours=base_number, current=last.version)
    packs = await _packs(work, policy)
    said = replace(policy, code=code, version=number or last.version + 1, packs=packs)
    _check(work, last, said, effective_from, reason)
    facts = {"policy": code, "number": said.version, "base_number": last.version, "effective_from": effective_from}
    kept = {"document": Jsonb(document_of(said)), "actor": work.actor, "now": work.now}
    made = await work.one(SQL["propose"], PolicyChange, **facts, **kept, reason=reason)
    if made is None:
        raise PolicyChangeOpen(policy=code)
    told = differences(last.policy, said)
    before = {place: old for place, (old, _) in told.items()} | {"version": last.version}
    after = {place: new for place, (_, new) in told.items()} | {"version": said.version, "from": effective_from}
    work.audit("policy.propose", "policy", code, before=before, after=after, reason=reason)
    await work.emit("policy.proposed", policy=code, change_id=made.id, number=made.number)
    return made


async def _packs(work: Work, policy: Policy) -> tuple[str, ...]:
    """The regulations beside it, each met; packs in the version that they have now. Raises PolicyUnknown."""
    own = {rule.code for rule in await plant.rules(work)}
    return tuple(name if name in own else pinned_name(name) for name in policy.packs)


def _check(work: Work, last: RuleVersion, said: Policy, effective_from: datetime | None, reason: str) -> None:
    if not reason.strip():
        raise plant.ChangeWithoutReason(policy=said.code)
    if not differences(last.policy, replace(said, code=last.policy.code, version=last.policy.version)):
        raise NothingChanged(policy=said.code)
    if sound(said).level(Level.ALARM) is None:
        raise AlarmLevelMissing(policy=said.code)
    if last.document and said.unit != last.policy.unit:
        raise UnitChanged(policy=said.code, unit=last.policy.unit, yours=said.unit)
    since = effective_from or work.now
    if since < work.now or since <= last.effective_from or said.version <= last.version:
        raise plant.RuleBackdated(
            policy=said.code, version=said.version, effective_from=effective_from, last=last.version
        )


async def sign(
    work: Work,
    change_id: int,
    *,
    version: int,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    control: str | None,
) -> RuleVersion:
    """QA signs the whole document under an approved change, by its number, and it becomes the next version.

    Raises PolicyChangeNotFound, StaleVersion, Refused with the guards that failed, ChangeNeeded, ChangeNotApproved,
    ChangeOfAnotherThing, and what `people.sign` raises.
    """
    before = await _locked(work, change_id, version)
    last = (await versions(work, before.code))[-1]
    CHANGE.step("sign", change_id, before.status, ChangeFacts(last_number=last.version, base_number=before.base_number))
    subject = subject_of("policy", before.code)
    under = await controls.demand(work, control, subject, f"version {before.number} of {before.code} signed")
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="policy",
        record_id=before.code,
        record_version=before.number,
        content=before.signed_content(),
        roles=signers(Act.APPROVE),
        meanings=MEANINGS,
    )
    await work.run(SQL["control"], id=change_id, control=under.number)
    return await _put_in_force(work, before, signed.id)


async def _put_in_force(work: Work, change: PolicyChange, signature_id: int) -> RuleVersion:
    since = max(change.effective_from or work.now, work.now)
    added = await plant.add_rule_version(
        work,
        change.code,
        change.policy,
        effective_from=since,
        reason=change.reason,
        version=change.number,
        signature_id=signature_id,
    )
    await _decide(work, change, ChangeStatus.SIGNED, signature_id=signature_id, rule_id=added.id)
    told = {"policy": change.code, "version": added.version, "rule_id": added.id}
    await work.emit("policy.in_force", effective_from=added.effective_from, **told)
    return added


async def _decide(
    work: Work,
    change: PolicyChange,
    status: ChangeStatus,
    *,
    decision: str | None = None,
    signature_id: int | None = None,
    rule_id: int | None = None,
) -> PolicyChange:
    decided = {"status": status, "decision": decision, "signature_id": signature_id, "rule_id": rule_id}
    after = await work.one(SQL["decide"], PolicyChange, id=change.id, actor=work.actor, now=work.now, **decided)
    if after is None:
        raise PolicyChangeNotFound(change_id=change.id)
    return after


async def withdraw(work: Work, change_id: int, *, version: int, reason: str) -> PolicyChange:
    """The change is not made. Raises PolicyChangeNotFound, StaleVersion, Refused."""
    before = await _locked(work, change_id, version)
    CHANGE.step("withdraw", change_id, before.status, ChangeFacts(reason=reason))
    after = await _decide(work, before, ChangeStatus.WITHDRAWN, decision=reason.strip())
    was, now = {"status": before.status, "number": before.number}, {"status": after.status}
    work.audit("policy.withdraw", "policy", before.code, before=was, after=now, reason=reason)
    return after


async def _locked(work: Work, change_id: int, version: int) -> PolicyChange:
    found = await work.one(SQL["lock_change"], PolicyChange, id=change_id)
    if found is None:
        raise PolicyChangeNotFound(change_id=change_id)
    if found.version != version:
        raise StaleVersion("policy_change", change_id, yours=version, current=found.version)
    return found
