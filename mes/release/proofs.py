"""Facts that no other part of the plant knows, recorded by people for the gate, each signed.

The laboratory's verdict names its certificate of analysis; a verdict against the batch is an exception at once. The
label's proof is a printed label, scanned: what it says is read, and held against the batch (GMP 2010, article 209).
"""

from __future__ import annotations

from psycopg.types.json import Json

from mes.barcodes import service as barcodes
from mes.batches import records as batches
from mes.batches.model import Batch, BatchStatus
from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind, Severity
from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.duties import Act as Duty
from mes.people.duties import signers
from mes.people.model import Credentials, Meaning, Role
from mes.release.gathering import SQL
from mes.release.model import Evidence, Proof
from mes.transitions import Refused
from telemetry.errors import Invalid
from telemetry.work import Work

_DECIDED = frozenset({BatchStatus.RELEASED, BatchStatus.REJECTED})
_LABELLERS = (Role.OPERATOR, Role.LEAD, Role.QA, Role.WAREHOUSE)


class CertificateMissing(Invalid):
    """Give the number of the certificate of analysis that the verdict stands on."""


async def record_laboratory(
    work: Work,
    batch_id: int,
    credentials: Credentials,
    *,
    certificate: str,
    passed: bool,
    note: str,
    meaning: Meaning | str = Meaning.VERIFIED,
) -> Evidence:
    """The laboratory's verdict on the batch: all results verified, in specification or not.

    Raises BatchNotFound, CertificateMissing, Refused, and what `people.sign` raises.
    """
    if not certificate.strip():
        raise CertificateMissing
    batch = await _open(work, batch_id)
    said: dict[str, object] = {"certificate": certificate.strip(), "verdict": "in" if passed else "out"}
    made = await _prove(
        work,
        batch,
        Proof.LABORATORY,
        certificate.strip(),
        passed,
        said,
        note,
        credentials,
        meaning,
        roles=signers(Duty.VERIFY_RESULT),
    )
    if not passed:
        told = {"certificate": certificate.strip(), "note": note}
        key = f"laboratory:{made.id}"
        await exceptions.raise_exception(work, batch_id, Kind.OOS_VALUE, severity=Severity.MAJOR, said=told, key=key)
    return made


async def record_label(
    work: Work, batch_id: int, credentials: Credentials, *, text: str, note: str, meaning: Meaning | str
) -> Evidence:
    """A label of the batch, scanned. What it says is kept; the gate holds it against lot, expiry and trade item.

    Raises BatchNotFound, CodeUnreadable, Refused, and what `people.sign` raises.
    """
    batch = await _open(work, batch_id)
    scan = await barcodes.read(work, text)
    lot = await inventory.lot(work, batch.lot_id) if batch.lot_id is not None else None
    expires = None if scan.expires_on is None else str(scan.expires_on)
    said: dict[str, object] = {"gtin": scan.gtin, "lot": scan.lot, "expires_on": expires, "hri": scan.hri}
    fits = lot is not None and scan.lot == lot.number and scan.expires_on == lot.expires_on
    return await _prove(
        work, batch, Proof.LABEL, text.strip(), fits, said, note, credentials, meaning, roles=_LABELLERS
    )


async def _open(work: Work, batch_id: int) -> Batch:
    batch = await batches.batch(work, batch_id)
    if batch.status in _DECIDED:
        raise Refused("batch", batch_id, "prove", ["batch_is_undecided"])
    return batch


async def _prove(
    work: Work,
    batch: Batch,
    kind: Proof,
    subject: str,
    passed: bool,
    said: dict[str, object],
    note: str,
    credentials: Credentials,
    meaning: Meaning | str,
    *,
    roles: tuple[Role, ...],
) -> Evidence:
    signature = await people.sign(
        work,
        credentials,
        meaning,
        note,
        record_type="batch_evidence",
        record_id=f"{batch.id}:{kind}",
        record_version=batch.version,
        content={"batch": batch.number, "kind": kind, "subject": subject, "passed": passed, "said": said},
        roles=roles,
        meanings=(Meaning.VERIFIED, Meaning.PERFORMED),
    )
    facts = {"batch_id": batch.id, "kind": kind, "subject": subject, "passed": passed}
    kept = {"said": Json(said), "note": note.strip(), "signature_id": signature.id}
    made = await work.one(SQL["prove"], Evidence, **facts, **kept, actor=work.actor, now=work.now)
    if made is None:
        raise batches.BatchNotFound(batch_id=batch.id)
    work.audit("batch_evidence.record", "batch_evidence", made.id, after=facts | {"said": said}, reason=note)
    await work.emit("batch.proved", batch_id=batch.id, kind=kind, passed=passed)
    return made
