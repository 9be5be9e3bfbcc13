"""Machine health over HTTP: how machines stand, what was advised, and the register of models."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.health import register, service, versions
from mes.health.model import Alert
from mes.health.register import Registered
from mes.health.service import MachineHealth
from mes.people.model import Credentials, Meaning, Role

router = APIRouter(tags=["machine health"])
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Filter = Annotated[int | None, Query(ge=1, le=LARGEST)]
Author = Annotated[Caller, Depends(allow(Role.ENGINEER, Role.QA))]
Crew = Annotated[Caller, Depends(allow(Role.MAINTENANCE, Role.ENGINEER, Role.LEAD))]
Quality = Annotated[Caller, Depends(allow(Role.QA))]
Why = Annotated[str, Field(min_length=1, max_length=500)]
WINDOW = timedelta(days=30)


class PeriodBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start: AwareDatetime
    end: AwareDatetime
    reason: Why


class RestartBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime
    reason: Why


class PutInForceBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=LARGEST)]
    username: str | None = None  # default: who is signed in
    password: str = Field(repr=False)
    meaning: Meaning
    reason: str
    control: str | None = None  # number of the approved change control


class GiveUpBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=LARGEST)]
    reason: Why


@router.get("/machine-health")
async def list_machine_health(work: Transaction, _: Signed) -> dict[str, Any]:
    """All watched machines, those that need people most first."""
    return {"items": [standing_json(each) for each in await service.fleet(work)]}


@router.get("/machine-health/{equipment_id}")
async def show_machine_health(equipment_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One machine as it stands, with its exclusions and resets."""
    found = await service.machine_health(work, equipment_id)
    more = {
        "exclusions": [asdict(each) for each in await service.exclusions(work, equipment_id)],
        "resets": [asdict(each) for each in await service.resets(work, equipment_id)],
    }
    return standing_json(found) | more


@router.get("/machine-health/{equipment_id}/samples")
async def list_samples(
    equipment_id: Id,
    work: Transaction,
    _: Signed,
    start: AwareDatetime | None = None,
    end: AwareDatetime | None = None,
    most: Annotated[int, Query(ge=1, le=5000)] = 600,
) -> dict[str, Any]:
    """What was told over time: health, statistic, and of each signal its value, what was expected, and its spread."""
    found = await service.machine_health(work, equipment_id)
    until = end or work.now
    items = await service.samples(work, equipment_id, start or until - WINDOW, until, most=most)
    return {"signals": signals_json(found), "items": [asdict(each) for each in items]}


@router.get("/machine-health/{equipment_id}/alerts")
async def list_alerts(
    equipment_id: Id, work: Transaction, _: Signed, below: Filter = None, open_only: bool = False
) -> dict[str, Any]:
    """Alerts of one machine, newest first."""
    await service.machine_health(work, equipment_id)
    found = await service.alerts(work, equipment_id, open_only=open_only, below=below)
    return {"items": [alert_json(each) for each in found]}


@router.get("/health-alerts/{alert_id}")
async def show_alert(alert_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One alert: version, window, score, and the signals that count most."""
    return alert_json(await service.alert(work, alert_id))


@router.post("/machine-health/{equipment_id}/exclusions")
async def add_exclusion(equipment_id: Id, body: PeriodBody, work: Transaction, _: Author) -> dict[str, Any]:
    """Nothing is learned from this time."""
    return asdict(await service.exclude(work, equipment_id, body.start, body.end, reason=body.reason))


@router.post("/machine-health/{equipment_id}/restarts")
async def add_restart(equipment_id: Id, body: RestartBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """The machine runs otherwise from then on: its levels are taken anew."""
    await service.say_restart(work, equipment_id, body.at, reason=body.reason)
    return {"resets": [asdict(each) for each in await service.resets(work, equipment_id)]}


@router.post("/machine-health/{equipment_id}/models")
async def ask_for_model(equipment_id: Id, body: PeriodBody, work: Transaction, _: Author) -> dict[str, Any]:
    """Have a new version learned from this time; it is proposed when it is done."""
    await service.ask_to_learn(work, equipment_id, body.start, body.end, reason=body.reason)
    return standing_json(await service.machine_health(work, equipment_id))


@router.get("/health-models")
async def list_models(work: Transaction, _: Signed, equipment_id: Filter = None) -> dict[str, Any]:
    """The register: every version with its score card and what mechanics said of its advice."""
    return {"items": [registered_json(each) for each in await register.register(work, equipment_id)]}


@router.get("/health-models/{model_id}")
async def show_model(model_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One version."""
    return registered_json(await register.registered(work, model_id))


@router.post("/health-models/{model_id}/sign")
async def sign_model(model_id: Id, body: PutInForceBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """Put a proposed version in force under an approved change."""
    who = Credentials(body.username or caller.name, body.password, caller.terminal)
    await versions.sign(
        work,
        model_id,
        version=body.version,
        credentials=who,
        meaning=body.meaning,
        reason=body.reason,
        control=body.control,
    )
    return registered_json(await register.registered(work, model_id))


@router.post("/health-models/{model_id}/withdraw")
async def withdraw_model(model_id: Id, body: GiveUpBody, work: Transaction, _: Author) -> dict[str, Any]:
    """A proposed version never comes in force."""
    await versions.withdraw(work, model_id, version=body.version, reason=body.reason)
    return registered_json(await register.registered(work, model_id))


def standing_json(found: MachineHealth) -> dict[str, Any]:
    """How a machine stands, with its open alerts."""
    run = found.run
    return {
        "equipment_id": found.machine.id,
        "machine": found.machine.path,
        "standing": found.standing,
        "health": run.health if run else None,
        "stat": run.stat if run else None,
        "heard_at": run.heard_at if run else None,
        "position": run.position if run else None,
        "hindrance": run.hindrance if run else "",
        "detector": found.watched.words.detector,
        "model_id": found.model.id if found.model else None,
        "proposed_id": found.proposed.id if found.proposed else None,
        "signals": signals_json(found),
        "open_alerts": [alert_json(each) for each in found.open_alerts],
    }


def signals_json(found: MachineHealth) -> list[dict[str, Any]]:
    """Signals in the order of samples, with the points that they are read from."""
    return [{"point_id": each.point_id, "name": each.name, "unit": each.unit} for each in found.points]


def alert_json(alert: Alert) -> dict[str, Any]:
    """An alert; its score is in multiples of the threshold."""
    return asdict(alert) | {"threshold": 1.0}


def registered_json(found: Registered) -> dict[str, Any]:
    """A version with its record in the plant; its arrays stay in the store."""
    judged = asdict(found.precision)
    share = found.precision.share
    told = {"share": None if share is None else str(share), "unjudged": found.precision.unjudged}
    return asdict(found.model) | {"machine": found.machine.path, "precision": judged | told}
