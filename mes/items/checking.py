"""Whether the items of a plant folder can be told apart and counted: codes, packs, trade item numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mes.items.units import contradicts

if TYPE_CHECKING:
    from mes.plant.folder import Entry, Folder
    from mes.plant.words import ItemWords


def check_items(folder: Folder) -> None:
    """Complain of codes that people would take for one another, of packs that contradict, of a number used twice."""
    codes: dict[str, Entry[ItemWords]] = {}
    numbers: dict[str, Entry[ItemWords]] = {}
    for entry in folder.items:
        alike = codes.setdefault(entry.words.code.casefold(), entry)
        if alike.words.code != entry.words.code:
            entry.complain(
                f"`{entry.words.code}` differs from `{alike.words.code}` in {alike.place} in capitals only", "code"
            )
        for unit in entry.words.units:
            if contradicts(entry.words.unit, unit):
                entry.complain(f"what `{unit}` holds of `{entry.words.unit}` is known already", "units", unit)
        _check_numbers(entry, numbers)


def _check_numbers(entry: Entry[ItemWords], numbers: dict[str, Entry[ItemWords]]) -> None:
    for at, said in enumerate(entry.words.gtins):
        if said.gtin in numbers:
            first = numbers[said.gtin].place
            entry.complain(
                f"`{said.gtin}` stands twice, first in {first}: a trade item number is one thing", "gtins", at
            )
        numbers.setdefault(said.gtin, entry)
