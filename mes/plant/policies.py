"""The section `policies` of a plant folder, and the packs that entries name instead of a policy of the plant's own.

An entry is a whole policy, or one upon a `base`, or the short form with one pair of limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mes.plant.words import EntryWords, LimitWords, PlantPolicy
from mes.policies.reading import names, pinned_name, policy_named, words_of
from models.limits import UnsoundLimit
from models.policy import Policy
from telemetry.complaints import complain
from telemetry.lines import Document, Where

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""A pack that a zone names by itself judges what was stored before as well."""
SHORT = frozenset({"low", "high", "critical_low", "critical_high", "delay_s", "critical_delay_s", "stale_s"})
"""Keys of the short form that the long form has elsewhere."""
Words = TypeVar("Words", bound=BaseModel)


def read_entry(document: Document, where: Where, raw: Any) -> PlantPolicy | None:
    """One entry of `policies`; None where its mistakes have been noted."""
    is_short = not isinstance(raw, dict) or bool(SHORT & raw.keys())
    found = (_short if is_short else _long)(document, where, raw)
    if found and found.code in names():
        text = f"`{found.code}` is a pack's name; give a policy of your own another `code`, with `base: {found.code}`"
        document.complain((*where, "code"), text)
        return None
    return found


def named_packs(named: Iterable[str | None], own: Iterable[PlantPolicy]) -> Iterator[PlantPolicy]:
    """The packs among these names of policies, each once, as policies of the plant."""
    codes = {policy.code for policy in own}
    for name in sorted({name for name in named if name and name not in codes}):
        policy = policy_named(name)
        since = {"version": policy.version, "effective_from": ALWAYS, "reason": policy.citation}
        yield PlantPolicy(code=policy.code, policy=policy, **since)


def pinned(entry: PlantPolicy, own: Iterable[str]) -> PlantPolicy:
    """The packs beside it in the version that they have now: what holds for a version never changes."""
    codes = set(own)
    packs = tuple(pinned_name(name) if name in names() and name not in codes else name for name in entry.policy.packs)
    return entry.model_copy(update={"policy": replace(entry.policy, packs=packs)})


def _short(document: Document, where: Where, raw: Any) -> PlantPolicy | None:
    words = _valid(document, where, LimitWords, raw)
    if words is None:
        return None
    wrong = list(_disorder(words)) or list(_unsound(words))
    for steps, text in wrong:
        document.complain((*where, *steps), text)
    return None if wrong else _plant_policy(words, words.policy)


def _long(document: Document, where: Where, raw: dict[str, Any]) -> PlantPolicy | None:
    beside = EntryWords.model_fields.keys()
    entry = _valid(document, where, EntryWords, {key: value for key, value in raw.items() if key in beside})
    rest = {key: value for key, value in raw.items() if key not in beside}
    code, version = (entry.code, entry.version) if entry else ("wrong", 1)
    said = {"citation": raw.get("reason", "")} | rest | {"code": code, "version": version}
    words = words_of(document, where, said)
    if words and not words.levels.alarm:
        document.complain(where, f"policy `{code}` has no level `alarm`: it would judge nothing")
        return None
    return _plant_policy(entry, words.policy()) if entry and words else None


def _plant_policy(entry: EntryWords, policy: Policy) -> PlantPolicy:
    return PlantPolicy(policy=policy, **{name: getattr(entry, name) for name in EntryWords.model_fields})


def _valid(document: Document, where: Where, kind: type[Words], raw: Any) -> Words | None:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        complain(document, kind, error, where)  # each becomes a problem with its line
        return None


def _disorder(words: LimitWords) -> Iterator[tuple[Where, str]]:
    yield from _in_order("low", words.low, "high", words.high)
    yield from _in_order("critical_low", words.critical_low, "critical_high", words.critical_high)
    yield from _in_order("critical_low", words.critical_low, "low", words.low)
    yield from _in_order("high", words.high, "critical_high", words.critical_high)
    if words.low is None and words.high is None:
        yield (), f"policy `{words.code}` has neither `low` nor `high`: it would judge nothing"


def _in_order(low: str, low_value: float | None, high: str, high_value: float | None) -> Iterator[tuple[Where, str]]:
    if low_value is not None and high_value is not None and low_value >= high_value:
        yield (low,), f"`{low}` is {low_value:g} and `{high}` is {high_value:g}; `{low}` must lie below `{high}`"


def _unsound(words: LimitWords) -> Iterator[tuple[Where, str]]:
    """What the evaluator would refuse, found before it is applied."""
    try:
        for rule in words.policy.levels:
            words.policy.limits(rule.level)
    except UnsoundLimit:
        yield ("deadband",), f"`deadband` is {words.deadband:g}; allowed: at most the distance from low to high"
