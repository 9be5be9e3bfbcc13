"""Whether the rules of a policy agree with each other. Pure: a policy in, mistakes out, each with where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from math import isfinite

from mes.policies.comparing import sections
from models.limits import UnsoundLimit
from models.policy import Level, LevelRule, Policy
from telemetry.lines import Where

Mistake = tuple[Where, str]


def mistakes(policy: Policy) -> Iterator[Mistake]:
    """Everything about its figures that can't be meant, as the way to a value and a sentence."""
    yield from _out_of_bounds(policy)
    gravity = [list(Level).index(rule.level) for rule in policy.levels]
    if gravity != sorted(set(gravity)):
        yield ("levels",), "each level stands once, the least first: warn, alarm, critical"
        return
    for rule in policy.levels:
        yield from _of_level(policy, rule)
    for inner, outer in pairwise(policy.levels):
        yield from _beyond(inner, outer)
    yield from _of_lists(policy)
    if policy.escalation and list(policy.escalation.rungs_s) != sorted(set(policy.escalation.rungs_s)):
        yield ("escalation", "rungs_s"), "`rungs` must grow: each is told later than the one before"
    if policy.kinetic and policy.unit != "Cel":
        yield ("kinetic",), f"`kinetic` judges temperatures in `Cel`, and the unit of this policy is `{policy.unit}`"


def _out_of_bounds(policy: Policy) -> Iterator[Mistake]:
    """Figures that make no sense by themselves, whichever rule they stand in."""
    for section in sections(policy):
        name, _, which = section.name.partition(".")
        if name == "shared":
            where: Where = ()
        else:
            where = (name, int(which) - 1) if which.isdigit() else (name, which) if which else (name,)
        for field, value in section.values.items():
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, int | float | Decimal) and not _is_within(field, float(number)):
                    yield (*where, field), f"`{field}` can't be {number:g}"


def _is_within(field: str, number: float) -> bool:
    if field == "completeness":
        return 0 <= number <= 1
    if not isfinite(number) or (field in _POSITIVE and number <= 0):
        return False
    return number >= 0 or field not in _NOT_NEGATIVE


_POSITIVE = frozenset(
    {
        *("stale_s", "resolution", "forecast_s", "power_s", "per_h", "over_s", "allowed_s", "window_s", "longest_s"),
        *("activation_kj_per_mol", "refresh_s", "storage_s", "transport_s", "out_s", "error", "least", "every_days"),
        *("step", "repeat_s", "longest_shelf_s"),
    }
)
_NOT_NEGATIVE = frozenset({"deadband", "low_delay_s", "high_delay_s", "rungs_s", "notice_days"})


def _of_lists(policy: Policy) -> Iterator[Mistake]:
    for at, cumulative in enumerate(policy.cumulative):
        if cumulative.allowed_s > cumulative.window_s:
            yield ("cumulative", at, "allowed_s"), "`allowed` is longer than `window`: it could never be reached"
    for at, allowance in enumerate(policy.allowances):
        yield from _in_order(("allowances", at), ("low", allowance.low), ("high", allowance.high))
        yield from _in_order(("allowances", at), ("floor", allowance.floor), ("ceiling", allowance.ceiling))
    for at, accuracy in enumerate(policy.accuracy):
        yield from _in_order(("accuracy", at), ("low", accuracy.low), ("high", accuracy.high))


def _of_level(policy: Policy, rule: LevelRule) -> Iterator[Mistake]:
    where: Where = ("levels", rule.level.value)
    if rule.low is None and rule.high is None:
        yield where, f"`{rule.level}` has neither `low` nor `high`: it would judge nothing"
        return
    disorder = list(_in_order(where, ("low", rule.low), ("high", rule.high)))
    yield from disorder or _evaluable(policy, rule, where)


def _evaluable(policy: Policy, rule: LevelRule, where: Where) -> Iterator[Mistake]:
    """What the evaluator would refuse, or what would end no episode, found before it is in force."""
    try:
        policy.limits(rule.level)
        fits = rule.low is None or rule.high is None or rule.high - rule.low >= policy.deadband
    except UnsoundLimit:
        fits = False
    if not fits:
        text = f"`deadband` is {policy.deadband:g}; at level `{rule.level}` it must fit between `low` and `high`"
        yield where, text


def _beyond(inner: LevelRule, outer: LevelRule) -> Iterator[Mistake]:
    """A graver level lies no nearer than a lesser one."""
    where: Where = ("levels", outer.level.value)
    if inner.low is not None and outer.low is not None and outer.low > inner.low:
        text = f"`low` of `{outer.level}` is {outer.low:g}; allowed: {inner.low:g} or less, as `{inner.level}` has it"
        yield (*where, "low"), text
    if inner.high is not None and outer.high is not None and outer.high < inner.high:
        text = (
            f"`high` of `{outer.level}` is {outer.high:g}; allowed: {inner.high:g} or more, as `{inner.level}` has it"
        )
        yield (*where, "high"), text


def _in_order(where: Where, low: tuple[str, float | None], high: tuple[str, float | None]) -> Iterator[Mistake]:
    if low[1] is not None and high[1] is not None and low[1] >= high[1]:
        text = f"`{low[0]}` is {low[1]:g} and `{high[0]}` is {high[1]:g}; `{low[0]}` must lie below `{high[0]}`"
        yield (*where, low[0]), text
