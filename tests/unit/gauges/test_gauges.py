"""Gauges without a database: what a certificate says in a word, what speaks against measuring, when it is due again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from mes.gauges.model import Gauge, GaugeKind, GaugeStatus, Outcome, Unfit, next_due, outcome, unfit
from mes.sensors.model import CalibrationState, Certificate, Standing

FACTS: dict[str, Any] = {"kind": GaugeKind.THERMOMETER, "name_en": "", "name_zh": "", "place": "", "model": ""}
GAUGE = Gauge(
    id=1,
    instrument_id=1,
    serial="T-7",
    unit="Cel",
    low=Decimal(-30),
    high=Decimal(50),
    interval_months=12,
    status=GaugeStatus.IN_SERVICE,
    reason="",
    version=1,
    **FACTS,
)


def state(standing: Standing) -> CalibrationState:
    return CalibrationState(point_id=0, standing=standing)


def paper(found: str | None) -> Certificate:
    none: dict[str, Any] = dict.fromkeys(("supersedes_id", "signature_id", "superseded_by", "file_name", "sha256"))
    days: dict[str, Any] = {"calibrated_on": date(2026, 1, 5), "due_on": date(2027, 1, 4)}
    names: dict[str, Any] = {"number": "C", "laboratory": "L", "entered_by": "x", "supersede_reason": ""}
    return Certificate(
        id=1,
        instrument_id=1,
        tolerance=Decimal("0.5"),
        entered_at=datetime(2026, 1, 5, tzinfo=UTC),
        worst_found=None if found is None else Decimal(found),
        worst_left=Decimal(0),
        successor_signed=False,
        **none,
        **days,
        **names,
    )


@pytest.mark.parametrize(
    ("found", "changed", "said"),
    [
        ("0.5", False, Outcome.PASSED),
        (None, False, Outcome.PASSED),
        ("0.4", True, Outcome.ADJUSTED),
        ("0.51", False, Outcome.FAIL_AS_FOUND),
        ("0.51", True, Outcome.FAIL_AS_FOUND),
    ],
)
def test_what_a_calibration_found(found: str | None, changed: bool, said: Outcome) -> None:
    assert outcome(paper(found), changed=changed) is said


@pytest.mark.parametrize(
    ("standing", "fit"),
    [
        (Standing.VALID, True),
        (Standing.DUE, True),
        (Standing.OVERDUE, False),
        (Standing.FAILED, False),
        (Standing.UNKNOWN, False),
    ],
)
def test_only_what_is_calibrated_is_measured_with(standing: Standing, fit: bool) -> None:
    assert (unfit(GAUGE, state(standing)) == []) is fit


@pytest.mark.parametrize(("value", "fit"), [("-30", True), ("50", True), ("50.1", False), ("-30.01", False)])
def test_its_range_covers_what_is_measured(value: str, fit: bool) -> None:
    assert unfit(GAUGE, state(Standing.VALID), Decimal(value)) == ([] if fit else [Unfit.RANGE])


def test_every_reason_is_told() -> None:
    lost = replace(GAUGE, status=GaugeStatus.LOST)
    assert unfit(lost, state(Standing.OVERDUE), Decimal(99)) == [Unfit.SERVICE, Unfit.CALIBRATED, Unfit.RANGE]


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [("2026-01-31", 1, "2026-02-28"), ("2024-02-29", 12, "2025-02-28"), ("2026-12-15", 6, "2027-06-15")],
)
def test_the_next_day_comes_by_the_interval(day: str, months: int, due: str) -> None:
    assert next_due(date.fromisoformat(day), months) == date.fromisoformat(due)
