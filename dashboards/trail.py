"""What a row of the audit trail changed, field by field, for a person who reads the trail. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from dashboards.language import LANGUAGES
from dashboards.words import WORDS, guard, word

_LONGEST = 160
_FIRST = 4
"""New facts that are told at once; the others are among the raw ones."""
_FOR_MACHINES = re.compile(r"(sha256|hash|digest)$|^(id|version)$|_ids?$")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*")
_STATUS = MappingProxyType(
    {
        "batch": "record_status",
        "batch_operation": "operation_status",
        "batch_record": "record_status",
        "batch_step": "step_status",
        "capa": "capa_status",
        "change": "change_status",
        "complaint": "complaint_status",
        "deviation": "deviation_status",
        "dispensing": "dispensing_status",
        "document": "document_standing",
        "equipment": "equipment_status",
        "excursion": "excursion_status",
        "health_model": "health_model_status",
        "maintenance_order": "order_status",
        "mapping_study": "study_status",
        "order": "work_order_status",
        "recall": "recall_status",
        "recipe": "recipe_status",
        "round": "round_status",
        "shipment": "shipment_status",
        "trip": "trip_status",
    }
)
"""By kind of record: what kind of code its status is."""
_CODES = MappingProxyType(
    {
        "cause_method": "cause_method",
        "class": "change_class",
        "department": "department",
        "departments": "department",
        "disposition": "disposition",
        "meaning": "meaning",
        "priority": "priority",
        "quality_status": "quality_status",
        "role": "role",
        "roles": "role",
        "severity": "severity",
        "verdict": "value_verdict",
    }
)
"""By field: what kind of code it holds."""


class Row(Protocol):
    """A row of the trail: as it is stored, or as a document holds it."""

    @property
    def entity(self) -> str: ...
    @property
    def before(self) -> object: ...
    @property
    def after(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Change:
    """One field, in the reader's words. `before` is None where there was nothing."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """A row's facts: what a person reads at once, and all that differs as it is kept, as (field, before, after)."""

    changes: tuple[Change, ...]
    raw: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: language, a translator into it, and the zone of the times."""

    language: str
    translate: Callable[[str], str]
    zone: ZoneInfo

    def told(self, entry: Row) -> Told:
        """The facts of a row. What was there before and is another now is always told, whatever it is."""
        before, after = _fields(entry.before), _fields(entry.after)
        raw = tuple((n, _raw(before, n), _raw(after, n)) for n in _differing(before, after, self.language))
        changed = [self._change(entry, name, before, after) for name, _, _ in raw if name in before]
        new = (
            self._change(entry, name, before, after)
            for name, _, _ in raw
            if name not in before and _speaks(after, name)
        )
        changes = (*changed, *(each for each, _ in zip(new, range(_FIRST), strict=False)))
        is_all_told = [(each.before or "", each.after) for each in changes] == [(was, now) for _, was, now in raw]
        return Told(changes, () if is_all_told else raw)

    def _change(self, entry: Row, name: str, before: Mapping[str, object], after: Mapping[str, object]) -> Change:
        called = word("audit_field", name, self.translate)
        was = self._said(entry.entity, name, before[name]) if name in before else None
        return Change(
            called if called != name else name.replace("_", " "), was, self._said(entry.entity, name, after.get(name))
        )

    def _said(self, entity: str, name: str, fact: object) -> str:
        if fact is None or fact == "":
            return "–"
        if isinstance(fact, bool):
            return self.translate("yes") if fact else self.translate("no")
        if isinstance(fact, list) and all(isinstance(each, str) for each in fact):
            return ", ".join(self._said(entity, name, each) for each in fact) or "–"
        if not isinstance(fact, str):
            return _short(json.dumps(fact, ensure_ascii=False))
        if name == "failed_guards":
            return guard(fact, self.translate)
        kind = _STATUS.get(entity) if name == "status" else _CODES.get(name)
        return word(kind, fact, self.translate) if kind else _short(self._moment(fact))

    def _moment(self, text: str) -> str:
        if not _STAMP.fullmatch(text):
            return text
        at = datetime.fromisoformat(text)
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}" if at.tzinfo else text


def _differing(before: Mapping[str, object], after: Mapping[str, object], language: str) -> Iterator[str]:
    """Fields that are not the same after as before, without those for readers of the other language."""
    others = tuple(f"_{each}" for each in LANGUAGES if each != language)
    for name in dict.fromkeys((*after, *before)):
        if before.get(name) != after.get(name) and not name.endswith(others):
            yield name


def _speaks(after: Mapping[str, object], name: str) -> bool:
    """Whether a new fact says something to a person: it has a word, and is no key, list of records or nothing."""
    fact = after.get(name)
    return (
        name in WORDS["audit_field"]
        and not _FOR_MACHINES.search(name)
        and fact not in (None, "", [], {})
        and not isinstance(fact, Mapping)
    )


def _fields(facts: object) -> Mapping[str, object]:
    """As the trail has them; a document holds them as JSON."""
    read = json.loads(facts) if isinstance(facts, str) and facts else facts
    return read if isinstance(read, Mapping) else {}


def _raw(facts: Mapping[str, object], name: str) -> str:
    if name not in facts:
        return ""
    fact = facts[name]
    return fact if isinstance(fact, str) else json.dumps(fact, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
