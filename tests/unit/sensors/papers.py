"""Certificates for tests, with defaults."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from mes.sensors.model import Certificate

ENTERED = datetime(2026, 1, 1, tzinfo=UTC)


def a_certificate(
    *,
    id_: int = 1,
    on: date = date(2025, 6, 1),
    due: date = date(2026, 6, 1),
    tolerance: str = "0.5",
    found: str | None = "0.1",
    left: str = "0.1",
    signed: bool = True,
    successor_signed: bool = False,
) -> Certificate:
    """A signed certificate of a sensor found and left good."""
    return Certificate(
        id=id_,
        number=f"C-{id_}",
        laboratory="CNAS L0001",
        instrument_id=1,
        calibrated_on=on,
        due_on=due,
        tolerance=Decimal(tolerance),
        supersedes_id=None,
        supersede_reason="",
        entered_at=ENTERED,
        entered_by="engineer",
        worst_found=None if found is None else Decimal(found),
        worst_left=Decimal(left),
        signature_id=1 if signed else None,
        superseded_by=None,
        successor_signed=successor_signed,
        file_name=None,
        sha256=None,
    )
