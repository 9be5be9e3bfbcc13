"""A batch from its last operation to the certificate: exceptions judged, reviews signed, each gate asked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mes.batches import service as batches
from mes.batches.model import BatchStatus
from mes.exceptions import judging
from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind, Severity, Status
from mes.people.model import Credentials
from mes.release import proofs, service
from mes.release.gates import judge
from mes.release.gathering import facts_of
from mes.release.model import Code, Lack
from mes.release.service import ReleaseRefused, Signing
from mes.transitions import Refused
from tests.plugins.filling import PASSWORD, FillingLine


def signing(username: str, version: int, meaning: str = "reviewed", seen: str | None = None) -> Signing:
    who = Credentials(username, PASSWORD)
    return Signing(credentials=who, meaning=meaning, reason="read", version=version, seen=seen)


async def test_exceptions_are_judged_once(filling_line: FillingLine) -> None:
    """A minor one is commented and accepted; a major one only goes into a deviation, which holds the lot."""
    _, batch = await filling_line.released()
    work = filling_line.at(1)
    told = {"severity": Severity.MINOR, "said": {"value": Decimal("7.9")}, "key": "value:1"}
    first = await exceptions.raise_exception(work, batch.id, Kind.OOT, **told)  # type: ignore[arg-type]
    again = await exceptions.raise_exception(work, batch.id, Kind.OOT, **told)  # type: ignore[arg-type]
    assert again.id == first.id
    qa = filling_line.at(2, "qa-1")
    by = Credentials("qa-1", PASSWORD)
    with pytest.raises(Refused):  # nobody has said what happened
        await judging.accept(qa, first.id, by, version=1, meaning="reviewed", rationale="none")
    said = await judging.comment(work, first.id, version=1, text="probe was still warming up")
    done = await judging.accept(qa, first.id, by, version=said.version, meaning="reviewed", rationale="no impact")
    assert done.status is Status.ACCEPTED
    grave = await exceptions.raise_exception(
        work, batch.id, Kind.OOS_VALUE, severity=Severity.MAJOR, said={}, key="value:2"
    )
    said = await judging.comment(work, grave.id, version=1, text="weighed twice")
    with pytest.raises(Refused, match="severity_is_minor"):
        await judging.accept(qa, grave.id, by, version=said.version, meaning="reviewed", rationale="no impact")
    sent = await judging.escalate(qa, grave.id, version=said.version, reason="out of limits")
    assert sent.status is Status.ESCALATED
    assert sent.deviation_id is not None
    gates = {gate.code: gate for gate in judge(await facts_of(qa, batch.id))}
    assert gates[Code.EXCEPTIONS_JUDGED].passed
    assert [f.lack for f in gates[Code.DEVIATIONS_CLOSED].findings] == [Lack.DEVIATION_OPEN]


async def test_unknown_is_not_a_pass(filling_line: FillingLine) -> None:
    """Of a batch that was only begun: laboratory, label, yields, materials and trail are all unknown."""
    _, batch = await filling_line.released()
    shut = {gate.code for gate in judge(await facts_of(filling_line.at(1), batch.id)) if not gate.passed}
    assert {"G1", "G5", "G6", "G7", "G11", "G13", "G14"} <= shut
    qc = filling_line.at(2, "lead-1")
    with pytest.raises(proofs.CertificateMissing):
        await proofs.record_laboratory(
            qc, batch.id, Credentials("lead-1", PASSWORD), certificate=" ", passed=True, note="ok"
        )
    with pytest.raises(ReleaseRefused) as refused:
        await service.certify(qc, batch.id, signing("qa-1", batch.version, "released"))
    assert {"G1", "G5", "G13"} <= set(refused.value.failed)
    assert (await batches.batch(qc, batch.id)).status is not BatchStatus.RELEASED
