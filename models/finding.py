"""What a machine-health model hands to people: a failure mode, the window that shows it, and why it thinks so.

A finding advises. It opens a maintenance order at most, and never changes the status of a lot.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence for people, in both languages of the plant."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One signal's part in a finding."""

    signal: str
    unit: str  # UCUM
    observed: float
    expected: float
    deviations: float  # how many robust standard deviations it is from what was expected; positive: above


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A machine is not as it is when healthy."""

    model: str
    version: str
    failure_mode: str
    from_us: int  # first moment of the evidence, µs since 1970 UTC
    to_us: int  # its last
    score: float
    threshold: float  # a score at it or above is a finding
    contributions: tuple[Contribution, ...]  # greatest first
    words: Words

    def as_json(self) -> dict[str, object]:
        """For the evidence of a maintenance order: numbers, strings and lists only."""
        return asdict(self) | {"contributions": [asdict(each) for each in self.contributions]}
