"""Corrections of what a sensor shows: versions signed by QA, layers above raw readings that never change.

Where a regulation over a zone forbids them they are refused. Limits judge what was read: no correction hides an
excursion, and whoever shows corrected values shows both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.policies import service as policies
from mes.sensors import certificates, doubt, instruments
from mes.sensors.model import Certificate
from mes.sensors.order import check_moment
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("corrections.sql"))
MEANINGS = (Meaning.APPROVED,)


class CorrectionUnfounded(Invalid):
    """A correction rests on a signed certificate of the same sensor, and is a number."""


class CorrectionNotKept(NotFound):
    """The correction was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One version; the newest counts for readings from `effective_from` on."""

    id: int
    instrument_id: int
    version: int
    correction: Decimal  # added to what the instrument shows
    certificate_id: int
    effective_from: datetime
    reason: str
    made_at: datetime
    made_by: str
    signature_id: int


async def corrections(work: Work, instrument_id: int) -> list[Correction]:
    """All versions of an instrument's correction, newest first."""
    return await work.all(SQL["corrections"], Correction, instrument_id=instrument_id)


async def correct(
    work: Work,
    instrument_id: int,
    *,
    correction: Decimal,
    certificate_id: int,
    effective_from: datetime,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
) -> Correction:
    """QA signs another version of an instrument's correction.

    Raises InstrumentNotFound, CertificateNotFound, CorrectionUnfounded, CorrectionForbidden with its citation,
    NotYetSo, ReasonNeeded, and what `people.sign` raises.
    """
    since = check_moment(effective_from, work.now, reason)
    found = await instruments.instrument(work, instrument_id)
    paper = await _foundation(work, instrument_id, certificate_id, correction)
    await _demand_permission(work, instrument_id, since)
    known = await corrections(work, instrument_id)
    version = known[0].version + 1 if known else 1
    facts = {"instrument_id": instrument_id, "version": version, "correction": correction}
    facts |= {"certificate_id": certificate_id, "effective_from": since}
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="sensor_correction",
        record_id=instrument_id,
        record_version=version,
        content=facts | {"serial": found.serial, "certificate": paper.number},
        roles=signers(Act.APPROVE),
        meanings=MEANINGS,
    )
    made = await _keep(work, facts, signature_id=signed.id, reason=reason.strip())
    before = {"correction": known[0].correction} if known else None
    work.audit("sensor.correct", "instrument", instrument_id, before=before, after=facts, reason=reason)
    await work.emit("sensor.corrected", instrument_id=instrument_id, version=made.version)
    return made


async def _keep(work: Work, facts: Mapping[str, object], *, signature_id: int, reason: str) -> Correction:
    kept = {**facts, "reason": reason, "signature_id": signature_id, "now": work.now, "actor": work.actor}
    made = await work.one(SQL["add"], Correction, **kept)
    if made is None:
        raise CorrectionNotKept(instrument_id=kept["instrument_id"])
    return made


async def _foundation(work: Work, instrument_id: int, certificate_id: int, correction: Decimal) -> Certificate:
    """The certificate that a correction rests on: signed, and of this instrument."""
    paper = await certificates.certificate(work, certificate_id)
    if paper.instrument_id != instrument_id or not paper.counts or not correction.is_finite():
        raise CorrectionUnfounded(certificate_id=certificate_id, correction=correction)
    return paper


async def _demand_permission(work: Work, instrument_id: int, since: datetime) -> None:
    """Every point and zone that it served since then, and the one that it serves now, must allow it."""
    for stay in await doubt.stays_of(work, instrument_id, since, work.now):
        await policies.demand_permission(
            work, policies.Act.CORRECTION, zone_id=stay.zone_id, point_id=stay.point.point_id
        )
    for row in await instruments.installations(work, instrument_id=instrument_id):
        if row.to_time is None:
            await policies.demand_permission(work, policies.Act.CORRECTION, point_id=row.point_id)
