"""Exceptions, review and release of batches over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from mes.batches import service as batches
from mes.border import Caller, Signed, Transaction, allow
from mes.exceptions import judging
from mes.exceptions import service as exceptions
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning, Role
from mes.release import proofs, service
from mes.release.gates import judge
from mes.release.gathering import facts_of
from mes.release.model import Gate
from mes.release.service import Signing

router = APIRouter(tags=["release"])
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Judge = Annotated[Caller, Depends(allow(*signers(Act.JUDGE)))]
Worker = Annotated[Caller, Depends(allow(*(role for role in Role if role is not Role.ADMIN)))]
Reviewer = Annotated[Caller, Depends(allow(*{*signers(Act.JUDGE), *signers(Act.REVIEW_PRODUCTION)}))]


class SigningBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    username: str | None = None
    password: str = ""
    meaning: str = ""
    reason: str = ""
    seen: str | None = Field(default=None, description="`seen` of the gate that the signer looked at")

    def credentials(self, caller: Caller) -> Credentials:
        """The two components; the caller's own name unless another is given."""
        return Credentials(self.username or caller.name, self.password, caller.terminal)

    def signing(self, caller: Caller) -> Signing:
        """As the acts take it."""
        return Signing(
            credentials=self.credentials(caller),
            meaning=self.meaning,
            reason=self.reason,
            version=self.version,
            seen=self.seen,
        )


class ReturnBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    reason: str = ""


class CommentBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    text: str = ""


class EscalateBody(ReturnBody):
    deviation_id: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None


class LaboratoryBody(SigningBody):
    certificate: str
    passed: bool


class LabelBody(SigningBody):
    text: str = Field(description="the label's code as scanned")


@router.get("/batches/{batch_id}/gate")
async def show_gate(batch_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """The fourteen gates of a batch as they stand: what was found, and where to look."""
    facts = await facts_of(work, batch_id)
    gates = judge(facts)
    return {
        "batch_id": batch_id,
        "number": facts.batch.number,
        "status": facts.batch.status,
        "version": facts.batch.version,
        "seen": service.seen(facts),
        "failed": [gate.code for gate in gates if not gate.passed],
        "gates": [gate_json(gate) for gate in gates],
    }


@router.get("/batches/{batch_id}/exceptions")
async def list_exceptions(batch_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """Exceptions of a batch: those that nobody has judged first."""
    await batches.batch(work, batch_id)
    return {"items": [asdict(each) for each in await exceptions.exceptions(work, batch_id)]}


@router.post("/batches/{batch_id}/return")
async def return_record(batch_id: Id, body: ReturnBody, work: Transaction, _: Reviewer) -> dict[str, Any]:
    """Send the record back to production."""
    after = await service.return_record(work, batch_id, version=body.version, reason=body.reason)
    return {"id": after.id, "status": after.status, "version": after.version}


@router.post("/batches/{batch_id}/laboratory", status_code=201)
async def record_laboratory(batch_id: Id, body: LaboratoryBody, work: Transaction, caller: Signed) -> dict[str, Any]:
    """The laboratory's verdict with its certificate of analysis, signed."""
    made = await proofs.record_laboratory(
        work,
        batch_id,
        body.credentials(caller),
        certificate=body.certificate,
        passed=body.passed,
        note=body.reason,
        meaning=body.meaning or Meaning.VERIFIED,
    )
    return asdict(made)


@router.post("/batches/{batch_id}/label", status_code=201)
async def record_label(batch_id: Id, body: LabelBody, work: Transaction, caller: Signed) -> dict[str, Any]:
    """A scanned label of the batch, signed."""
    told = {"text": body.text, "note": body.reason, "meaning": body.meaning or Meaning.VERIFIED}
    return asdict(await proofs.record_label(work, batch_id, body.credentials(caller), **told))


@router.post("/batches/{batch_id}/{act}")
async def take_act(
    batch_id: Id,
    act: Literal["review_production", "review_quality", "certify", "reject"],
    body: SigningBody,
    work: Transaction,
    caller: Signed,
) -> dict[str, Any]:
    """Sign an act on the whole record; 409 names the gates that keep it from being certified."""
    after = await ACTS[act](work, batch_id, body.signing(caller))
    return {"id": after.id, "status": after.status, "version": after.version}


ACTS = {
    "review_production": service.review_production,
    "review_quality": service.review_quality,
    "certify": service.certify,
    "reject": service.reject,
}


@router.post("/exceptions/{exception_id}/comment")
async def comment(exception_id: Id, body: CommentBody, work: Transaction, _: Worker) -> dict[str, Any]:
    """Say what happened."""
    return asdict(await judging.comment(work, exception_id, version=body.version, text=body.text))


@router.post("/exceptions/{exception_id}/escalate")
async def escalate(exception_id: Id, body: EscalateBody, work: Transaction, _: Judge) -> dict[str, Any]:
    """Send it into a deviation, an open one or a new one."""
    found = await judging.escalate(
        work, exception_id, version=body.version, reason=body.reason, deviation_id=body.deviation_id
    )
    return asdict(found)


@router.post("/exceptions/{exception_id}/{step}")
async def judge_exception(
    exception_id: Id, step: Literal["accept", "close"], body: SigningBody, work: Transaction, caller: Signed
) -> dict[str, Any]:
    """QA's signed word on it."""
    judged = judging.accept if step == "accept" else judging.close
    found = await judged(
        work,
        exception_id,
        body.credentials(caller),
        version=body.version,
        meaning=body.meaning,
        rationale=body.reason,
    )
    return asdict(found)


def gate_json(gate: Gate) -> dict[str, Any]:
    """A gate as programs see it."""
    return {
        "code": gate.code,
        "passed": gate.passed,
        "looked_at": gate.looked_at,
        "found": [asdict(f) for f in gate.findings],
    }
