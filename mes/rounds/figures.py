"""What rounds are worth, in figures: each with its formula, and None where there is nothing to divide. Pure.

Rounds whose window has ended count, each mandatory item once; what was looked at late was missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

FOUR = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRound:
    """What is counted of a round that is over."""

    whole: bool  # every mandatory item was looked at in time
    items: int  # mandatory ones
    missed: int  # of them
    answers: int  # items with an answer, late ones too; the last answer of each counts
    failed: int  # of the answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """An order that a failed item asked for."""

    due_on: date | None
    done_on: date | None
    off: bool = False  # rejected or called off


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFigures:
    rounds: int
    whole: int
    items: int
    missed: int
    answers: int
    failed: int
    remedies_due: int  # done, or their day has passed
    remedies_in_time: int

    @property
    def completion(self) -> Decimal | None:
        """(Mandatory items - missed) / mandatory items."""
        return _share(self.items - self.missed, self.items)

    @property
    def on_time(self) -> Decimal | None:
        """Rounds that were whole in time / rounds."""
        return _share(self.whole, self.rounds)

    @property
    def failure_rate(self) -> Decimal | None:
        """Answers not in order / answers."""
        return _share(self.failed, self.answers)

    @property
    def remedied_in_time(self) -> Decimal | None:
        """Orders of failed items done by their day / those done or past their day."""
        return _share(self.remedies_in_time, self.remedies_due)


def figures(rounds: Iterable[OneRound], remedies: Iterable[Remedy], today: date) -> RoundFigures:
    """Over rounds that are over, and the orders that they asked for; `today` in the plant's calendar."""
    told = list(rounds)
    asked = [each for each in remedies if not each.off]
    due = [r for r in asked if r.done_on is not None or (r.due_on is not None and r.due_on < today)]
    in_time = [r for r in due if r.done_on is not None and (r.due_on is None or r.done_on <= r.due_on)]
    return RoundFigures(
        rounds=len(told),
        whole=sum(each.whole for each in told),
        items=sum(each.items for each in told),
        missed=sum(each.missed for each in told),
        answers=sum(each.answers for each in told),
        failed=sum(each.failed for each in told),
        remedies_due=len(due),
        remedies_in_time=len(in_time),
    )


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(FOUR) if whole else None
