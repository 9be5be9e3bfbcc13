"""What a value is worth against the limits of its step. Pure.

A value on a limit is within it. Numbers are compared as decimals; what a point said is first rounded to its resolution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mes.batches.model import Verdict
from mes.recipes.document import Limits, Step, StepKind

_GRAVITY = (Verdict.WITHIN, Verdict.UNJUDGED, Verdict.ALERT, Verdict.DATA_GAP, Verdict.OUT)


def judged(number: Decimal, limits: Limits) -> Verdict:
    """Against action limits first, then against alert limits."""
    if limits == Limits():
        return Verdict.UNJUDGED
    if _beyond(number, limits.low, limits.high):
        return Verdict.OUT
    return Verdict.ALERT if _beyond(number, limits.alert_low, limits.alert_high) else Verdict.WITHIN


def judged_text(text: str, step: Step) -> Verdict:
    """A choice against what is accepted; other texts are not judged."""
    if step.kind is not StepKind.CHOICE or not step.accepted:
        return Verdict.UNJUDGED
    return Verdict.WITHIN if text in step.accepted else Verdict.OUT


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest; of none: unjudged."""
    return max(verdicts, key=_GRAVITY.index, default=Verdict.UNJUDGED)


def rounded(value: float, resolution: Decimal) -> Decimal:
    """A measured value as its sensor tells it (half even), for comparing."""
    exact = Decimal(repr(value))
    return (exact / resolution).to_integral_value() * resolution if resolution else exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What an operation, or the batch, has made of what it could have made."""

    operation: str | None  # code; None: the whole batch
    good: Decimal | None
    rejected: Decimal | None
    sampled: Decimal | None
    expected: Decimal | None  # None: it can't be told, since the units differ
    unit: str
    pct: Decimal | None  # good / expected * 100
    accounted_pct: Decimal | None  # reconciliation: (good + rejected + sampled) / expected * 100
    low_pct: Decimal | None
    high_pct: Decimal | None

    @property
    def verdict(self) -> Verdict:
        """In its limits; unknown is never within them (GMP 2010, article 187)."""
        if self.low_pct is None and self.high_pct is None:
            return Verdict.UNJUDGED
        if self.pct is None:
            return Verdict.OUT
        return judged(self.pct, Limits(low=self.low_pct, high=self.high_pct))


def yield_of(
    operation: str | None,
    made: Sequence[Decimal | None],
    *,
    expected: Decimal | None,
    unit: str,
    low_pct: Decimal | None,
    high_pct: Decimal | None,
) -> Yield:
    """A yield from `made`: good, rejected, sampled (None: not said), in percent with two decimals."""
    good, rejected, sampled = made
    known = [each for each in made if each is not None]
    return Yield(
        operation=operation,
        good=good,
        rejected=rejected,
        sampled=sampled,
        expected=expected,
        unit=unit,
        pct=_pct(good, expected),
        accounted_pct=_pct(sum(known, Decimal(0)), expected) if good is not None else None,
        low_pct=low_pct,
        high_pct=high_pct,
    )


def _pct(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or not whole:
        return None
    return (part * 100 / whole).quantize(Decimal("0.01"))


def _beyond(number: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is not None and number < low) or (high is not None and number > high)
