"""What a row of the audit trail changed, field by field, for a person who reads the trail. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dashboards.language import LANGUAGES
from mes.audit.service import Entry

Change = tuple[str, str | None, str]  # field, before (None: there was nothing), after


def changes(entry: Entry, language: str) -> list[Change]:
    """Fields that are not the same after as before, without those for readers of the other language.

    A list or a record within is told as JSON.
    """
    before, after = _fields(entry.before), _fields(entry.after)
    others = tuple(f"_{each}" for each in LANGUAGES if each != language)
    names = dict.fromkeys((*after, *before))
    return [
        (name, _told(before[name]) if name in before else None, _told(after.get(name)))
        for name in names
        if before.get(name) != after.get(name) and not name.endswith(others)
    ]


def _fields(facts: object) -> Mapping[str, object]:
    return facts if isinstance(facts, Mapping) else {}


def _told(fact: object) -> str:
    if fact is None:
        return "–"
    return fact if isinstance(fact, str) else json.dumps(fact, ensure_ascii=False)
