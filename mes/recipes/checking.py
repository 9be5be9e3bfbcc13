"""Whether the master batch records of a plant folder fit the plant that it describes, by file and line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mes.recipes.soundness import problems
from mes.recipes.words import RecipeWords

if TYPE_CHECKING:
    from mes.plant.folder import Folder


def check_recipes(folder: Folder) -> None:
    """Complain of what a record names that is not there, and of what can't be worked by."""
    if "items" in folder.broken or "equipment" in folder.broken:
        return  # what is wrong there may be what is missing here
    site = folder.sites[0].words.code if folder.sites else "site"
    items = {entry.words.code: entry.words.unit for entry in folder.items}
    machines = [(entry.words.path, point.measure) for entry in folder.equipment for point in entry.words.points]
    names = {f"{site}/{path}/{measure}" for path, measure in machines}
    for entry in folder.recipes:
        measures = {measure for _, measure in machines}
        for problem in problems(entry.words.record, items=items, measures=measures, points=names):
            entry.complain(problem.text(), *_where(entry.words, problem.place.split("/")))


def _where(said: RecipeWords, place: list[str]) -> Iterable[str | int]:
    """The way to a place of the record in its file."""
    match place:
        case ["lines", number]:
            return "lines", next(at for at, line in enumerate(said.lines) if str(line.number) == number)
        case ["operations", code, *step]:
            at = next(at for at, each in enumerate(said.operations) if each.code == code)
            steps = [i for i, each in enumerate(said.operations[at].steps) if [each.code] == step]
            return ("operations", at, "steps", steps[0]) if steps else ("operations", at)
        case [name] if name in type(said).model_fields:
            return (name,)
    return ()
