"""What the page of a recall shows, gathered: the scope by level, who was told, the sums, the clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mes.audit import service as audit
from mes.border import Caller
from mes.inventory import service as inventory
from mes.inventory.model import Hold, Lot
from mes.people import service as people
from mes.recall import recovering, scoping, stepping
from mes.recall.accounts import Account, Fate, fates, standing, totals
from mes.recall.clocks import NOTIFY, Clock, citation
from mes.recall.model import FORWARD, HELD, RECALL, STAFF, Recall, Status
from mes.recall.notices import Channel, Event
from mes.recall.reach import Line, Stage
from mes.recall.stepping import Standing
from telemetry.work import Work

STEPS = tuple(status for status in Status if status is not Status.CALLED_OFF)
SIGNED = frozenset(row.step for row in RECALL.table if row.signed)
SHOWN = 300
"""Lines of a scope on one page."""
OF_THE_ACT = ("step", "lot", "placed_at")


@dataclass(frozen=True, slots=True)
class Counts:
    """A scope at a glance."""

    lots: int
    in_plant: int  # lots of which something is here
    shipments: int
    consignees: int
    by_stage: tuple[tuple[Stage, int], ...]


def counts(lines: Sequence[Line]) -> Counts:
    """How many lots, by stage, and where they are."""
    stages = {line.lot_id: line.stage for line in lines}
    return Counts(
        lots=len(stages),
        in_plant=sum(line.in_plant and line.quantity > 0 for line in lines),
        shipments=len({line.shipment for line in lines if not line.in_plant}),
        consignees=len({line.consignee for line in lines if not line.in_plant}),
        by_stage=tuple((stage, list(stages.values()).count(stage)) for stage in Stage if stage in stages.values()),
    )


async def view(work: Work, caller: Caller, recall: Recall) -> dict[str, object]:
    """All that `recall/recall.html` needs."""
    now = await stepping.look(work, recall)
    looked_at = await _lines(work, now)
    held = await _holds(work, recall)
    return {
        "recall": recall,
        "steps": STEPS,
        "standing": now,
        "lines": looked_at.lines,
        "cut": looked_at.cut,
        "counts": counts(looked_at.lines),
        "news": await stepping.news(work, now),
        "missing": missing(now, cut=looked_at.cut),
        "clock_bar": _bar(now.clocks),
        "citation": citation(recall.rule),
        "held": {hold.lot_id: hold for hold in held if hold.active},
        "starts": await _starts(work, recall),
        "may_act": bool(caller.roles & STAFF),
        "may_tell": recall.status in HELD and bool(caller.roles & STAFF),
        "events": Event,
        "channels": Channel,
        "trail": await audit.entries(work, entity="recall", entity_id=recall.id, limit=100),
        "signatures": await people.verified_signatures_of(
            work, "recall", recall.id, await stepping.content(work, now), of_the_act=OF_THE_ACT
        ),
    } | await _recovery(work, caller, now)


def missing(now: Standing, *, cut: bool) -> tuple[str, ...]:
    """What would refuse the step that leads on; what is said with the step itself is not asked for here."""
    step = FORWARD.get(now.recall.status)
    facts = replace(now.facts(), whole=not cut, effectiveness="?")
    return RECALL.missing(step, now.recall.status, facts) if step else ()


def open_steps(caller: Caller, now: Standing) -> list[str]:
    """What can be done next: by this person without a signature, and by whoever signs on this screen."""
    steps = [
        step
        for step in RECALL.open_steps(now.recall.status)
        if step in SIGNED or caller.roles & {role for row in RECALL.table if row.step == step for role in row.roles}
    ]
    steps.sort(key=lambda step: step in {"call_off", "reopen"})  # the way on comes first
    if now.recall.status in HELD and not now.scope_signed:
        steps.insert(0, "sign_scope")
    return steps if caller.roles & STAFF else []


async def _recovery(work: Work, caller: Caller, now: Standing) -> dict[str, object]:
    entries = await recovering.recoveries(work, now.recall.id)
    kinds = [*fates(now.recall.kind, in_plant=True), *fates(now.recall.kind, in_plant=False)]
    return {
        "open_steps": open_steps(caller, now),
        "signed_steps": SIGNED,
        "accounts": _shown(now.accounts),
        "all_accounts": [each for each in now.accounts if each.expected],
        "open_lines": _open_lines(now.accounts),
        "totals": totals(now.accounts),
        "fates": list(dict.fromkeys(kinds)),
        "all_fates": [fate for fate in Fate if any(each.by_fate[fate] for each in now.accounts)],
        "entries": entries,
        "counting": {each.id for each in standing(entries)},
        "lot_of": {line.lot_id: line.lot for line in now.lines},
        "reports": await recovering.progress(work, now.recall.id),
        "may_recover": now.recall.status in {Status.NOTIFIED, Status.RECOVERING} and bool(caller.roles & STAFF),
        "meanings": stepping.MEANINGS,
    }


def _shown(accounts: Sequence[Account]) -> list[Account]:
    """What there is to account for; of very many those that are open come first, and the report has all."""
    found = [each for each in accounts if each.expected]
    return found if len(found) <= SHOWN else sorted(found, key=lambda each: each.reconciled)[:SHOWN]


def _open_lines(accounts: Sequence[Account]) -> list[Account]:
    return [each for each in accounts if each.left > 0][:SHOWN]


def _bar(clocks: Sequence[Clock]) -> list[Clock]:
    """The notice to everyone; of the reports those that nobody answered, and else the newest."""
    reports = [each for each in clocks if each.kind != NOTIFY]
    unanswered = [each for each in reports if each.answered_at is None]
    return [each for each in clocks if each.kind == NOTIFY] + (unanswered or reports[-1:])


async def _lines(work: Work, now: Standing) -> scoping.Reach:
    """The scope that was kept; before one was, how far it would reach now."""
    if now.kept:
        return scoping.Reach(lines=tuple(now.lines), cut=False)
    return await scoping.reaches(work, await scoping.starts_of(work, now.recall.id))


async def _holds(work: Work, recall: Recall) -> list[Hold]:
    return await inventory.holds(work, cause=recall.cause)


async def _starts(work: Work, recall: Recall) -> list[Lot]:
    return await inventory.lots(work, lot_ids=await scoping.starts_of(work, recall.id))
