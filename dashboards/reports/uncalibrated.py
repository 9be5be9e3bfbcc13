"""Why readings rest on no calibration: what is on record of an instrument on a day, as a cause. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mes.sensors.model import CalibrationState, Certificate, Standing


class Cause(StrEnum):
    NO_INSTRUMENT = "no_instrument"  # nothing is recorded to have served the point
    NO_CERTIFICATE = "no_certificate"  # nothing of a laboratory is on record from before that day
    NOT_SIGNED = "not_signed"  # there is a certificate, and QA has not signed it
    OVERDUE = "overdue"
    FAILED = "failed"  # left beyond its tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """Days of a point without a good calibration, first and last day among them."""

    name: str
    name_en: str
    name_zh: str
    first: date
    last: date
    days: int
    cause: Cause


def cause_of(state: CalibrationState, papers: Iterable[Certificate], on: date) -> Cause | None:
    """None where the state is trusted. `papers`: all of the instrument that the state is about."""
    if state.is_trusted:
        return None
    if state.standing in {Standing.OVERDUE, Standing.FAILED}:
        return Cause(state.standing.value)
    if state.instrument_id is None:
        return Cause.NO_INSTRUMENT
    waiting = any(c.calibrated_on <= on and c.signature_id is None and c.superseded_by is None for c in papers)
    return Cause.NOT_SIGNED if waiting else Cause.NO_CERTIFICATE
