"""What maintenance is worth, in figures: each with its formula in words, and None where there is nothing to divide.

Pure. MTBF and MTTR as ISO 22400-2 has them: running between failures, repair for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

FOUR = Decimal("0.0001")
SIX = Decimal("0.000001")


class Verdict(StrEnum):
    CONFIRMED = "confirmed"  # what the model said was so
    FALSE = "false"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Of a machine, or of several together, over some hours."""

    hours: Decimal  # that were looked at
    failures: int
    repair_h: Decimal

    @property
    def mtbf_h(self) -> Decimal | None:
        """(hours - repair) / failures."""
        return None if not self.failures else (self.hours - self.repair_h) / self.failures

    @property
    def mttr_h(self) -> Decimal | None:
        """Repair / failures."""
        return None if not self.failures else self.repair_h / self.failures

    @property
    def availability(self) -> Decimal | None:
        """MTBF / (MTBF + MTTR); None without a failure."""
        if self.mtbf_h is None or self.mttr_h is None or not self.mtbf_h + self.mttr_h:
            return None
        return (self.mtbf_h / (self.mtbf_h + self.mttr_h)).quantize(SIX)


def reliability(hours: Decimal, repairs_h: Sequence[Decimal]) -> Reliability:
    """One repair a failure. More repair than hours is cut: a machine can't be down for longer than it was looked at."""
    return Reliability(hours=hours, failures=len(repairs_h), repair_h=min(hours, sum(repairs_h, Decimal(0))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """Of planned orders whose day lies in a time: how many were done by it."""

    due: int
    in_time: int
    late: int  # done, but after their day
    skipped: int  # or called off
    open: int  # their day has passed

    @property
    def share(self) -> Decimal | None:
        return None if not self.due else (Decimal(self.in_time) / self.due).quantize(FOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Of advice: what mechanics said of it. Who is unsure counts for neither side."""

    advised: int
    confirmed: int
    false: int
    unsure: int

    @property
    def unjudged(self) -> int:
        return self.advised - self.confirmed - self.false - self.unsure

    @property
    def share(self) -> Decimal | None:
        judged = self.confirmed + self.false
        return None if not judged else (Decimal(self.confirmed) / judged).quantize(FOUR)


def precision(advised: int, verdicts: Iterable[str]) -> Precision:
    """`verdicts`: the last word on each piece of advice that has one."""
    said = list(verdicts)
    return Precision(advised=advised, **{name.value: said.count(name) for name in Verdict})
