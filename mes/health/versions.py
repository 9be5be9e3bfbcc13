"""The register of models: what was learned of each machine, which version is in force, and who put it there.

A machine's first version is in force when its commissioning is over, as the first version of a limit is; it says so.
Every later one is proposed, and QA signs it under an approved change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from psycopg.types.json import Json

from mes.changes import service as controls
from mes.changes.model import subject_of
from mes.health.model import VERSION, HealthModel, ModelFacts, ModelStatus
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.transitions import StaleVersion
from models.health.api import State
from models.health.artefact import Artefact, NotAnArtefact
from telemetry import queries
from telemetry.errors import Conflict, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("versions.sql"))
ENTITY = "health_model"
MEANINGS = (Meaning.APPROVED,)
FIRST = "first version, learned in commissioning"


class HealthModelNotFound(NotFound):
    """There is no such version of a machine's model."""


class HealthModelOpen(Conflict):
    """Another version of this machine's model waits for a signature: sign or withdraw it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What learning gave, and who asked for it."""

    artefact: Artefact
    definition: str
    learned_from: datetime
    learned_to: datetime
    ticks: int
    made_by: str  # who asked for it; the watch itself for a first version
    reason: str


async def models(
    work: Work, equipment_id: int | None = None, *, status: ModelStatus | None = None
) -> list[HealthModel]:
    """Versions of one machine's model or of all, the newest of each first."""
    return await work.all(SQL["models"], HealthModel, equipment_id=equipment_id, status=status)


async def model(work: Work, model_id: int) -> HealthModel:
    """One version. Raises HealthModelNotFound."""
    found = await work.one(SQL["model"], HealthModel, id=model_id)
    if found is None:
        raise HealthModelNotFound(model_id=model_id)
    return found


async def in_force(work: Work, equipment_id: int) -> HealthModel | None:
    """The version that advises now."""
    found = await models(work, equipment_id, status=ModelStatus.IN_FORCE)
    return found[0] if found else None


async def state_of(work: Work, found: HealthModel) -> State:
    """What a version learned, exactly as it was kept. Raises NotAnArtefact."""
    content: bytes = await work.scalar(SQL["artefact"], id=found.id)
    if sha256(content).hexdigest() != found.artefact_hash:
        raise NotAnArtefact(model_id=found.id, reason="it is not as it was kept")
    return Artefact.from_bytes(content).state


async def next_number(work: Work, equipment_id: int) -> int:
    """Of the version that is learned next."""
    number: int = await work.scalar(SQL["next_number"], equipment_id=equipment_id)
    return number


async def add(work: Work, equipment_id: int, learned: Learned) -> HealthModel:
    """Keep a version: the machine's first is in force at once, a later one is proposed. Raises HealthModelOpen."""
    if await models(work, equipment_id, status=ModelStatus.PROPOSED):
        raise HealthModelOpen(equipment_id=equipment_id)
    number = await next_number(work, equipment_id)
    content = learned.artefact.to_bytes()
    first = number == 1
    facts = {
        "number": number,
        "status": ModelStatus.IN_FORCE if first else ModelStatus.PROPOSED,
        "detector": learned.artefact.kind,
        "artefact_hash": sha256(content).hexdigest(),
        "data_hash": learned.artefact.data_hash,
        "features": list(learned.artefact.features),
        "learned_from": learned.learned_from,
        "learned_to": learned.learned_to,
        "ticks": learned.ticks,
        "reason": learned.reason,
    }
    kept = {"artefact": content, "definition": learned.definition, "score_card": Json(learned.artefact.score_card)}
    since = work.now if first else None
    asked = facts | kept | {"made_by": learned.made_by, "now": work.now, "in_force_from": since}
    made: int = await work.scalar(SQL["add_model"], equipment_id=equipment_id, **asked)
    act = "put_in_force" if first else "propose"
    work.audit(f"{ENTITY}.{act}", ENTITY, made, after=facts | {"equipment_id": equipment_id}, reason=learned.reason)
    await work.emit("health_model.in_force" if first else "health_model.proposed", model_id=made, number=number)
    return await model(work, made)


async def sign(
    work: Work,
    model_id: int,
    *,
    version: int,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
    control: str | None,
) -> HealthModel:
    """QA puts a proposed version in force under an approved change of this machine's model.

    Raises HealthModelNotFound, StaleVersion, Refused, ChangeNeeded, ChangeNotApproved, ChangeOfAnotherThing, and what
    `people.sign` raises.
    """
    before = await _locked(work, model_id, version)
    VERSION.step("sign", model_id, before.status, ModelFacts(actor=work.actor, maker=before.made_by, reason=reason))
    machine = await plant.machine(work, before.equipment_id)
    done = f"version {before.number} put in force"
    under = await controls.demand(work, control, subject_of("model", machine.path), done)
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type=ENTITY,
        record_id=model_id,
        record_version=before.number,
        content=before.signed_content(),
        roles=signers(Act.APPROVE),
        meanings=MEANINGS,
    )
    await work.run(SQL["retire_model"], equipment_id=before.equipment_id, now=work.now)
    return await _decide(work, before, ModelStatus.IN_FORCE, reason, control=under.number, signature_id=signed.id)


async def withdraw(work: Work, model_id: int, *, version: int, reason: str) -> HealthModel:
    """A proposed version never comes in force. Raises HealthModelNotFound, StaleVersion, Refused."""
    before = await _locked(work, model_id, version)
    VERSION.step("withdraw", model_id, before.status, ModelFacts(actor=work.actor, reason=reason))
    return await _decide(work, before, ModelStatus.WITHDRAWN, reason)


async def _decide(
    work: Work,
    before: HealthModel,
    status: ModelStatus,
    reason: str,
    *,
    control: str | None = None,
    signature_id: int | None = None,
) -> HealthModel:
    decided = {"status": status, "decision": reason.strip(), "control": control, "signature_id": signature_id}
    await work.run(SQL["decide_model"], id=before.id, actor=work.actor, now=work.now, **decided)
    act = "put_in_force" if status is ModelStatus.IN_FORCE else "withdraw"
    was = {"status": before.status}
    work.audit(f"{ENTITY}.{act}", ENTITY, before.id, before=was, after=decided, reason=reason)
    await work.emit(f"{ENTITY}.{status}", model_id=before.id, number=before.number)
    return await model(work, before.id)


async def _locked(work: Work, model_id: int, version: int) -> HealthModel:
    found = await work.one(SQL["lock_model"], HealthModel, id=model_id)
    if found is None:
        raise HealthModelNotFound(model_id=model_id)
    if found.version != version:
        raise StaleVersion(ENTITY, model_id, yours=version, current=found.version)
    return found
