"""Calibration certificates: entered by engineers or QA, signed by QA, superseded with a reason, never changed.

What an instrument showed too much or too little before it was adjusted puts all readings since its last good
calibration in doubt: that look-back opens when the certificate is entered, before anybody signs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning, Signature
from mes.plant import service as plant
from mes.sensors import instruments
from mes.sensors.model import Certificate, ReferencePoint
from telemetry import queries
from telemetry.errors import Conflict, Forbidden, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("certificates.sql"))
MEANINGS = (Meaning.APPROVED, Meaning.REVIEWED, Meaning.VERIFIED)
LARGEST_SCAN = 1_900_000
MEDIA = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


class CertificateNotFound(NotFound):
    """There is no such certificate."""


class CertificateUnsound(Invalid):
    """A certificate needs a number, a laboratory, a tolerance above zero and at least one reference point."""


class DatesUnsound(Invalid):
    """A calibration lies in the past, and is due after the day on which it was made."""


class ScanUnsuitable(Invalid):
    """A scan is a PDF, PNG or JPEG file of at most 1.9 MB."""


class CertificateSuperseded(Conflict):
    """Another certificate has taken the place of this one already."""


class CertificateSigned(Conflict):
    """This certificate is signed already."""


class EnteredBySigner(Forbidden):
    """Who entered a certificate can't sign it: ask a colleague in QA."""


@dataclass(frozen=True, slots=True)
class Line:
    """A reference point as it is entered: error is shown minus applied."""

    applied: Decimal
    as_found: Decimal | None
    as_left: Decimal
    uncertainty: Decimal


@dataclass(frozen=True, slots=True)
class Scan:
    """The paper, as a file."""

    file_name: str
    content: bytes

    @property
    def media_type(self) -> str:
        """By the file's name. Raises ScanUnsuitable."""
        found = MEDIA.get(Path(self.file_name).suffix.lower())
        if found is None or not self.content or len(self.content) > LARGEST_SCAN:
            raise ScanUnsuitable(file=self.file_name, size=len(self.content))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What stands on a certificate."""

    number: str
    laboratory: str
    instrument_id: int
    calibrated_on: date
    due_on: date
    tolerance: Decimal
    lines: Sequence[Line]
    scan: Scan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScan:
    file_name: str
    media_type: str
    sha256: str
    content: bytes


async def add_certificate(
    work: Work, paper: Paper, *, supersedes_id: int | None = None, reason: str = ""
) -> Certificate:
    """Write a certificate down. It counts when QA has signed it. Leaves look-backs to `mes.sensors.service.enter`.

    Raises InstrumentNotFound, CertificateUnsound, DatesUnsound, ScanUnsuitable, CertificateSuperseded.
    """
    await instruments.instrument(work, paper.instrument_id)
    _check(paper, work.now.astimezone(await plant.time_zone(work)).date())
    if supersedes_id is not None:
        await _check_supersession(work, paper, supersedes_id, reason)
    facts = {name: getattr(paper, name) for name in ("instrument_id", "calibrated_on", "due_on", "tolerance")}
    facts |= {"number": paper.number.strip(), "laboratory": paper.laboratory.strip()}
    facts |= {"supersedes_id": supersedes_id, "supersede_reason": reason.strip() if supersedes_id else ""}
    made: int | None = await work.scalar(SQL["add"], **facts, now=work.now, actor=work.actor)
    if made is None:
        raise CertificateSuperseded(certificate_id=supersedes_id)
    for place, line in enumerate(paper.lines):
        await work.run(SQL["add_point"], certificate_id=made, place=place, **asdict(line))
    told = facts | {"lines": [asdict(line) for line in paper.lines]}
    if paper.scan is not None:
        told |= await _keep_scan(work, made, paper.scan)
    work.audit("certificate.enter", "certificate", made, after=told, reason=reason)
    await work.emit("certificate.entered", certificate_id=made, instrument_id=paper.instrument_id)
    return await certificate(work, made)


def _check(paper: Paper, today: date) -> None:
    numbers = [n for line in paper.lines for n in asdict(line).values() if n is not None]
    is_whole = paper.number.strip() and paper.laboratory.strip() and paper.lines
    finite = all(n.is_finite() for n in (*numbers, paper.tolerance))
    if not is_whole or not finite or paper.tolerance <= 0 or any(line.uncertainty < 0 for line in paper.lines):
        raise CertificateUnsound(number=paper.number)
    if paper.calibrated_on > today or paper.due_on <= paper.calibrated_on:
        raise DatesUnsound(calibrated_on=paper.calibrated_on, due_on=paper.due_on)
    if paper.scan is not None:
        _ = paper.scan.media_type


async def _check_supersession(work: Work, paper: Paper, supersedes_id: int, reason: str) -> None:
    before = await certificate(work, supersedes_id)
    if before.instrument_id != paper.instrument_id or not reason.strip():
        raise CertificateUnsound(supersedes=before.number)
    if before.superseded_by is not None:
        raise CertificateSuperseded(certificate_id=supersedes_id)


async def _keep_scan(work: Work, certificate_id: int, scan: Scan) -> dict[str, object]:
    facts: dict[str, object] = {"file_name": Path(scan.file_name).name, "sha256": sha256(scan.content).hexdigest()}
    await work.run(
        SQL["add_scan"], certificate_id=certificate_id, media_type=scan.media_type, content=scan.content, **facts
    )
    return facts


async def sign_certificate(
    work: Work, certificate_id: int, *, credentials: Credentials, meaning: Meaning | str, reason: str
) -> Signature:
    """QA signs that the record says what the paper says, and that the instrument may be used by it.

    Raises CertificateNotFound, CertificateSigned, CertificateSuperseded, EnteredBySigner, and what `people.sign` does.
    """
    found = await certificate(work, certificate_id)
    if found.signature_id is not None:
        raise CertificateSigned(certificate_id=certificate_id)
    if found.superseded_by is not None:
        raise CertificateSuperseded(certificate_id=certificate_id)
    if credentials.username == found.entered_by:
        raise EnteredBySigner(certificate_id=certificate_id)
    lines = [asdict(line) for line in await reference_points(work, certificate_id)]
    names = ("number", "laboratory", "instrument_id", "calibrated_on", "due_on", "tolerance", "supersedes_id", "sha256")
    made = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="certificate",
        record_id=certificate_id,
        record_version=1,
        content={name: getattr(found, name) for name in names} | {"lines": lines},
        roles=signers(Act.APPROVE),
        meanings=MEANINGS,
    )
    if not await work.run(SQL["add_signature"], certificate_id=certificate_id, signature_id=made.id):
        raise CertificateSigned(certificate_id=certificate_id)  # by somebody else, at the same moment
    await work.emit("certificate.signed", certificate_id=certificate_id, instrument_id=found.instrument_id)
    return made


async def certificate(work: Work, certificate_id: int) -> Certificate:
    """One certificate. Raises CertificateNotFound."""
    found = await work.one(SQL["certificates"], Certificate, id=certificate_id, instrument_ids=None)
    if found is None:
        raise CertificateNotFound(certificate_id=certificate_id)
    return found


async def certificates(work: Work, instrument_ids: Iterable[int] | None = None) -> list[Certificate]:
    """Certificates of these instruments, or all, by instrument and day of calibration."""
    chosen = None if instrument_ids is None else list(instrument_ids)
    return await work.all(SQL["certificates"], Certificate, id=None, instrument_ids=chosen)


async def reference_points(work: Work, certificate_id: int) -> list[ReferencePoint]:
    """The lines of a certificate, as they stand on it."""
    return await work.all(SQL["points"], ReferencePoint, certificate_id=certificate_id)


async def scan(work: Work, certificate_id: int) -> KeptScan:
    """The file that was kept with a certificate. Raises CertificateNotFound where there is none."""
    found = await work.one(SQL["scan"], KeptScan, certificate_id=certificate_id)
    if found is None:
        raise CertificateNotFound(certificate_id=certificate_id)
    return found
