"""Open a CAPA, plan and do its actions, check its effect. One without effect is closed so, and the next one opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from mes.actions import service as actions
from mes.actions.model import Action, Ask, Record
from mes.capa.model import CAPA, OVER, Capa, Facts, Source, Status
from mes.people import service as people
from mes.people.intact import demand_intact
from mes.people.model import Credentials, Meaning, Role
from mes.plant import service as plant
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
MEANINGS = (Meaning.APPROVED, Meaning.REVIEWED, Meaning.REJECTED)
_TEXTS = ("evaluation", "cause_method", "root_cause", "metric", "threshold", "result")
_COLUMNS = (*_TEXTS, "window_from", "window_to", "evaluated_by", "closed_at", "signature_id")


_PLAN = frozenset({"cause_method", "root_cause", "metric", "threshold", "window_from", "window_to"})
WRITES: Mapping[str, frozenset[str]] = {
    "investigate": frozenset({"evaluation"}),
    "approve_plan": _PLAN,
    "close": frozenset({"result"}),
    "fail": frozenset({"result"}),
}
"""What each step writes; nothing else that is said with it changes the record, so that what is signed stays."""


class CapaNotFound(NotFound):
    """There is no such CAPA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a person says who opens one."""

    title: str
    problem: str
    owner: str  # user name
    sources: tuple[tuple[str, str], ...] = ()  # (deviation, 7), (complaint, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says with a step; empty where the step doesn't ask for it."""

    note: str = ""
    evaluation: str = ""
    cause_method: str = ""
    root_cause: str = ""
    metric: str = ""
    threshold: str = ""
    window_from: date | None = None
    window_to: date | None = None
    result: str = ""

    def at(self, step: str) -> Said:
        """What of it the step writes, and the note."""
        kept = WRITES.get(step, frozenset()) | {"note"}
        return Said(**{name: value for name, value in asdict(self).items() if name in kept})


async def open_capa(work: Work, opening: Opening, *, follows_id: int | None = None) -> Capa:
    """A new CAPA. Raises ActionOwnerUnknown, Refused where it has no title or problem."""
    given = {"title_given": bool(opening.title.strip()), "problem_given": bool(opening.problem.strip())}
    if failed := [name for name, holds in given.items() if not holds]:
        raise Refused("capa", "new", "open", failed)
    await actions.demand_owner(work, opening.owner)
    number = await plant.next_number(work, "CAPA")
    said = {"title": opening.title.strip(), "problem": opening.problem.strip(), "owner": opening.owner}
    made = await work.one(
        SQL["open"], Capa, number=number, follows_id=follows_id, actor=work.actor, now=work.now, **said
    )
    if made is None:
        raise CapaNotFound(number=number)
    for record_type, record_id in opening.sources:
        await work.run(SQL["add_source"], capa_id=made.id, record_type=record_type, record_id=record_id)
    after = said | {"number": number, "sources": [":".join(each) for each in opening.sources], "follows": follows_id}
    work.audit("capa.open", "capa", made.id, after=after)
    await work.emit("capa.opened", capa_id=made.id, number=number)
    return made


async def capa(work: Work, capa_id: int) -> Capa:
    """One CAPA. Raises CapaNotFound."""
    return await _one(work, "capa", capa_id)


async def capas(
    work: Work,
    *,
    statuses: Iterable[Status] | None = None,
    source: tuple[str, object] | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Capa]:
    """CAPAs, newest first, by status and by what they came from, as (record type, its id)."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    record_type, record_id = (None, None) if source is None else (source[0], str(source[1]))
    filters = {"statuses": chosen, "record_type": record_type, "record_id": record_id, "below": below}
    return await work.all(SQL["capas"], Capa, **filters, limit=limit)


async def sources(work: Work, capa_id: int) -> list[Source]:
    """What a CAPA came from."""
    return await work.all(SQL["sources"], Source, capa_id=capa_id)


async def plan_action(work: Work, capa_id: int, asked: Ask, *, version: int) -> Action:
    """An action of its plan; none is added after the plan is approved.

    Raises CapaNotFound, StaleVersion, Refused, and what `ask` raises.
    """
    found = await _locked(work, capa_id, version)
    if found.status not in {Status.OPEN, Status.EVALUATION, Status.INVESTIGATION}:
        raise Refused("capa", capa_id, "plan_action", ["plan_is_not_approved_yet"])
    made = await actions.ask(work, record(found), asked)
    await work.run(SQL["touch"], id=capa_id)
    return made


async def take_step(work: Work, capa_id: int, step: str, *, version: int, said: Said) -> Capa:
    """A step without a signature: evaluate, investigate, implement, await_effect.

    Raises CapaNotFound, StaleVersion, Refused with the guards that failed.
    """
    before, told = await _locked(work, capa_id, version), said.at(step)
    await _demand_as_signed(work, before)
    row = CAPA.step(step, capa_id, before.status, await _facts(work, before, told, work.actor))
    if row.signed:
        raise Refused("capa", capa_id, step, ["signed"])
    return await _write(work, before, step, row.target, told, {})


async def sign_step(
    work: Work,
    capa_id: int,
    step: str,
    *,
    version: int,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    said: Said | None = None,
) -> Capa:
    """A signed step: approve_plan, close, fail, reject. Failing opens the CAPA that follows.

    Raises CapaNotFound, StaleVersion, Refused with the guards that failed, and what `people.sign` raises.
    """
    before = await _locked(work, capa_id, version)
    await _demand_as_signed(work, before)
    told = (said or Said(note=reason)).at(step)
    facts = await _facts(work, before, told, credentials.username, note=reason)
    row = CAPA.step(step, capa_id, before.status, facts)
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="capa",
        record_id=capa_id,
        record_version=before.version,
        content=await content(work, before, told) | {"step": step},
        roles=(Role.QA,),
        meanings=MEANINGS,
    )
    checked = {"evaluated_by": credentials.username} if step in {"close", "fail"} else {}
    after = await _write(work, before, step, row.target, told, checked | {"signature_id": signed.id})
    if row.target is Status.CLOSED_INEFFECTIVE:
        await _follow(work, after)
    return after


async def content(work: Work, found: Capa, said: Said | None = None) -> dict[str, object]:
    """What a signature on a CAPA is bound to, and stays so: dates as first asked, a result once there is one."""
    told = {name: value for name, value in asdict(said or Said()).items() if value and name != "note"}
    names = ("number", "title", "problem", "owner", *_TEXTS, "window_from", "window_to")
    first_due: dict[int, date] = {}
    for each in await actions.extensions(work, record(found)):
        first_due.setdefault(each.action_id, each.was_due_on)
    planned = [
        f"{each.number} {each.text} {each.owner} {first_due.get(each.id, each.due_on)}"
        for each in await _actions(work, found)
    ]
    facts = {name: getattr(found, name) for name in names if name != "result" or found.result}
    return facts | told | {"actions": planned}


async def _demand_as_signed(work: Work, found: Capa) -> None:
    await demand_intact(work, "capa", found.id, await content(work, found), of_the_act=("step",))


def record(found: Capa) -> Record:
    """What its actions belong to."""
    return Record("capa", found.id)


async def _follow(work: Work, failed: Capa) -> Capa:
    came_from = tuple((each.record_type, each.record_id) for each in await sources(work, failed.id))
    opening = Opening(title=failed.title, problem=failed.result, owner=failed.owner, sources=came_from)
    return await open_capa(work, opening, follows_id=failed.id)


async def _write(work: Work, before: Capa, step: str, target: str, said: Said, changed: dict[str, object]) -> Capa:
    told = {name: value for name, value in asdict(said).items() if name in _COLUMNS and value}
    over = {"closed_at": work.now} if target in OVER else {}
    facts = dict.fromkeys(_COLUMNS) | told | changed | over
    after = await _one(work, "step", before.id, status=target, **facts)
    now = {"status": target} | {name: value for name, value in facts.items() if value is not None}
    work.audit(f"capa.{step}", "capa", before.id, before={"status": before.status}, after=now, reason=said.note)
    await work.emit("capa.stepped", capa_id=before.id, number=before.number, step=step, status=target)
    return after


async def _facts(work: Work, found: Capa, said: Said, actor: str, *, note: str = "") -> Facts:
    planned = await _actions(work, found)
    texts = {name: getattr(said, name) or getattr(found, name) for name in (*_TEXTS, "window_from", "window_to")}
    return Facts(
        actor=actor,
        owner=found.owner,
        note=note or said.note,
        actions=len(planned),
        open_actions=sum(not each.done for each in planned),
        today=work.now.astimezone(await plant.time_zone(work)).date(),
        **texts,
    )


async def _actions(work: Work, found: Capa) -> list[Action]:
    return await actions.actions(work, record(found))


async def _locked(work: Work, capa_id: int, version: int) -> Capa:
    found = await _one(work, "lock", capa_id)
    if found.version != version:
        raise StaleVersion("capa", capa_id, yours=version, current=found.version)
    return found


async def _one(work: Work, block: str, capa_id: int, **facts: object) -> Capa:
    found = await work.one(SQL[block], Capa, id=capa_id, **facts)
    if found is None:
        raise CapaNotFound(capa_id=capa_id)
    return found
