"""Policies as tables: a block a rule, a row a value, a column a policy, and which cells differ from the one before."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dashboards.words import word
from mes.policies.comparing import Section, sections
from mes.policies.words import duration
from models.policy import Policy
from telemetry import units

IN_UNIT = frozenset({"low", "high", "limit", "floor", "ceiling", "deadband", "resolution"})
"""Values in the unit of their policy."""
HIDDEN = frozenset({"title_en", "title_zh", "unit", "packs"})
"""What stands elsewhere on the page."""


@dataclass(frozen=True, slots=True)
class Column:
    """One policy with what stands above it."""

    title: str
    policy: Policy
    effective_from: datetime | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    value: object  # None: nothing is said
    differs: bool  # from the column before


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One rule over all columns; citation and confirm are those of the last column that has the rule."""

    name: str
    kind: str
    number: str
    rows: tuple[Row, ...]
    citation: str
    confirm: bool
    cites_anew: bool  # the last column cites something else than the one before
    unit: str


def blocks(columns: Sequence[Column]) -> list[Block]:
    """The policies beside each other, rule by rule, in the order of the last one; rules that it lacks come after."""
    by_column = [{section.name: section for section in sections(column.policy)} for column in columns]
    names = dict.fromkeys(name for found in reversed(by_column) for name in found)
    alone = {name for name in names if name.endswith(".1") and f"{name[:-1]}2" not in names}
    return [_block(name, columns, [found.get(name) for found in by_column], name in alone) for name in names]


def _block(name: str, columns: Sequence[Column], over: Sequence[Section | None], is_alone: bool) -> Block:
    there = [section for section in over if section]
    last, policy = there[-1], columns[-1].policy
    fields = dict.fromkeys(field for section in reversed(there) for field in section.values if field not in HIDDEN)
    rows = (Row(field, _cells(field, over)) for field in fields)
    earlier = there[-2].citation if len(there) > 1 else last.citation
    return Block(
        name=name,
        kind=last.kind,
        number="" if is_alone else last.number,
        rows=tuple(row for row in rows if any(is_said(row.name, cell.value) for cell in row.cells)),
        citation=last.citation,
        confirm=last.confirm,
        cites_anew=last.citation != earlier,
        unit=policy.unit,
    )


def _cells(field: str, over: Sequence[Section | None]) -> tuple[Cell, ...]:
    values = [section.values.get(field) if section else None for section in over]
    return tuple(Cell(value, at > 0 and value != values[at - 1]) for at, value in enumerate(values))


def is_said(name: str, value: object) -> bool:
    """Whether a value says anything: an inclusive limit is told, a usual one needn't be."""
    return value is not None and value != () and not (name.endswith("inclusive") and value is False)


def told(name: str, value: object, unit: str, translate: Callable[[str], str]) -> str:
    """A value as a person reads it, with its unit."""
    if not is_said(name, value):
        return "–"
    if isinstance(value, tuple):
        return ", ".join(told(name, each, unit, translate) for each in value)
    if isinstance(value, bool):
        return word("policy_allowed" if name in {"manual_import", "correction"} else "policy_yes", value, translate)
    if isinstance(value, float | int | Decimal):
        return _figure(name, value, unit, translate)
    return word("policy_code", value, translate)


def unit_of(name: str, unit: str) -> str:
    """What a value is counted in, beside its field; empty for times, which say it themselves, and for plain numbers."""
    if name in IN_UNIT:
        return units.shown(unit)
    if name == "per_h":
        return f"{units.shown(unit)}/h"
    return _UNITS.get(name, "")


_UNITS = {"limit_c": "°C", "activation_kj_per_mol": "kJ/mol"}
_UNIT_OF_TIME = {"m": "min"}
_PART = re.compile(r"([0-9.]+)([smhd])")


def _figure(name: str, value: float | Decimal, unit: str, translate: Callable[[str], str]) -> str:
    if name.endswith("_s"):
        parts = _PART.findall(duration(float(value)))
        return " ".join(f"{number} {translate(_UNIT_OF_TIME.get(part, part))}" for number, part in parts)
    if name == "completeness":
        return f"{float(value) * 100:g} %"
    figure = f"{value:g}" if isinstance(value, float | int) else f"{value.normalize():f}"
    return f"{figure} {unit_of(name, unit)}".rstrip()
