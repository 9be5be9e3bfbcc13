"""Say which role must know which document, record trainings by signature, and tell who is not trained."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from mes.documents import service as documents
from mes.documents.model import Document
from mes.people import service as people
from mes.people.duties import Act, demand_duty, signers
from mes.people.model import Credentials, Meaning, Person, Role
from mes.plant import service as plant
from mes.training.model import VALID, Method, Need, State, TrainingRecord, state
from telemetry import queries
from telemetry.errors import Forbidden, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ASSESSED = (Meaning.VERIFIED,)
READ = (Meaning.ACKNOWLEDGED,)


class NotTrained(Forbidden):
    """This person is not trained on the version in force: read and sign it, or be trained, first."""


class TrainingNotFound(NotFound):
    """There is no such training record."""


class TrainingDateUnsound(Invalid):
    """A training is recorded on its day or later, never before."""


class TrainerIsTrainee(Invalid):
    """Nobody assesses themselves: another person records this training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a trainer says about a person."""

    person_id: int
    version_id: int
    method: Method
    trained_on: date
    passed: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """How one person stands to one document."""

    person: Person
    document: Document
    state: State
    record: TrainingRecord | None  # the latest of the version in force
    is_needed: bool  # one of the person's roles must know it


async def untrained(work: Work, person_id: int, document_codes: Collection[str], at: datetime) -> list[str]:
    """Which of these documents the person may not work by: no valid record of the version that is in force.

    A document that has no version in force is among them: nobody can be trained on it.
    """
    today = at.astimezone(await plant.time_zone(work)).date()
    in_force = await documents.effective_documents(work, at)
    codes = list(dict.fromkeys(document_codes))
    known = await records(work, person_id=person_id, codes=codes) if codes else []
    return [code for code in codes if not _may(code, in_force.get(code), known, today)]


def _may(code: str, current: Document | None, known: Iterable[TrainingRecord], today: date) -> bool:
    own = [each for each in known if each.code == code]
    return current is not None and state(own, current.id, today) in VALID


async def demand_trained(work: Work, person_id: int, document_codes: Collection[str]) -> None:
    """Raises NotTrained with the documents that this person may not work by now."""
    if missing := await untrained(work, person_id, document_codes, work.now):
        raise NotTrained(person_id=person_id, documents=", ".join(missing))


async def records(
    work: Work, *, person_id: int | None = None, codes: Sequence[str] | None = None
) -> list[TrainingRecord]:
    """Training records, oldest first."""
    return await work.all(SQL["records"], TrainingRecord, id=None, person_id=person_id, codes=codes)


async def newest_records(
    work: Work, *, named: str = "", below: int | None = None, limit: int = 100
) -> list[TrainingRecord]:
    """Training records, newest first, of a person or document whose name or code holds `named`.

    `below`: the last id of the page before.
    """
    return await work.all(SQL["newest_records"], TrainingRecord, named=named or None, below=below, limit=limit)


async def training_record(work: Work, record_id: int) -> TrainingRecord:
    """One. Raises TrainingNotFound."""
    found = await work.one(SQL["records"], TrainingRecord, id=record_id, person_id=None, codes=None)
    if found is None:
        raise TrainingNotFound(record_id=record_id)
    return found


async def needs(work: Work) -> list[Need]:
    """Which role must know which document."""
    return await work.all(SQL["needs"], Need)


async def put_need(work: Work, caller_roles: Collection[str], need: Need, *, reason: str) -> None:
    """A role must know a document from now on. Raises DutyNotHeld, DocumentNotFound."""
    demand_duty(caller_roles, Act.APPROVE)
    facts = {"code": need.code, "role": Role(need.role), "valid_days": need.valid_days}
    if await work.scalar(SQL["put_need"], **facts) is None:
        raise documents.DocumentNotFound(document=need.code)
    work.audit("training.need", "document", need.code, after=facts, reason=reason)


async def end_need(work: Work, caller_roles: Collection[str], code: str, role: str, *, reason: str) -> None:
    """A role need not know a document any more. Raises DutyNotHeld, DocumentNotFound."""
    demand_duty(caller_roles, Act.APPROVE)
    if await work.scalar(SQL["end_need"], code=code, role=role, now=work.now) is None:
        raise documents.DocumentNotFound(document=code)
    work.audit("training.need_ended", "document", code, before={"role": role}, reason=reason)


async def record_training(
    work: Work, said: Training, *, credentials: Credentials, meaning: Meaning | str, reason: str
) -> TrainingRecord:
    """A trainer signs how a person's training ended; the version must be in force or to come.

    Raises PersonNotFound, DocumentNotFound, DocumentObsolete, TrainingDateUnsound, TrainerIsTrainee, and what
    `people.sign` raises.
    """
    person = await people.person_by_id(work, said.person_id)
    if credentials.username == person.username:
        raise TrainerIsTrainee(person=person.username)
    if said.trained_on > await _today(work):
        raise TrainingDateUnsound(trained_on=said.trained_on)
    version = await _teachable(work, said.version_id)
    facts = await _facts(work, person, version, said, trainer=credentials.username)
    subject = _subject(version, facts, not_by=(person.id,))
    signed = await people.sign_series(
        work, credentials, meaning, reason, [subject], roles=signers(Act.TRAIN), meanings=ASSESSED
    )
    return await _keep(work, person, version, facts, signed[0].id)


async def read_and_understood(
    work: Work, version_ids: Sequence[int], *, credentials: Credentials, meaning: Meaning | str, reason: str
) -> list[TrainingRecord]:
    """A person signs, with one password, that they read and understood these versions: a signature and a record each.

    Raises DocumentNotFound, DocumentObsolete, NothingToSign, and what `people.sign` raises.
    """
    if not credentials.password:
        raise people.ReauthRequired
    person, today = await people.authenticate(work, credentials), await _today(work)
    versions = [await _teachable(work, each) for each in dict.fromkeys(version_ids)]
    made = []
    for version in versions:
        said = Training(person_id=person.id, version_id=version.id, method=Method.READ, trained_on=today)
        made.append(await _facts(work, person, version, said, trainer=credentials.username))
    subjects = [_subject(version, facts) for version, facts in zip(versions, made, strict=True)]
    signed = await people.sign_series(
        work, credentials, meaning, reason, subjects, roles=signers(Act.READ), meanings=READ
    )
    rows = zip(versions, made, signed, strict=True)
    return [await _keep(work, person, version, facts, signature.id) for version, facts, signature in rows]


async def matrix(work: Work) -> list[Cell]:
    """How every active person stands to every document in force, by user name and code."""
    today = await _today(work)
    current = (await documents.effective_documents(work, work.now)).values()
    known = await records(work)
    wanted = {(each.code, each.role) for each in await needs(work)}
    staff = [each for each in await people.people(work) if each.active]
    return [_cell(person, document, known, wanted, today) for person in staff for document in current]


def _cell(
    person: Person,
    document: Document,
    known: Iterable[TrainingRecord],
    wanted: Collection[tuple[str, str]],
    today: date,
) -> Cell:
    own = [each for each in known if each.person_id == person.id and each.code == document.code]
    of_it = [each for each in own if each.version_id == document.id]
    needed = any((document.code, role) in wanted for role in person.roles)
    return Cell(person, document, state(own, document.id, today), of_it[-1] if of_it else None, needed)


async def _today(work: Work) -> date:
    return work.now.astimezone(await plant.time_zone(work)).date()


async def _teachable(work: Work, version_id: int) -> Document:
    found = await documents.document(work, version_id)
    if found.standing(work.now) not in (documents.Standing.EFFECTIVE, documents.Standing.TO_COME):
        raise documents.DocumentObsolete(document=found.code, number=found.number)
    return found


async def _facts(work: Work, person: Person, version: Document, said: Training, *, trainer: str) -> dict[str, object]:
    needed = [n for n in await needs(work) if n.code == version.code and n.role in person.roles]
    days = [each.valid_days for each in needed if each.valid_days]
    until = said.trained_on + timedelta(days=min(days)) if days else None
    return {
        "person_id": said.person_id,
        "passed": said.passed,
        "method": said.method,
        "trained_on": said.trained_on,
        "valid_until": until,
        "trainer": trainer,
    }


def _subject(version: Document, facts: dict[str, object], not_by: Collection[int | None] = ()) -> people.Subject:
    content = facts | {"code": version.code, "number": version.number}
    return people.Subject(
        record_type="training",
        record_id=f"{version.id}:{facts['person_id']}",
        record_version=version.number,
        content=content,
        not_by=not_by,
    )


async def _keep(
    work: Work, person: Person, version: Document, facts: dict[str, object], signature_id: int
) -> TrainingRecord:
    row = facts | {"version_id": version.id, "signature_id": signature_id, "now": work.now}
    made: int = await work.scalar(SQL["record"], **row)
    after = facts | {"document": version.code, "number": version.number, "signature": signature_id}
    work.audit("training.record", "person", person.id, after=after)
    await work.emit("training.recorded", person=person.username, document=version.code, passed=facts["passed"])
    return await training_record(work, made)
