"""Policies over HTTP: packs, versions with their documents, changes on their way, and how well a cadence was kept."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Credentials, Meaning, Role
from mes.plant.model import RuleVersion
from mes.policies import changes
from mes.policies.cadence import PointCadence, cadence_of_zone
from mes.policies.comparing import differences
from mes.policies.document import content_sha256, document_of, policy_of
from mes.policies.model import ChangeStatus, PolicyChange
from mes.policies.reading import names, policy_named
from models.policy import Policy

router = APIRouter(tags=["policies"])
Quality = Annotated[Caller, Depends(allow(Role.QA))]
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Code = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9_-]{0,63}$")]
Pack = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9_-]{0,63}(@[0-9]{1,6})?$")]
DAY = timedelta(days=1)


class ProposalBody(BaseModel):
    """The whole next version; `base_version` is the one that it was written against."""

    model_config = ConfigDict(extra="forbid")

    base_version: Annotated[int, Field(ge=1, le=LARGEST)]
    document: dict[str, Any]
    effective_from: AwareDatetime | None = None  # None: from the signature on
    reason: str


class SignBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    username: str | None = None  # default: who is signed in
    password: str = Field(repr=False)
    meaning: Meaning
    reason: str
    control: str | None = None  # number of the approved change control


class WithdrawBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    reason: str


@router.get("/policy-packs")
async def list_packs(_: Signed) -> dict[str, Any]:
    """The packs that come with Isotherm, each in its newest version."""
    return {"items": [_policy_json(policy_named(name)) for name in names()], "next": None}


@router.get("/policy-packs/{name}")
async def show_pack(name: Pack, _: Signed) -> dict[str, Any]:
    """One pack, newest or as `gsp_cn@1`."""
    return _policy_json(policy_named(name))


@router.get("/policies/{code}")
async def show_policy(code: Code, work: Transaction, _: Signed) -> dict[str, Any]:
    """A policy of the plant: all its versions, oldest first, and its changes, newest first."""
    versions = await changes.versions(work, code)
    on_their_way = await changes.changes(work, code)
    return {
        "policy": code,
        "versions": [version_json(version) for version in versions],
        "changes": [change_json(each, _base(versions, each)) for each in on_their_way],
    }


@router.post("/policies/{code}/changes", status_code=201)
async def propose(code: Code, body: ProposalBody, work: Transaction, _: Quality) -> dict[str, Any]:
    """Propose the next version. It judges nothing before it is signed."""
    made = await changes.propose(
        work,
        code,
        policy_of(body.document),
        effective_from=body.effective_from,
        reason=body.reason,
        base_number=body.base_version,
    )
    return change_json(made, _base(await changes.versions(work, code), made))


@router.get("/policy-changes")
async def list_changes(work: Transaction, _: Signed, status: ChangeStatus | None = None) -> dict[str, Any]:
    """Changes of all policies, newest first."""
    return {"items": [change_json(each, None) for each in await changes.changes(work, status=status)], "next": None}


@router.get("/policy-changes/{change_id}")
async def show_change(change_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One change with what differs from the version that it follows."""
    found = await changes.change(work, change_id)
    return change_json(found, _base(await changes.versions(work, found.code), found))


@router.post("/policy-changes/{change_id}/sign")
async def sign(change_id: Id, body: SignBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """Sign the whole document: it becomes the next version."""
    who = Credentials(body.username or caller.name, body.password, caller.terminal)
    signed = await changes.sign(
        work,
        change_id,
        version=body.version,
        credentials=who,
        meaning=body.meaning,
        reason=body.reason,
        control=body.control,
    )
    return version_json(signed)


@router.post("/policy-changes/{change_id}/withdraw")
async def withdraw(change_id: Id, body: WithdrawBody, work: Transaction, _: Quality) -> dict[str, Any]:
    """The change is not made."""
    return change_json(await changes.withdraw(work, change_id, version=body.version, reason=body.reason), None)


@router.get("/zones/{zone_id}/cadence")
async def show_cadence(zone_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """How often the zone's points were refreshed and recorded in the last 24 hours, against what its policies ask."""
    rule, found = await cadence_of_zone(work, zone_id, work.now - DAY, work.now)
    return {"rule": asdict(rule) if rule else None, "points": [_cadence_json(each) for each in found]}


def version_json(version: RuleVersion) -> dict[str, Any]:
    """A version with the hash of what it says."""
    return version.told() | {"content_sha256": content_sha256(version.policy)}


def change_json(change: PolicyChange, base: Policy | None) -> dict[str, Any]:
    """A change; with the version that it follows, also what differs."""
    names_ = [name for name in PolicyChange.__slots__ if name not in {"code", "policy"}]
    told = {"policy": change.code} | {name: getattr(change, name) for name in names_}
    if base is None:
        return told
    differing = differences(base, change.policy)
    return told | {"differences": [{"place": p, "before": b, "after": a} for p, (b, a) in differing.items()]}


def _base(versions: list[RuleVersion], change: PolicyChange) -> Policy | None:
    return next((version.policy for version in versions if version.version == change.base_number), None)


def _policy_json(policy: Policy) -> dict[str, Any]:
    return {"code": policy.code, "document": document_of(policy), "content_sha256": content_sha256(policy)}


def _cadence_json(found: PointCadence) -> dict[str, Any]:
    told = [asdict(each) | {"is_met": each.is_met} for each in found.kept]
    return {"point_id": found.point.point_id, "point": found.point.name, "is_met": found.is_met, "kept": told}
