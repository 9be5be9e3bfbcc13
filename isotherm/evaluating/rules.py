"""The policy that a file is held against: a pack by name, a file of one's own, and what the command line changes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

from mes.policies.reading import names, policy_named, read_policy
from models.policy import Level, LevelRule, Policy
from telemetry.errors import Invalid

DEFAULT = "cold_2_8"

_DURATION = re.compile(
    r"(?:p(?=[\dt]))?(?:(\d+(?:\.\d+)?)\s?d(?:ays?)?)?\s?t?"
    r"(?:(\d+(?:\.\d+)?)\s?h(?:ours?|rs?)?)?\s?(?:(\d+(?:\.\d+)?)\s?m(?:in(?:utes?)?)?)?\s?"
    r"(?:(\d+(?:\.\d+)?)\s?s(?:ec(?:onds?)?)?)?",
    re.IGNORECASE,
)
_PARTS_S = (86_400, 3_600, 60, 1)


class DurationUnreadable(Invalid):
    """This is no duration. Examples: 30m, 90s, 1h30m, PT30M, or seconds as a number."""


class LimitUnreadable(Invalid):
    """A limit is a number in °C, or `none` for no limit on that side."""


class LimitsCrossed(Invalid):
    """The low limit is not below the high one, or the deadband is wider than both are apart. Give --low and --high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the command line says instead of the policy; None leaves it as it is."""

    low: str | None = None
    high: str | None = None
    delay: str | None = None
    deadband: float | None = None
    stale: str | None = None

    @property
    def said(self) -> dict[str, str | float]:
        """Those that say something, by option."""
        given: dict[str, str | float | None] = {"low": self.low, "high": self.high, "delay": self.delay}
        given |= {"deadband": self.deadband, "stale": self.stale}
        return {name: value for name, value in given.items() if value is not None}


def duration_s(text: str) -> float:
    """Seconds of `30m`, `90s`, `1h30m`, `PT30M`, `600`. Raises DurationUnreadable."""
    bare = text.strip()
    found = _DURATION.fullmatch(bare)
    if re.fullmatch(r"\d+(\.\d+)?", bare):
        return float(bare)
    if found is None or not any(found.groups()):
        raise DurationUnreadable(duration=text)
    return sum(float(part or 0) * seconds for part, seconds in zip(found.groups(), _PARTS_S, strict=True))


def policy_of(name: str | None) -> Policy:
    """A pack, in a version if `@` names one; else the policy file of this path. Raises PolicyUnknown, OSError."""
    wanted = DEFAULT if name is None else name
    if wanted.partition("@")[0] not in names() and (Path(wanted).suffix or "/" in wanted or Path(wanted).is_file()):
        return read_policy(Path(wanted))
    return policy_named(wanted)


def changed(policy: Policy, changes: Changes) -> tuple[Policy, tuple[str, ...]]:
    """The policy as the command line has it, and the names of its sections that no longer hold.

    New limits are the alarm level's; the other levels, sums of time and allowances speak of the old ones, and go.
    """
    told = policy
    if changes.stale is not None:
        told = replace(told, stale_s=duration_s(changes.stale))
    if changes.deadband is not None:
        told = replace(told, deadband=changes.deadband)
    if changes.delay is not None:
        delay_s = duration_s(changes.delay)
        alarm = replace(_alarm(told), low_delay_s=delay_s, high_delay_s=delay_s)
        told = _with_alarm(told, alarm)
    gone: tuple[str, ...] = ()
    if changes.low is not None or changes.high is not None:
        alarm = _alarm(told)
        if changes.low is not None:
            alarm = replace(alarm, low=limit_c(changes.low), low_inclusive=False)
        if changes.high is not None:
            alarm = replace(alarm, high=limit_c(changes.high), high_inclusive=False)
        sections = ("warn", told.level(Level.WARN)), ("critical", told.level(Level.CRITICAL))
        gone = tuple(n for n, s in (*sections, ("cumulative", told.cumulative), ("allowances", told.allowances)) if s)
        told = replace(told, levels=(alarm,), cumulative=(), allowances=())
    _check(told)
    return told, gone


def limit_c(text: str) -> float | None:
    """A limit of the command line. Raises LimitUnreadable."""
    bare = text.strip().replace("\u2212", "-")
    if bare.lower() == "none":
        return None
    found = re.fullmatch(r"([+-]?\d+(?:[.,]\d+)?)\s?(°?C)?", bare)
    if found is None:
        raise LimitUnreadable(limit=text)
    return float(found[1].replace(",", "."))


def _alarm(policy: Policy) -> LevelRule:
    return policy.level(Level.ALARM) or LevelRule(level=Level.ALARM, citation="")


def _with_alarm(policy: Policy, alarm: LevelRule) -> Policy:
    others = tuple(rule for rule in policy.levels if rule.level is not Level.ALARM)
    return replace(policy, levels=(*others, alarm))


def _check(policy: Policy) -> None:
    alarm = _alarm(policy)
    if alarm.low is not None and alarm.high is not None and alarm.high - alarm.low < max(policy.deadband, 1e-9):
        raise LimitsCrossed(low=alarm.low, high=alarm.high, deadband=policy.deadband)
    if not isfinite(policy.deadband) or policy.deadband < 0:
        raise LimitUnreadable(deadband=policy.deadband)
    if policy.stale_s <= 0:
        raise DurationUnreadable(stale=policy.stale_s)
