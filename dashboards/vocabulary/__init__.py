"""What codes are called by people: a module a field, with WORDS (by kind of code), GUARDS and DONE where it has any.

English is the text that is translated. A field of its own adds its module to FIELDS.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from dashboards.vocabulary import (
    alarms,
    barcodes,
    corrective,
    edges,
    execution,
    findings,
    forecasts,
    gauges,
    health,
    items,
    maintenance,
    making,
    mapping,
    materials,
    notifications,
    people,
    policies,
    proof,
    purchasing,
    quality,
    recalls,
    recipes,
    release,
    reports,
    rounds,
    sensors,
    shipments,
    stability,
    trail,
    trips,
)

FIELDS: tuple[ModuleType, ...] = (
    release,
    recipes,
    alarms,
    barcodes,
    corrective,
    edges,
    execution,
    findings,
    items,
    forecasts,
    gauges,
    health,
    maintenance,
    making,
    mapping,
    materials,
    notifications,
    people,
    policies,
    proof,
    purchasing,
    quality,
    recalls,
    reports,
    rounds,
    stability,
    sensors,
    shipments,
    trail,
    trips,
)


class CodeNamedTwice(Exception):
    """Two fields name the same code, guard or answer."""


def _words() -> dict[str, Mapping[str, str]]:
    """Kinds of code together; several fields may add codes of one kind (`audit_action`), each code once."""
    found: dict[str, dict[str, str]] = {}
    for field in FIELDS:
        for kind, codes in getattr(field, "WORDS", {}).items():
            found[kind] = _joined(found.get(kind, {}), codes)
    return {kind: MappingProxyType(codes) for kind, codes in found.items()}


def _sentences(name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in FIELDS:
        found = _joined(found, getattr(field, name, {}))
    return found


def _joined(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    if twice := one.keys() & other.keys():
        raise CodeNamedTwice(", ".join(sorted(twice)))
    return {**one, **other}


WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(_words())
"""By kind of code: code to English word. A code that is not here is shown as it is."""
GUARDS: Mapping[str, str] = MappingProxyType(_sentences("GUARDS"))
"""By guard: what must be true, and what to do about it."""
DONE: Mapping[str, str] = MappingProxyType(_sentences("DONE"))
"""By step: what is said when it is done."""
