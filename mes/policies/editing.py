"""A policy as the texts of a form and back: what may be retyped, each by its place (`levels.alarm.high`). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import isfinite
from typing import Any

from mes.policies.comparing import RULES, SHARED, sections
from mes.policies.document import document_of, policy_of
from mes.policies.soundness import mistakes
from mes.policies.words import duration, seconds
from models.policy import LevelRule, Policy


class Fault(StrEnum):
    """What is wrong with a text."""

    UNREADABLE = "unreadable"  # no number, no duration
    DISAGREES = "disagrees"  # with other figures of the policy


@dataclass(frozen=True, slots=True)
class Edited:
    """What the texts say: a policy, or what is wrong, by place."""

    policy: Policy | None
    faults: Mapping[str, Fault]


def texts(policy: Policy) -> dict[str, str]:
    """Every value that may be retyped. Units, sides and yes-or-no values are not: another such rule is another rule."""
    found: dict[str, str] = {}
    for section in sections(policy):
        kinds = _kinds(section.name)
        found |= {
            f"{section.name}.{name}": text_of(name, value)
            for name, value in section.values.items()
            if kinds.get(name) in _READ
        }
        found[f"{section.name}.citation"] = section.citation
    return found


def edited(policy: Policy, said: Mapping[str, str]) -> Edited:
    """The policy with these texts in place of its own; places that it doesn't have are not looked at."""
    document, faults, now = document_of(policy), dict[str, Fault](), texts(policy)
    for place in (place for place in now if said.get(place, now[place]).strip() != now[place]):
        section, _, name = place.rpartition(".")
        part = _part(document, section)
        try:
            part[name] = _value(section, name, said[place].strip())
            if "confirm" in part:
                part["confirm"] = False  # who retypes a rule has read its source
        except (ValueError, InvalidOperation):
            faults[place] = Fault.UNREADABLE
    if faults:
        return Edited(None, faults)
    made = policy_of(document)
    wrong = {_place(where): Fault.DISAGREES for where, _ in mistakes(made)}
    return Edited(None if wrong else made, wrong)


def text_of(name: str, value: object) -> str:
    """A value as a form shows it and takes it back."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(text_of(name, each) for each in value)
    if isinstance(value, float):
        return duration(value) if name.endswith("_s") else f"{value:g}"
    return str(value)


def _value(section: str, name: str, text: str) -> Any:
    if name == "citation":
        return _written(text)
    kind = _kinds(section)[name]
    if kind.endswith("| None") and not text:
        return None
    return _READ[kind](text) if not name.endswith("_s") else _times(kind, text)


def _times(kind: str, text: str) -> Any:
    return [seconds(part) for part in _parts(text)] if kind.startswith("tuple") else seconds(text)


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _resolution(text: str) -> str:
    if Decimal(text) <= 0 or not Decimal(text).is_finite():
        raise ValueError(text)
    return text


def _written(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


_READ: Mapping[str, Any] = {
    "float": _number,
    "float | None": _number,
    "int": int,
    "Decimal": _resolution,
    "str": _written,
    "tuple[float, ...]": _parts,
    "tuple[int, ...]": lambda text: [int(part) for part in _parts(text)],
    "tuple[str, ...]": _parts,
}
"""By the type of a field: how its text is read. What is not here is not retyped."""
_FIXED = frozenset({"unit", "side", "role", "space"})


def _kinds(section: str) -> dict[str, str]:
    """By name: the types of a section's values, as the rule declares them."""
    name = section.split(".")[0]
    rule = Policy if section == "shared" else LevelRule if name == "levels" else RULES[name]
    wanted = SHARED if section == "shared" else [each.name for each in fields(rule)]
    return {each.name: str(each.type) for each in fields(rule) if each.name in wanted and each.name not in _FIXED}


def _part(document: dict[str, Any], section: str) -> dict[str, Any]:
    name, _, which = section.partition(".")
    if name == "shared":
        return document
    if name == "levels":
        part: dict[str, Any] = next(rule for rule in document["levels"] if rule["level"] == which)
        return part
    return document[name][int(which) - 1] if which else document[name]  # type: ignore[no-any-return]


def _place(where: tuple[str | int, ...]) -> str:
    """The way to a value as a place: lists count from 1, and what is said of the whole policy is shared."""
    steps = [str(step + 1) if isinstance(step, int) else step for step in where]
    return ".".join(steps if len(steps) > 1 else ["shared", *steps])
