"""A plant folder: YAML files in, a plant model or every mistake out.

Each file directly in the folder may have any of the sections; a section may be spread over files, `site` stands once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from mes.health.words import HealthWords
from mes.maintenance.words import CareWords, FailureCodeWords, PartWords, PlanWords
from mes.notifications.words import LadderWords, ShiftWords
from mes.plant import words
from mes.plant.policies import read_entry
from mes.recipes.words import RecipeWords
from mes.rounds.words import RoundWords
from telemetry.complaints import complain, near
from telemetry.lines import Document, Problem, Where, read

Words = TypeVar("Words", bound=BaseModel)

SECTIONS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "areas": words.AreaWords,
        "zones": words.ZoneWords,
        "equipment": words.EquipmentWords,
        "policies": words.PlantPolicy,
        "items": words.ItemWords,
        "recipes": RecipeWords,
        "people": words.PersonWords,
        "ladders": LadderWords,
        "shifts": ShiftWords,
        "maintenance_plans": PlanWords,
        "spare_parts": PartWords,
        "machine_care": CareWords,
        "machine_health": HealthWords,
        "rounds": RoundWords,
        "failure_codes": FailureCodeWords,
    }
)
"""Sections that are lists, and what an entry of each is."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[Words]):
    """What was read, and where it stands."""

    words: Words
    document: Document
    where: Where

    def complain(self, text: str, *steps: str | int) -> None:
        """Note a mistake at the entry, or at one of its fields."""
        self.document.complain((*self.where, *steps), text)

    @property
    def place(self) -> str:
        """File and line, for a mistake elsewhere that has to do with it."""
        return f"{self.document.file}:{self.document.line(self.where)}"


@dataclass(slots=True)
class Folder:
    """All entries of all files that are right in themselves, and the names of those that are not."""

    path: Path
    documents: list[Document] = field(default_factory=list)
    sites: list[Entry[words.SiteWords]] = field(default_factory=list)
    areas: list[Entry[words.AreaWords]] = field(default_factory=list)
    zones: list[Entry[words.ZoneWords]] = field(default_factory=list)
    equipment: list[Entry[words.EquipmentWords]] = field(default_factory=list)
    policies: list[Entry[words.PlantPolicy]] = field(default_factory=list)
    items: list[Entry[words.ItemWords]] = field(default_factory=list)
    recipes: list[Entry[RecipeWords]] = field(default_factory=list)
    people: list[Entry[words.PersonWords]] = field(default_factory=list)
    ladders: list[Entry[LadderWords]] = field(default_factory=list)
    shifts: list[Entry[ShiftWords]] = field(default_factory=list)
    maintenance_plans: list[Entry[PlanWords]] = field(default_factory=list)
    spare_parts: list[Entry[PartWords]] = field(default_factory=list)
    machine_care: list[Entry[CareWords]] = field(default_factory=list)
    machine_health: list[Entry[HealthWords]] = field(default_factory=list)
    rounds: list[Entry[RoundWords]] = field(default_factory=list)
    failure_codes: list[Entry[FailureCodeWords]] = field(default_factory=list)
    broken: dict[str, set[str]] = field(default_factory=dict)  # section -> names that a reference may still mean

    @property
    def problems(self) -> list[Problem]:
        """Every mistake found so far, by file and line."""
        return sorted({problem for document in self.documents for problem in document.problems})


def read_folder(path: Path) -> Folder:
    """Read every `*.yaml` directly in the folder. Never raises: what is wrong is in `problems`."""
    folder = Folder(path)
    files = sorted(path.glob("*.yaml")) if path.is_dir() else []
    if not files:
        folder.documents.append(Document(str(path), problems=[Problem(str(path), 1, "the folder has no *.yaml file")]))
    for file in files:
        document = read(file, file.name)
        folder.documents.append(document)
        _take_file(folder, document)
    return folder


def _take_file(folder: Folder, document: Document) -> None:
    if document.data is None:
        return
    if not isinstance(document.data, dict):
        document.complain((), f"a file is a mapping of sections; {near('', ['site', *SECTIONS])}")
        return
    for section, content in document.data.items():
        if section == "site":
            folder.sites.extend(_entry(folder, document, "site", words.SiteWords, ("site",), content))
        elif section in SECTIONS:
            _take_section(folder, document, section, content)
        else:
            document.complain((section,), f"section `{section}` is not known; {near(section, ['site', *SECTIONS])}")


def _take_section(folder: Folder, document: Document, section: str, content: Any) -> None:
    if not isinstance(content, list):
        document.complain((section,), f"`{section}` must be a list of entries that begin with `- `")
        return
    for at, raw in enumerate(content):
        if section == "policies":
            _take_policy(folder, document, (section, at), raw)
            continue
        getattr(folder, section).extend(_entry(folder, document, section, SECTIONS[section], (section, at), raw))


def _take_policy(folder: Folder, document: Document, where: Where, raw: Any) -> None:
    found = read_entry(document, where, raw)
    if found is None:
        folder.broken.setdefault("policies", set()).update(_names(raw))
    else:
        folder.policies.append(Entry(found, document, where))


def _entry(
    folder: Folder, document: Document, section: str, kind: type[Words], where: Where, raw: Any
) -> Iterator[Entry[Words]]:
    try:
        yield Entry(kind.model_validate(raw), document, where)
    except ValidationError as error:
        complain(document, kind, error, where)  # each becomes a problem with its line
        folder.broken.setdefault(section, set()).update(_names(raw))


def _names(raw: Any) -> Iterator[str]:
    """What an entry that is wrong would be called."""
    if isinstance(raw, dict):
        yield from (str(raw[key]) for key in ("code", "username", "product") if key in raw)
        if "area" in raw and "code" in raw:
            yield f"{raw['area']}/{raw['code']}"
