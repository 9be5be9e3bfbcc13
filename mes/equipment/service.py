"""What people do with machines around a batch: take one, give it back, clean it, have the cleaning checked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from mes.equipment.model import Against, Cleaning, Label, LogEntry, against_start, label_of
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.plant.model import Equipment, EquipmentStatus
from mes.sensors import service as sensors
from mes.sensors.model import Standing
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
UNTRUSTED = frozenset({Standing.OVERDUE, Standing.FAILED})


class CleaningNotFound(NotFound):
    """There is no such cleaning."""


class MethodMissing(Invalid):
    """Say how it is cleaned: by which instruction, with what."""


async def log_of(work: Work, equipment_id: int) -> list[LogEntry]:
    """Every change of a machine's status, oldest first."""
    return await work.all(SQL["log"], LogEntry, equipment_id=equipment_id)


async def cleanings(work: Work, equipment_id: int | None = None) -> list[Cleaning]:
    """Cleanings of a machine, or of all, oldest first."""
    return await work.all(SQL["cleanings"], Cleaning, equipment_id=equipment_id, cleaning_id=None)


async def last_cleanings(work: Work, uses: Iterable[tuple[int, datetime]]) -> list[Cleaning]:
    """For each use of a machine at a moment: the last cleaning that was passed and had ended by then."""
    asked = sorted(set(uses))
    told = {"equipment_ids": [id_ for id_, _ in asked], "moments": [at for _, at in asked]}
    return await work.all(SQL["last_cleanings"], Cleaning, **told) if asked else []


async def cleaning(work: Work, cleaning_id: int) -> Cleaning:
    """One cleaning. Raises CleaningNotFound."""
    found = await work.one(SQL["cleanings"], Cleaning, equipment_id=None, cleaning_id=cleaning_id)
    if found is None:
        raise CleaningNotFound(cleaning_id=cleaning_id)
    return found


async def label(work: Work, equipment_id: int, at: datetime) -> Label:
    """A machine's status label at a moment, with the points of it that are overdue. Raises EquipmentNotFound."""
    machine = await plant.machine(work, equipment_id)
    points = {p.point_id: p.name for p in await plant.points(work, equipment_id=equipment_id)}
    states = await sensors.calibration_of(work, points, at)
    overdue = sorted(points[id_] for id_, state in states.items() if state.standing in UNTRUSTED)
    return label_of(machine, await log_of(work, equipment_id), await cleanings(work, equipment_id), overdue)


async def startable(
    work: Work,
    equipment_id: int,
    at: datetime,
    clean_hold_h: Decimal | None = None,
    *,
    clean: bool = False,
    batch_id: int | None = None,
) -> list[Against]:
    """What speaks against starting an operation on a machine, as names of guards; nothing: it may start.

    `clean`: the operation asks for a clean machine, cleaned at most `clean_hold_h` ago. `batch_id`: whose operation.
    """
    asked = clean or clean_hold_h is not None
    now = await label(work, equipment_id, at)
    return against_start(now, at, batch_id=batch_id, clean=asked, clean_hold_h=clean_hold_h)


async def is_used_by(work: Work, equipment_id: int, batch_id: int) -> bool:
    """Whether a batch uses a machine now."""
    log = await log_of(work, equipment_id)
    return bool(log) and log[-1].is_use_by(batch_id)


async def interruption(work: Work, equipment_id: int, batch_id: int, since: datetime) -> LogEntry | None:
    """The first change after a moment that took a machine away from a batch; None: it was in its use all the time."""
    log = await log_of(work, equipment_id)
    return next((entry for entry in log if entry.changed_at > since and not entry.is_use_by(batch_id)), None)


async def take(work: Work, equipment_id: int, *, batch_id: int, reason: str) -> Equipment:
    """A batch begins to use a machine. Lock it first with `hold_still`."""
    return await plant.set_equipment_status(
        work, equipment_id, EquipmentStatus.IN_USE, reason=reason, batch_id=batch_id
    )


async def give_back(work: Work, equipment_id: int, *, batch_id: int, reason: str) -> Equipment:
    """A batch has done with a machine: it is to be cleaned. A machine that maintenance took is left as it is."""
    machine = await plant.machine(work, equipment_id)
    if machine.status is not EquipmentStatus.IN_USE:
        return machine
    return await plant.set_equipment_status(
        work, equipment_id, EquipmentStatus.TO_CLEAN, reason=reason, batch_id=batch_id
    )


async def hold_still(work: Work, equipment_id: int) -> None:
    """Nobody else starts on this machine until the end of this work."""
    await work.run(SQL["lock_machine"], equipment_id=equipment_id)


async def start_cleaning(work: Work, equipment_id: int, *, method: str) -> Cleaning:
    """Begin to clean a machine that no batch runs on. Raises EquipmentNotFound, MethodMissing, Refused."""
    if not method.strip():
        raise MethodMissing
    await hold_still(work, equipment_id)
    machine = await plant.machine(work, equipment_id)
    if machine.status not in {EquipmentStatus.TO_CLEAN, EquipmentStatus.READY}:
        raise Refused("equipment", equipment_id, "start_cleaning", [Against.FREE], state=machine.status)
    last = (await label(work, equipment_id, work.now)).batch_id
    said = {"equipment_id": equipment_id, "method": method.strip(), "actor": work.actor, "now": work.now}
    made: int = await work.scalar(SQL["start_cleaning"], **said)
    work.audit("cleaning.start", "cleaning", made, after={"equipment": machine.path, "method": method.strip()})
    await plant.set_equipment_status(work, equipment_id, EquipmentStatus.CLEANING, reason="cleaning", batch_id=last)
    return await cleaning(work, made)


async def finish_cleaning(work: Work, cleaning_id: int, credentials: Credentials, *, version: int) -> Cleaning:
    """Who cleaned signs that it is done; the machine is clean from now on, once somebody else has looked at it.

    Raises CleaningNotFound, StaleVersion, Refused, and as `people.sign` does.
    """
    before = await _locked(work, cleaning_id, version)
    if before.finished_at is not None:
        raise Refused("cleaning", cleaning_id, "finish", ["state_is_cleaning"])
    signed = await people.sign(
        work,
        credentials,
        Meaning.PERFORMED,
        before.method,
        record_type="cleaning",
        record_id=cleaning_id,
        record_version=version,
        content=content_of(before) | {"act": "finish"},
        roles=signers(Act.PERFORM),
    )
    said = {"finished_by": signed.printed_name, "finisher_id": signed.person_id, "signature_id": signed.id}
    await work.run(SQL["finish_cleaning"], cleaning_id=cleaning_id, now=work.now, **said)
    work.audit("cleaning.finish", "cleaning", cleaning_id, after=said)
    return await cleaning(work, cleaning_id)


async def check_cleaning(
    work: Work, cleaning_id: int, credentials: Credentials, *, passed: bool, remark: str = "", version: int
) -> Cleaning:
    """Another person says whether the machine is clean: it is ready, or is to be cleaned again.

    Raises CleaningNotFound, StaleVersion, Refused, and as `people.sign` does (SameSigner).
    """
    before = await _locked(work, cleaning_id, version)
    if before.finished_at is None or before.checked_at is not None:
        raise Refused("cleaning", cleaning_id, "check", ["cleaning_is_finished"])
    signed = await people.sign(
        work,
        credentials,
        Meaning.VERIFIED,
        remark.strip() or before.method,
        record_type="cleaning",
        record_id=cleaning_id,
        record_version=version,
        content=content_of(before) | {"act": "check", "passed": passed},
        roles=signers(Act.VERIFY),
        not_by=[before.finisher_id],
    )
    said = {"checked_by": signed.printed_name, "signature_id": signed.id, "passed": passed, "remark": remark.strip()}
    await work.run(SQL["check_cleaning"], cleaning_id=cleaning_id, now=work.now, **said)
    work.audit("cleaning.check", "cleaning", cleaning_id, after=said)
    status = EquipmentStatus.READY if passed else EquipmentStatus.TO_CLEAN
    await plant.set_equipment_status(work, before.equipment_id, status, reason=f"cleaning {cleaning_id}")
    return await cleaning(work, cleaning_id)


def content_of(found: Cleaning) -> dict[str, object]:
    """What is signed of a cleaning."""
    return {"equipment_id": found.equipment_id, "method": found.method, "started_at": found.started_at}


async def _locked(work: Work, cleaning_id: int, version: int) -> Cleaning:
    await hold_still(work, (await cleaning(work, cleaning_id)).equipment_id)
    found = await cleaning(work, cleaning_id)
    if found.version != version:
        raise StaleVersion("cleaning", cleaning_id, yours=version, current=found.version)
    return found
