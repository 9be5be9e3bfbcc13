"""The steps of a recall: the scope that QA signs, the holds, and on to the signature that closes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.recall import clocks, reach, scoping
from mes.recall.accounts import Account, accounts, totals
from mes.recall.clocks import Clock
from mes.recall.model import HELD, RECALL, Facts, Recall, Status, Step
from mes.recall.notices import Consignee, by_consignee, notices
from mes.recall.reach import Change, Line
from mes.recall.recovering import moments, progress, recoveries
from mes.recall.scoping import Scope
from mes.recall.service import locked, steps, touch, write_step
from mes.transitions import Refused
from telemetry import queries
from telemetry.errors import Conflict
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
MEANINGS = (Meaning.APPROVED, Meaning.REVIEWED)


class HoldNotOfThisRecall(Conflict):
    """This hold was placed by something else than this recall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A signature as somebody types it, and which state of the record they look at."""

    credentials: Credentials
    meaning: Meaning | str
    reason: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A recall with all that its steps ask about."""

    recall: Recall
    kept: Sequence[Scope]
    lines: Sequence[Line]
    accounts: Sequence[Account]
    consignees: Sequence[Consignee]
    steps: Sequence[Step]
    clocks: Sequence[Clock]

    @property
    def scope_signed(self) -> bool:
        return scoping.is_signed(self.kept)

    def facts(self, note: str = "", effectiveness: str = "") -> Facts:
        """What the guards look at."""
        return Facts(
            scope_signed=self.scope_signed,
            untold=sum(not each.told for each in self.consignees),
            unanswered=sum(not each.answered for each in self.consignees),
            unreconciled=sum(not each.reconciled for each in self.accounts),
            open_clocks=sum(each.open for each in self.clocks),
            effectiveness=effectiveness,
            note=note,
        )

    def taken_at(self, step: str) -> datetime | None:
        """When a step was last taken."""
        return next((each.taken_at for each in reversed(self.steps) if each.step == step), None)


async def look(work: Work, recall: Recall) -> Standing:
    """How a recall stands now."""
    kept = await scoping.scopes(work, recall.id)
    lines = await scoping.lines(work, recall.id, kept[-1].number) if kept else []
    taken = await steps(work, recall.id)
    return Standing(
        recall=recall,
        kept=kept,
        lines=lines,
        accounts=accounts(lines, await recoveries(work, recall.id)),
        consignees=by_consignee(lines, await notices(work, recall.id)),
        steps=taken,
        clocks=await clocks_of(work, recall, taken),
    )


async def clocks_of(work: Work, recall: Recall, taken: Sequence[Step]) -> list[Clock]:
    """All that was due of it so far, and what is due next. `taken`: its steps."""
    told = {each.step: each.taken_at for each in taken}
    settled = recall.status in {Status.RECONCILED, Status.EVALUATED, Status.CLOSED}
    over = told["call_off"] if recall.status is Status.CALLED_OFF else told["reconcile"] if settled else None
    reports = moments(await progress(work, recall.id))
    return clocks.running(recall, notified_at=told.get("notify"), reports=reports, end=over, now=work.now)


async def news(work: Work, standing: Standing) -> list[Change]:
    """What the plant says now beyond the scope that was kept; nothing once the quantities are accounted for."""
    recall = standing.recall
    if not standing.kept or recall.status not in HELD | {Status.SCOPED}:
        return []
    fresh = await scoping.reaches(
        work, await scoping.starts_of(work, recall.id), since=standing.taken_at("apply_holds")
    )
    now = fresh.lines if recall.status is Status.SCOPED else reach.grown(standing.lines, fresh.lines)
    return reach.changes(standing.lines, now)


async def take_step(work: Work, recall_id: int, step: str, *, version: int, note: str = "") -> Recall:
    """A step without a signature: notify, recover, reconcile, reopen, evaluate (its note: how well it worked).

    Raises RecallNotFound, StaleVersion, Refused with the guards that failed.
    """
    if step == "apply_holds":
        return await apply_holds(work, recall_id, version=version)
    before = await locked(work, recall_id, version)
    facts = (await look(work, before)).facts(note, note if step == "evaluate" else "")
    row = RECALL.step(step, recall_id, before.status, facts)
    if row.signed:
        raise Refused("recall", recall_id, step, ["signed"])
    if step == "evaluate":
        return await write_step(work, before, step, row.target, effectiveness=note.strip())
    return await write_step(work, before, step, row.target, note=note.strip())


async def sign_scope(work: Work, recall_id: int, signing: Signing) -> Recall:
    """QA signs how far it reaches: first, or again after the holds when more was found.

    Raises RecallNotFound, StaleVersion, Refused, and what `people.sign` raises.
    """
    before = await locked(work, recall_id, signing.version)
    if before.status in HELD:
        _, lines = await scoping.newest(work, recall_id)
        return await _sign_lines(work, before, before.status, lines, signing)
    found = await scoping.reaches_locked(work, before)
    row = RECALL.step("sign_scope", recall_id, before.status, Facts(whole=not found.cut))
    return await _sign_lines(work, before, row.target, found.lines, signing)


async def apply_holds(work: Work, recall_id: int, *, version: int) -> Recall:
    """Hold every lot that it reaches, as it stands now; a rehearsal keeps the list and holds nothing.

    Raises RecallNotFound, StaleVersion, Refused.
    """
    before = await locked(work, recall_id, version)
    found = await scoping.reaches_locked(work, before)
    row = RECALL.step("apply_holds", recall_id, before.status, Facts(whole=not found.cut))
    _, signed = await scoping.newest(work, recall_id)
    new = reach.changes(signed, found.lines)
    number = await scoping.keep(work, before, found.lines)
    held = await _hold(work, before, found.lot_ids)
    told = {"scope": number, "held": held, "new": _names(new)}
    return await write_step(work, before, "apply_holds", row.target, told=told)


async def extend(work: Work, recall_id: int, *, version: int) -> Recall:
    """Take in what was found since the holds, and hold it too. QA signs it again before the lines are reconciled.

    Raises RecallNotFound, StaleVersion, Refused.
    """
    before = await locked(work, recall_id, version)
    standing = await look(work, before)
    found = await scoping.reaches_locked(work, before, since=standing.taken_at("apply_holds"))
    lines = reach.grown(standing.lines, found.lines)
    new = reach.changes(standing.lines, lines)
    asked = {
        "holds_are_applied": before.status in HELD,
        "trace_is_whole": not found.cut,
        "something_is_new": bool(new),
    }
    if failed := [name for name, holds in asked.items() if not holds]:
        raise Refused("recall", recall_id, "extend", failed)
    number = await scoping.keep(work, before, lines)
    told: dict[str, object] = {"scope": number, "held": await _hold(work, before, found.lot_ids), "new": _names(new)}
    return await write_step(work, before, "extend", before.status, told=told)


async def call_off(work: Work, recall_id: int, signing: Signing) -> Recall:
    """It is not needed, and nothing was held. Raises RecallNotFound, StaleVersion, Refused, what `sign` raises."""
    before = await locked(work, recall_id, signing.version)
    row = RECALL.step("call_off", recall_id, before.status, Facts(note=signing.reason))
    content = _about(before) | {"step": "call_off"}
    signature_id = await _sign(work, before, signing, content, Act.SCOPE_RECALL)
    return await write_step(work, before, "call_off", row.target, note=signing.reason, signature_id=signature_id)


async def close(work: Work, recall_id: int, signing: Signing) -> Recall:
    """The qualified person closes it. Raises RecallNotFound, StaleVersion, Refused, and what `people.sign` raises."""
    before = await locked(work, recall_id, signing.version)
    standing = await look(work, before)
    row = RECALL.step("close", recall_id, before.status, standing.facts())
    signature_id = await _sign(
        work, before, signing, await content(work, standing) | {"step": "close"}, Act.CLOSE_RECALL
    )
    return await write_step(work, before, "close", row.target, note=signing.reason, signature_id=signature_id)


async def lift(work: Work, recall_id: int, hold_id: int, signing: Signing) -> None:
    """QA lifts a hold of a closed recall, as from a lot that turned out to be good; others stay.

    Raises RecallNotFound, StaleVersion, HoldNotFound, HoldNotOfThisRecall, HoldNotActive, Refused, what `sign` raises.
    """
    recall = await locked(work, recall_id, signing.version)
    hold = await inventory.hold(work, hold_id)
    if hold.cause != recall.cause:
        raise HoldNotOfThisRecall(hold_id=hold_id, cause=hold.cause)
    if not hold.active:
        raise inventory.HoldNotActive(hold_id=hold_id)
    if recall.status is not Status.CLOSED:
        raise Refused("recall", recall_id, "lift", ["recall_is_closed"])
    lot = await inventory.lot(work, hold.lot_id)
    told = {"step": "lift", "lot": lot.number, "placed_at": hold.placed_at}
    signature_id = await _sign(work, recall, signing, _about(recall) | told, Act.JUDGE)
    await inventory.lift_hold(work, hold_id, signature_id=signature_id, reason=signing.reason)
    await touch(work, recall)


async def content(work: Work, standing: Standing) -> dict[str, object]:
    """What signatures on a recall are bound to: what it is, every scope that was kept, what became of each quantity."""
    recall, told = standing.recall, dict[str, object]()
    for each in standing.kept:
        told |= _scope(each.number, await scoping.lines(work, recall.id, each.number))
    sums = {each.unit: f"{each.expected:f} {each.recovered:f} {each.left:f}" for each in totals(standing.accounts)}
    return _about(recall) | told | {"effectiveness": recall.effectiveness, "accounts": sums}


async def _sign_lines(work: Work, before: Recall, target: str, lines: Sequence[Line], signing: Signing) -> Recall:
    number = len(await scoping.scopes(work, before.id)) + 1
    told = _about(before) | _scope(number, lines) | {"step": "sign_scope"}
    signature_id = await _sign(work, before, signing, told, Act.SCOPE_RECALL)
    await scoping.keep(work, before, lines, signature_id=signature_id)
    facts: dict[str, object] = {"scope": number, "lines": len(lines), "signature": signature_id}
    return await write_step(
        work, before, "sign_scope", target, note=signing.reason, signature_id=signature_id, told=facts
    )


async def _sign(work: Work, recall: Recall, signing: Signing, told: Mapping[str, object], act: Act) -> int:
    signed = await people.sign(
        work,
        signing.credentials,
        signing.meaning,
        signing.reason,
        record_type="recall",
        record_id=recall.id,
        record_version=recall.version,
        content=told,
        roles=signers(act),
        meanings=MEANINGS,
    )
    return signed.id


async def _hold(work: Work, recall: Recall, lot_ids: Sequence[int]) -> int:
    """How many lots are held; of a rehearsal none."""
    if recall.is_mock:
        return 0
    for lot_id in lot_ids:
        await inventory.place_hold(work, lot_id, cause=recall.cause, reason=f"{recall.number}: {recall.reason}")
    return len(lot_ids)


def _about(recall: Recall) -> dict[str, object]:
    names = ("number", "kind", "recall_class", "reason", "rule", "notify_h", "progress_d", "opened_at")
    return {name: getattr(recall, name) for name in names}


def _scope(number: int, lines: Sequence[Line]) -> dict[str, object]:
    told = sorted(f"{each.lot} {each.shipment} {each.quantity.normalize():f} {each.unit}" for each in lines)
    return {f"scope {number}": reach.digest(lines), f"lines {number}": told}


def _names(new: Sequence[Change]) -> list[str]:
    return [" ".join(filter(None, (each.line.lot, each.line.shipment))) for each in new]
