"""Whether rounds of a plant folder fit its machines and shifts: what they name exists there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mes.rounds.words import RoundWords
from telemetry.complaints import near

if TYPE_CHECKING:
    from mes.plant.folder import Entry, Folder


def check_rounds(folder: Folder) -> None:
    """Note every mistake at its line."""
    machines = [machine.words.path for machine in folder.equipment]
    shifts = [shift.words.code for shift in folder.shifts]
    for entry in folder.rounds:
        _check_stops(folder, entry, machines)
        name = entry.words.shift
        if name is not None and name not in shifts and name not in folder.broken.get("shifts", set()):
            entry.complain(f"`shift` is `{name}`, which is not in `shifts`; {near(name, shifts)}", "shift")


def _check_stops(folder: Folder, entry: Entry[RoundWords], machines: list[str]) -> None:
    for at, stop in enumerate(entry.words.stops):
        path = stop.equipment
        if path not in machines and path not in folder.broken.get("equipment", set()):
            text = f"`equipment` is `{path}`, which is not in `equipment`; {near(path, machines)}"
            entry.complain(text, "stops", at, "equipment")
