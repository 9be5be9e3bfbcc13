"""Whether the watched machines of a plant folder fit its equipment: the points that they name exist there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mes.health.words import HealthWords
from telemetry.complaints import near

if TYPE_CHECKING:
    from mes.plant.folder import Entry, Folder


def check_health(folder: Folder) -> None:
    """Note every mistake at its line."""
    first: dict[str, Entry[HealthWords]] = {}
    for entry in folder.machine_health:
        _check_watched(folder, entry)
        path = entry.words.equipment
        if path in first:
            entry.complain(f"`{path}` is watched twice, first in {first[path].place}", "equipment")
        first.setdefault(path, entry)


def _check_watched(folder: Folder, entry: Entry[HealthWords]) -> None:
    broken = folder.broken.get("equipment", set())
    machines = {machine.words.path: machine.words for machine in folder.equipment}
    path = entry.words.equipment
    if path not in machines:
        if path not in broken:
            entry.complain(
                f"`equipment` is `{path}`, which is not in `equipment`; {near(path, [*machines])}", "equipment"
            )
        return
    known = [f"{each.path}/{point.measure}" for each in machines.values() for point in each.points]
    named: list[tuple[str, str | int, str]] = [
        ("signals", name, entry.words.signals[name]) for name in entry.words.order()
    ]
    named += [("runs", at, each.signal) for at, each in enumerate(entry.words.runs)]
    for (section, at, told), place in zip(named, entry.words.measures(), strict=True):
        if place not in known and place.rsplit("/", 1)[0] not in broken:
            entry.complain(f"`{told}` is no point of the plant: {near(place, known)}", section, at)
