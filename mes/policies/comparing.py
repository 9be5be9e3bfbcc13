"""Two policies side by side: every value by its place (`levels.alarm.high`), and which of them differ. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from mes.policies.words import RULE_LISTS, SINGLE_RULES
from models.policy import Cited, LevelRule, Policy

SHARED = (
    *("title_en", "title_zh", "unit", "deadband", "stale_s", "resolution"),
    *("completeness", "forecast_s", "power_s", "packs"),
)
"""What a policy says of itself as a whole."""
RULES: Mapping[str, type[Cited]] = {**SINGLE_RULES, **RULE_LISTS}
"""What rules a section may hold, apart from the levels."""
_ONE = ("rate", "kinetic", "cadence", "people", "permissions", "calibration", "remapping", "escalation")
_MANY = ("cumulative", "allowances", "contexts", "accuracy", "point_counts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One rule with its values, or what a policy says as a whole."""

    name: str  # levels.alarm, cumulative.1, rate, shared
    values: Mapping[str, object]  # by field
    citation: str
    confirm: bool = False

    @property
    def kind(self) -> str:
        """What people call it: without the number of a list's rule."""
        return self.name.split(".")[0] if self.name[-1].isdigit() else self.name

    @property
    def number(self) -> str:
        """Which of several rules of a kind, from 1; empty where there is one only."""
        return self.name.rpartition(".")[2] if self.name[-1].isdigit() else ""


def sections(policy: Policy) -> tuple[Section, ...]:
    """Everything a policy says, rule by rule."""
    shared = Section(
        name="shared",
        values=MappingProxyType({name: getattr(policy, name) for name in SHARED}),
        citation=policy.citation,
    )
    return shared, *(_section(name, rule) for name, rule in _rules(policy))


def values(policy: Policy) -> dict[str, object]:
    """Every value by its place; citations too, so that a new source for the same figure is a change."""
    found: dict[str, object] = {}
    for section in sections(policy):
        found |= {f"{section.name}.{name}": value for name, value in section.values.items()}
        found |= {f"{section.name}.citation": section.citation, f"{section.name}.confirm": section.confirm}
    return found


def differences(before: Policy, after: Policy) -> dict[str, tuple[object, object]]:
    """By place: what was said and what is; None where one says nothing there."""
    old, new = values(before), values(after)
    places = [*new, *(place for place in old if place not in new)]
    return {place: (old.get(place), new.get(place)) for place in places if old.get(place) != new.get(place)}


def same_figures(one: Policy, other: Policy) -> bool:
    """Whether both judge alike, whatever they cite."""
    return all(place.endswith((".citation", ".confirm")) for place in differences(one, other))


def _rules(policy: Policy) -> Iterator[tuple[str, Cited]]:
    yield from ((f"levels.{rule.level}", rule) for rule in policy.levels)
    for name in _MANY[:1]:
        yield from _numbered(policy, name)
    for name in _ONE:
        rule: Cited | None = getattr(policy, name)
        if rule is not None:
            yield name, rule
    for name in _MANY[1:]:
        yield from _numbered(policy, name)


def _numbered(policy: Policy, name: str) -> Iterator[tuple[str, Cited]]:
    rules: tuple[Cited, ...] = getattr(policy, name)
    yield from ((f"{name}.{number}", rule) for number, rule in enumerate(rules, 1))


def _section(name: str, rule: Cited) -> Section:
    hidden = {"citation", "confirm"} | ({"level"} if isinstance(rule, LevelRule) else set())
    said = {each.name: getattr(rule, each.name) for each in fields(rule) if each.name not in hidden}
    return Section(name=name, values=MappingProxyType(said), citation=rule.citation, confirm=rule.confirm)
