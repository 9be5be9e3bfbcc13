"""Whether the entries of a plant folder agree with each other: names once, references met, limits that make sense."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mes.health.checking import check_health
from mes.health.words import HealthWords
from mes.items.checking import check_items
from mes.maintenance.checking import check_maintenance
from mes.maintenance.words import CareWords, FailureCodeWords, PartWords, PlanWords
from mes.notifications.checking import check_ladders
from mes.notifications.words import LadderWords, ShiftWords
from mes.plant import words
from mes.plant.folder import Entry, Folder, read_folder
from mes.plant.policies import named_packs, pinned
from mes.policies.reading import is_pack, names
from mes.recipes.checking import check_recipes
from mes.recipes.words import RecipeWords
from mes.rounds.checking import check_rounds
from mes.rounds.words import RoundWords
from models.stability import UnsoundProfile
from telemetry.complaints import near
from telemetry.errors import Invalid
from telemetry.lines import Problem
from telemetry.point import is_point_name


class PlantFolderWrong(Invalid):
    """The plant folder has mistakes; nothing was applied."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(problems=[str(problem) for problem in self.problems])


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantModel:
    """A plant folder without mistakes."""

    site: words.SiteWords
    areas: tuple[words.AreaWords, ...]
    zones: tuple[words.ZoneWords, ...]  # a parent before what is in it
    equipment: tuple[words.EquipmentWords, ...]  # a parent before its parts
    policies: tuple[words.PlantPolicy, ...]  # its own, and the packs that are named
    items: tuple[words.ItemWords, ...]
    people: tuple[words.PersonWords, ...]
    ladders: tuple[LadderWords, ...] = ()
    shifts: tuple[ShiftWords, ...] = ()
    recipes: tuple[RecipeWords, ...] = ()
    maintenance_plans: tuple[PlanWords, ...] = ()
    spare_parts: tuple[PartWords, ...] = ()
    machine_care: tuple[CareWords, ...] = ()
    machine_health: tuple[HealthWords, ...] = ()
    rounds: tuple[RoundWords, ...] = ()
    failure_codes: tuple[FailureCodeWords, ...] = ()


def check(path: Path) -> list[Problem]:
    """Every mistake in the folder, by file and line; empty: it may be applied."""
    return _checked(path).problems


def read_plant(path: Path) -> PlantModel:
    """The plant model of a folder. Raises PlantFolderWrong with every mistake."""
    folder = _checked(path)
    if folder.problems:
        raise PlantFolderWrong(folder.problems)
    return PlantModel(
        site=folder.sites[0].words,
        areas=_words(folder.areas),
        zones=_parents_first(_words(folder.zones), lambda zone: zone.code),
        equipment=_parents_first(_words(folder.equipment), lambda machine: machine.path),
        policies=tuple(_policies(folder)),
        items=_words(folder.items),
        people=_words(folder.people),
        ladders=_words(folder.ladders),
        shifts=_words(folder.shifts),
        recipes=_words(folder.recipes),
        maintenance_plans=_words(folder.maintenance_plans),
        spare_parts=_words(folder.spare_parts),
        machine_care=_words(folder.machine_care),
        machine_health=_words(folder.machine_health),
        rounds=_words(folder.rounds),
        failure_codes=_words(folder.failure_codes),
    )


def policy_of(
    zone: words.ZoneWords | None, point: words.PointWords, policies: Iterable[words.PlantPolicy]
) -> str | None:
    """The policy that judges a point: its own, or its zone's where that judges points of its role."""
    if point.policy or zone is None:
        return point.policy
    judging = {policy.code for policy in policies if point.role in policy.judges}
    return zone.policy if zone.policy in judging else None


def _policies(folder: Folder) -> list[words.PlantPolicy]:
    """The folder's own, with the packs beside them as they are now, and the packs that judge by themselves."""
    own = [entry.words for entry in folder.policies]
    points = (point.policy for machine in folder.equipment for point in machine.words.points)
    zones = (zone.words.policy for zone in folder.zones)
    items = (item.words.policy for item in folder.items)
    packs = named_packs({*zones, *points, *items}.intersection(names()), own)
    codes = [policy.code for policy in own]
    return [*(pinned(policy, codes) for policy in own), *packs]


def _checked(path: Path) -> Folder:
    folder = read_folder(path)
    _check_sites(folder)
    for entries, key in _keyed(folder):
        _check_once(entries, key)
    for zone in folder.zones:
        _check_zone(folder, zone)
    policies = _policies(folder)
    for machine in folder.equipment:
        _check_machine(folder, machine, policies)
    for policy in folder.policies:
        _check_policy(folder, policy)
    for item in folder.items:
        _refer_policy(folder, item, "policy", item.words.policy)
        _check_stability(item)
    check_items(folder)
    check_ladders(folder)
    check_maintenance(folder)
    check_health(folder)
    check_rounds(folder)
    check_recipes(folder)
    _check_circle(folder.zones, lambda zone: zone.code)
    _check_circle(folder.equipment, lambda machine: machine.path)
    return folder


def _keyed(folder: Folder) -> list[tuple[list[Entry[Any]], Callable[[Any], str]]]:
    coded: list[list[Entry[Any]]] = [folder.areas, folder.zones, folder.policies, folder.items]
    coded += [folder.ladders, folder.shifts, folder.recipes, folder.maintenance_plans, folder.rounds]
    by_code: list[tuple[list[Entry[Any]], Callable[[Any], str]]] = [(entries, lambda e: e.code) for entries in coded]
    return [*by_code, (folder.equipment, lambda e: e.path), (folder.people, lambda e: e.username)]


def _check_sites(folder: Folder) -> None:
    unread = any(document.data is None and document.problems for document in folder.documents)
    if not folder.sites and "site" not in folder.broken and not unread:
        folder.documents[0].complain((), "no file has a section `site`; it gives code, name and time_zone")
    for entry in folder.sites[1:]:
        entry.complain(f"`site` stands twice, first in {folder.sites[0].place}; a folder describes one site")


def _check_once(entries: Iterable[Entry[Any]], key: Callable[[Any], str]) -> None:
    first: dict[str, Entry[Any]] = {}
    for entry in entries:
        name = key(entry.words)
        if name in first:
            entry.complain(f"`{name}` stands twice in `{entry.where[0]}`, first in {first[name].place}")
        first.setdefault(name, entry)


def _check_zone(folder: Folder, entry: Entry[words.ZoneWords]) -> None:
    _refer(folder, entry, "area", entry.words.area, "areas", folder.areas)
    _refer_policy(folder, entry, "policy", entry.words.policy)
    _refer(folder, entry, "parent", entry.words.parent, "zones", folder.zones)


def _check_machine(folder: Folder, entry: Entry[words.EquipmentWords], policies: Sequence[words.PlantPolicy]) -> None:
    machine = entry.words
    _refer(folder, entry, "area", machine.area, "areas", folder.areas)
    _refer(folder, entry, "zone", machine.zone, "zones", folder.zones)
    _refer(folder, entry, "parent", machine.parent, "equipment", folder.equipment)
    first: dict[str, int] = {}
    for at, point in enumerate(machine.points):
        if point.measure in first:
            where = (*entry.where, "points", first[point.measure])
            entry.complain(
                f"`{point.measure}` stands twice in `points`, first on line {entry.document.line(where)}", "points", at
            )
        first.setdefault(point.measure, at)
        _check_point(folder, entry, at, policies)


def _check_point(
    folder: Folder, entry: Entry[words.EquipmentWords], at: int, policies: Sequence[words.PlantPolicy]
) -> None:
    point = entry.words.points[at]
    _refer_policy(folder, entry, "policy", point.policy, "points", at, "policy")
    site = folder.sites[0].words.code if folder.sites else "site"
    name = f"{site}/{entry.words.path}/{point.measure}"
    if not is_point_name(name):
        entry.complain(f"`{name}` is no point's name: site/area/equipment/measure", "points", at, "measure")
    zone = next((z.words for z in folder.zones if z.words.code == entry.words.zone), None)
    judged_by = policy_of(zone, point, policies)
    for policy in policies:
        if policy.code == judged_by and policy.unit != point.unit:
            entry.complain(
                f"`{point.measure}` is in `{point.unit}`, but policy `{judged_by}` judges `{policy.unit}`; "
                "give the point another role, or a policy in its unit",
                *("points", at, "unit"),
            )


def _check_policy(folder: Folder, entry: Entry[words.PlantPolicy]) -> None:
    for at, name in enumerate(entry.words.policy.packs):
        _refer_policy(folder, entry, "packs", name, "packs", at)
        if name == entry.words.code:
            entry.complain(f"policy `{name}` names itself in `packs`", "packs", at)


def _refer_policy(folder: Folder, entry: Entry[Any], name: str, value: str | None, *steps: str | int) -> None:
    """A policy of this folder, or a pack: that one also in an older version, as a companion (`gsp_cn@1`)."""
    known = [policy.words.code for policy in folder.policies] + list(names())
    is_met = value is None or value in known or value in folder.broken.get("policies", set()) or is_pack(value)
    if not is_met:
        text = f"`{name}` is `{value}`, which is neither in `policies` nor a pack; {near(value, known)}"
        entry.complain(text, *(steps or (name,)))


def _refer(
    folder: Folder,
    entry: Entry[Any],
    name: str,
    value: str | None,
    section: str,
    targets: Iterable[Entry[Any]],
    *steps: str | int,
) -> None:
    """A reference must be met. One to an entry that is wrong in itself is not called wrong too."""
    known = [getattr(target.words, "path", None) or target.words.code for target in targets]
    if value is None or value in known or value in folder.broken.get(section, set()):
        return
    entry.complain(f"`{name}` is `{value}`, which is not in `{section}`; {near(value, known)}", *steps, name)


def _check_stability(entry: Entry[words.ItemWords]) -> None:
    if entry.words.stability is None:
        return
    try:
        _ = entry.words.stability.profile
    except UnsoundProfile as error:
        for mistake in error.mistakes:
            entry.complain(mistake, "stability", "bands")


def _check_circle(entries: Iterable[Entry[Any]], key: Callable[[Any], str]) -> None:
    parents = {key(entry.words): entry.words.parent for entry in entries}
    for entry in entries:
        way, at = [key(entry.words)], entry.words.parent
        while at in parents and at not in way:
            way.append(at)
            at = parents[at]
        if at == way[0]:
            entry.complain(f"`parent` leads in a circle: {' > '.join([*way, at])}", "parent")


def _words(entries: Iterable[Entry[Any]]) -> tuple[Any, ...]:
    return tuple(entry.words for entry in entries)


def _parents_first(all_words: tuple[Any, ...], key: Callable[[Any], str]) -> tuple[Any, ...]:
    parents = {key(each): each.parent for each in all_words}

    def depth(name: str) -> int:
        parent = parents[name]
        return 0 if parent is None else 1 + depth(parent)

    return tuple(sorted(all_words, key=lambda each: depth(key(each))))
