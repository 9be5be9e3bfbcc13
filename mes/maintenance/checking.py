"""Whether plans and cares of a plant folder fit its machines: what they name exists there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mes.maintenance.words import CareWords, FailureCodeWords, PlanWords
from telemetry.complaints import near

if TYPE_CHECKING:
    from mes.plant.folder import Entry, Folder


def check_maintenance(folder: Folder) -> None:
    """Note every mistake at its line."""
    for plan in folder.maintenance_plans:
        _check_plan(folder, plan)
    for care in folder.machine_care:
        _check_care(folder, care)
    _once(folder.spare_parts, "number")
    _once(folder.machine_care, "equipment")
    _codes_once(folder.failure_codes)


def _check_plan(folder: Folder, entry: Entry[PlanWords]) -> None:
    measures = _measures(folder, entry, entry.words.equipment)
    if entry.words.measure is not None and measures is not None and entry.words.measure not in measures:
        name, known = entry.words.measure, sorted(measures)
        where = "running" if entry.words.running else "count"
        text = f"`measure` is `{name}`, which `{entry.words.equipment}` has not; {near(name, known)}"
        entry.complain(text, where, "measure")
    known = [part.words.number for part in folder.spare_parts]
    for at, part in enumerate(entry.words.parts):
        if part.number not in known and "spare_parts" not in folder.broken:
            text = f"`parts` names `{part.number}`, which is not in `spare_parts`; {near(part.number, known)}"
            entry.complain(text, "parts", at)


def _check_care(folder: Folder, entry: Entry[CareWords]) -> None:
    measures = _measures(folder, entry, entry.words.equipment)
    if entry.words.down and measures is not None and "state" not in measures.values():
        entry.complain("`down` needs a point with the role `state`, and the machine has none", "down")


def _measures(folder: Folder, entry: Entry[Any], path: str) -> dict[str, str] | None:
    """Role by measure of a machine's points; None where it is not known, which is noted."""
    for machine in folder.equipment:
        if machine.words.path == path:
            return {point.measure: point.role for point in machine.words.points}
    if path not in folder.broken.get("equipment", set()):
        known = [machine.words.path for machine in folder.equipment]
        entry.complain(f"`equipment` is `{path}`, which is not in `equipment`; {near(path, known)}", "equipment")
    return None


def _codes_once(entries: Iterable[Entry[FailureCodeWords]]) -> None:
    first: dict[tuple[str, str], Entry[FailureCodeWords]] = {}
    for entry in entries:
        key = (entry.words.kind, entry.words.code)
        if key in first:
            entry.complain(
                f"`{entry.words.code}` stands twice as {entry.words.kind}, first in {first[key].place}", "code"
            )
        first.setdefault(key, entry)


def _once(entries: Iterable[Entry[Any]], key: str) -> None:
    first: dict[str, Entry[Any]] = {}
    for entry in entries:
        name = getattr(entry.words, key)
        if name in first:
            entry.complain(f"`{name}` stands twice, first in {first[name].place}", key)
        first.setdefault(name, entry)
