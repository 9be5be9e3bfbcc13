"""Figures that studies are held against, as data: a file a regulation, a section a kind of space."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from models.mapping import GridRules
from telemetry.errors import NotFound

FOLDER = Path(__file__).parent
_SHAPE = TypeAdapter(dict[str, GridRules])
_SECTION = {"flat-store": "room", "cold-store": "room", "vehicle": "vehicle", "box": "box"}


class RulesUnknown(NotFound):
    """There are no rules of this name for a mapping study."""


def names() -> tuple[str, ...]:
    """All there are, in order of the alphabet."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def rules_for(name: str, space_kind: str) -> GridRules:
    """What a regulation asks of a study of this kind of space. Raises RulesUnknown."""
    sections = _read(name) if name in names() else {}
    found = sections.get(_SECTION.get(space_kind, space_kind))
    if found is None:
        raise RulesUnknown(rules=name, space=space_kind)
    return found


@cache
def _read(name: str) -> dict[str, GridRules]:
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    return _SHAPE.validate_python(yaml.safe_load(text))
