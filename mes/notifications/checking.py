"""Whether ladders and shifts of a plant folder fit the plant: whom they name exists, and enough people are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mes.alarms.model import Kind, Priority
from mes.notifications.words import LadderWords, RungWords, ShiftWords
from mes.plant.words import PersonWords
from mes.policies.reading import is_pack, policy_named
from models.demands import demands_of
from models.policy import People, Policy
from telemetry.complaints import near

if TYPE_CHECKING:
    from mes.plant.folder import Entry, Folder


def check_ladders(folder: Folder) -> None:
    """Note every mistake at its line."""
    for entry in folder.ladders:
        _check_ladder(folder, entry)
    for shift in folder.shifts:
        _check_people(folder, shift, shift.words.people, "people")
    if not folder.broken.keys() & {"ladders", "people", "policies", "zones"}:
        _check_demands(folder)


def _check_ladder(folder: Folder, entry: Entry[LadderWords]) -> None:
    zones = [zone.words.code for zone in folder.zones]
    for at, zone in enumerate(entry.words.zones):
        if zone not in zones and zone not in folder.broken.get("zones", set()):
            entry.complain(f"`zones` names `{zone}`, which is not in `zones`; {near(zone, zones)}", "zones", at)
    before: RungWords | None = None
    for at, rung in enumerate(entry.words.rungs):
        _check_rung(folder, entry, rung, at)
        if before is not None and rung.after_s <= before.after_s:
            earlier = f"that of the rung before is {before.after_s:g}: rungs come one after the other"
            entry.complain(f"`after_s` is {rung.after_s:g}, {earlier}", "rungs", at, "after_s")
        before = rung


def _check_rung(folder: Folder, entry: Entry[LadderWords], rung: RungWords, at: int) -> None:
    _check_people(folder, entry, rung.people, "rungs", at, "people")
    if not rung.people and not rung.roles:
        entry.complain("a rung names `people`, `roles` or both: this one calls nobody", "rungs", at)
    held = {role for person in folder.people for role in person.words.roles}
    for role in rung.roles:
        if role not in held and "people" not in folder.broken:
            entry.complain(f"`roles` names `{role}`, which nobody in `people` has", "rungs", at, "roles")
    if rung.on_shift and not folder.shifts and "shifts" not in folder.broken:
        entry.complain(
            "`on_shift` needs `shifts`, and no file has any: this rung would call nobody", "rungs", at, "on_shift"
        )


def _check_people(
    folder: Folder, entry: Entry[LadderWords] | Entry[ShiftWords], people: Iterable[str], *steps: str | int
) -> None:
    known = [person.words.username for person in folder.people]
    for username in people:
        if username not in known and username not in folder.broken.get("people", set()):
            entry.complain(f"`people` names `{username}`, who is not in `people`; {near(username, known)}", *steps)


def _check_demands(folder: Folder) -> None:
    """Fewer people than a regulation demands is a mistake of the folder, not a surprise at night."""
    for zone in folder.zones:
        around = list(_around(folder, zone.words.code))
        rule = _demand(folder, around)
        called = sorted(_called(folder, around)) if rule else []
        if rule is not None and len(called) < rule.least:
            who = ", ".join(called) or "nobody"
            zone.complain(
                f"alarms of `{zone.words.code}` must call {rule.least} persons at least ({rule.citation}); "
                f"its ladders call {len(called)}: {who}"
            )


def _around(folder: Folder, code: str | None) -> Iterator[str]:
    """A zone's code, then those that it lies in."""
    parents = {zone.words.code: zone.words.parent for zone in folder.zones}
    seen: set[str] = set()
    while code is not None and code in parents and code not in seen:
        yield code
        seen.add(code)
        code = parents[code]


def _demand(folder: Folder, around: Sequence[str]) -> People | None:
    """How many people must be called by what holds over a zone: its own policy, or that of the zone around it."""
    of_zone = {zone.words.code: zone.words.policy for zone in folder.zones}
    named = next((policy for code in around if (policy := of_zone[code])), None)
    return demands_of(_policies(folder, named)).people if named else None


def _policies(folder: Folder, named: str) -> Iterator[Policy]:
    own = {entry.words.code: entry.words.policy for entry in folder.policies}
    waiting, seen = [named], set[str]()
    while waiting:
        name = waiting.pop(0)
        is_known = name in own or is_pack(name)
        if is_known and name not in seen:
            policy = own[name] if name in own else policy_named(name)
            waiting.extend(policy.packs)
            yield policy
        seen.add(name)


def _called(folder: Folder, around: Sequence[str]) -> set[str]:
    """Everybody whom the worst alarm of a zone may call, on whatever shift."""
    people = [person.words for person in folder.people]
    return {
        person.username
        for ladder in folder.ladders
        if _covers(ladder.words, around)
        for rung in ladder.words.rungs
        for person in people
        if _is_named(person, rung)
    }


def _covers(ladder: LadderWords, around: Sequence[str]) -> bool:
    fits = not ladder.zones or bool(set(ladder.zones) & set(around))
    return (
        fits and (not ladder.kinds or Kind.TEMPERATURE in ladder.kinds) and ladder.least.rank <= Priority.CRITICAL.rank
    )


def _is_named(person: PersonWords, rung: RungWords) -> bool:
    return person.username in rung.people or bool(set(person.roles) & set(rung.roles))
