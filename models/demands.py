"""What several policies ask together of one place: of each rule the strictest, with the citation it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import eq

from models.point_count import least_points
from models.policy import Accuracy, Cadence, Calibration, Cited, People, Permissions, PointCount, Policy, Remapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """The strictest of some policies. What none of them asks is None or empty."""

    people: People | None = None
    no_manual_import: Permissions | None = None  # the rule that forbids it
    no_correction: Permissions | None = None  # the rule that forbids it
    cadence: Cadence | None = None
    calibration: Calibration | None = None
    remapping: Remapping | None = None
    accuracy: tuple[Accuracy, ...] = ()
    point_counts: tuple[PointCount, ...] = ()

    @property
    def least_people(self) -> int:
        """How many persons an alarm must reach at least; 0 where nothing asks for any."""
        return self.people.least if self.people else 0

    def largest_error(self, value: float, unit: str) -> Accuracy | None:
        """The rule for how far off a sensor may be at a value, in its unit; None where nothing says."""
        fitting = [rule for rule in self.accuracy if rule.unit == unit and rule.low <= value <= rule.high]
        return min(fitting, key=lambda rule: rule.error, default=None)

    def points_needed(self, space: str, size: float) -> int:
        """Fewest measuring points of a space (`cold-store`, `flat-store` in m2, `vehicle` in m3); 0: nothing says."""
        return max((least_points(size, rule) for rule in self.point_counts if rule.space == space), default=0)


def demands_of(policies: Iterable[Policy]) -> Demands:
    """The strictest of these policies, rule by rule."""
    found = list(policies)
    permissions = [policy.permissions for policy in found if policy.permissions]
    return Demands(
        people=max((p.people for p in found if p.people), key=lambda rule: rule.least, default=None),
        no_manual_import=next((rule for rule in permissions if not rule.manual_import), None),
        no_correction=next((rule for rule in permissions if not rule.correction), None),
        cadence=_cadence([p.cadence for p in found if p.cadence]),
        calibration=_calibration([p.calibration for p in found if p.calibration]),
        remapping=_remapping([p.remapping for p in found if p.remapping]),
        accuracy=tuple(rule for p in found for rule in p.accuracy),
        point_counts=tuple(rule for p in found for rule in p.point_counts),
    )


def _cadence(rules: Sequence[Cadence]) -> Cadence | None:
    if not rules:
        return None
    refresh_s, storage_s = min(rule.refresh_s for rule in rules), min(rule.storage_s for rule in rules)
    transport_s, out_s = min(rule.transport_s for rule in rules), min(rule.out_s for rule in rules)
    strictest = (refresh_s, storage_s, transport_s, out_s)
    deciding = [
        rule
        for rule in rules
        if any(map(eq, (rule.refresh_s, rule.storage_s, rule.transport_s, rule.out_s), strictest))
    ]
    return Cadence(
        refresh_s=refresh_s,
        storage_s=storage_s,
        transport_s=transport_s,
        out_s=out_s,
        citation=_citations(deciding),
        confirm=any(rule.confirm for rule in deciding),
    )


def _calibration(rules: Sequence[Calibration]) -> Calibration | None:
    if not rules:
        return None
    every = min(rule.every_days for rule in rules)
    deciding = [rule for rule in rules if rule.every_days == every]
    return Calibration(
        every_days=every,
        notice_days=tuple(sorted({days for rule in rules for days in rule.notice_days}, reverse=True)),
        citation=_citations(deciding),
        confirm=all(rule.confirm for rule in deciding),
    )


def _remapping(rules: Sequence[Remapping]) -> Remapping | None:
    if not rules:
        return None
    every = min(rule.every_days for rule in rules)
    deciding = [rule for rule in rules if rule.every_days == every or rule.both_seasons]
    return Remapping(
        every_days=every,
        both_seasons=any(rule.both_seasons for rule in rules),
        notice_days=tuple(sorted({days for rule in rules for days in rule.notice_days}, reverse=True)),
        citation=_citations(deciding),
        confirm=any(rule.confirm for rule in deciding),
    )


def _citations(rules: Sequence[Cited]) -> str:
    return "; ".join(dict.fromkeys(rule.citation for rule in rules))
