"""Policies: what judges where, one policy with all its versions, and how QA changes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from dashboards.frame import Frame, frame
from dashboards.language import catalog
from dashboards.message import done
from dashboards.policy_view import Column, blocks, told, unit_of
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.changes import service as controls
from mes.changes.model import IN_HAND, subject_of
from mes.notifications.latency import worst
from mes.people import service as people
from mes.people.model import Role
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, RuleVersion, Zone, rule_at
from mes.policies import changes
from mes.policies import service as policies
from mes.policies.cadence import cadence_of_zone
from mes.policies.document import content_sha256
from mes.policies.editing import edited, texts
from mes.policies.model import ChangeStatus, PolicyChange
from mes.policies.reading import names, policy_named
from models.demands import demands_of
from models.policy import Level, Policy
from telemetry.errors import Invalid

router = APIRouter(prefix="/policies")
Quality = Annotated[Caller, Depends(allow(Role.QA))]
SIDE_BY_SIDE = 4
DAY = timedelta(days=1)


class MomentUnreadable(Invalid):
    """This is no moment: a date and a time of day, in the plant's zone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One policy of the plant in the list."""

    rule: RuleVersion  # in force, or else the first to come
    zones: Sequence[Zone]
    points: Sequence[MeasuringPoint]
    is_in_force: bool
    change: PolicyChange | None  # that waits for a signature


@router.get("")
async def policy_list(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """The plant's policies, and the packs."""
    around = await frame(request, work, caller)
    waiting = {each.code: each for each in await changes.changes(work, status=ChangeStatus.PROPOSED)}
    by_code: dict[str, list[RuleVersion]] = {}
    for rule in await plant.rules(work):
        by_code.setdefault(rule.code, []).append(rule)
    zones = await plant.zones(work)
    lines = []
    for code, versions in by_code.items():
        now = rule_at(versions, work.now)
        judged = [zone for zone in zones if zone.policy == code]
        points = await plant.points_judged_by(work, code)
        lines.append(Line(now or versions[0], judged, points, now is not None, waiting.get(code)))
    packs = [policy_named(name) for name in names()]
    return page(request, "policies.html", around, lines=lines, packs=packs)


@router.get("/packs/{name}")
async def pack(request: Request, work: Transaction, caller: Signed, name: str) -> HTMLResponse:
    """What one pack says, with its citations."""
    around = await frame(request, work, caller)
    found = policy_named(name)
    shown = [Column(f"{found.version}", found, version=found.version)]
    return page(request, "policy-pack.html", around, policy=found, **_table(around, shown))


@router.get("/changes/{change_id}")
async def change(request: Request, work: Transaction, caller: Signed, change_id: int) -> HTMLResponse:
    """One change: what differs, and the signature."""
    around = await frame(request, work, caller)
    found = await changes.change(work, change_id)
    versions = await changes.versions(work, found.code)
    base = next((version for version in versions if version.version == found.base_number), versions[0])
    signed = await people.verified_signatures_of(work, "policy", found.code, found.signed_content())
    view = {
        "change": found,
        "controls": await controls.changes(work, subject=subject_of("policy", found.code), statuses=IN_HAND),
        "subject": subject_of("policy", found.code),
        "base": base,
        "is_late": found.effective_from is not None and found.effective_from < work.now,
        "meanings": changes.MEANINGS,
        "signatures": [each for each in signed if each.signature.id == found.signature_id],
        "sha256": content_sha256(found.policy),
        "may_decide": around.has(Role.QA) and found.status is ChangeStatus.PROPOSED,
        "latency_s": _latency_s(found.policy, await plant.points_judged_by(work, found.code)),
    }
    shown = [Column(f"{base.version}", base.policy, base.effective_from, base.version)]
    shown.append(Column(f"{found.number}", found.policy, found.effective_from, found.number))
    return page(request, "policy-change.html", around, **view, **_table(around, shown))


@router.post("/changes/{change_id}/sign")
async def sign(
    change_id: int,
    work: Transaction,
    _: Quality,
    signed: SignedForm,
    version: Annotated[int, Form()],
    control: Annotated[str, Form()] = "",
) -> Response:
    """QA signs under an approved change, and the version is there."""
    made = await changes.sign(
        work,
        change_id,
        version=version,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
        control=control or None,
    )
    return done(f"/policies/{made.code}", "policy.signed")


@router.post("/changes/{change_id}/withdraw")
async def withdraw(
    change_id: int, work: Transaction, _: Quality, version: Annotated[int, Form()], reason: Annotated[str, Form()] = ""
) -> Response:
    """The change is not made."""
    found = await changes.withdraw(work, change_id, version=version, reason=reason)
    return done(f"/policies/{found.code}", "policy.withdrawn")


@router.get("/{code}")
async def policy(request: Request, work: Transaction, caller: Signed, code: str) -> HTMLResponse:
    """One policy: its versions side by side, where it judges, and what regulations ask beside it."""
    around = await frame(request, work, caller)
    versions = await changes.versions(work, code)
    now = rule_at(versions, work.now) or versions[0]
    judged = await plant.points_judged_by(work, code)
    beside = (await policies.with_packs(work, now.policy, work.now))[1:]
    shown = [Column(f"{v.version}", v.policy, v.effective_from, v.version) for v in versions[-SIDE_BY_SIDE:]]
    view = {
        "code": code,
        "now": now,
        "versions": versions,
        "signers": {v.id: await people.signature(work, v.signature_id) for v in versions if v.signature_id},
        "hashes": {version.id: content_sha256(version.policy) for version in versions},
        "zones": [zone for zone in await plant.zones(work) if zone.policy == code],
        "points": judged,
        "latency_s": _latency_s(now.policy, judged),
        "beside": beside,
        "demands": demands_of((now.policy, *beside)),
        "changes": await changes.changes(work, code),
        "trail": await audit.entries(work, entity="policy", entity_id=code, limit=50),
        "may_propose": around.has(Role.QA),
    }
    return page(request, "policy.html", around, **view, **_table(around, shown))


@router.get("/{code}/cadence/{zone_id}")
async def cadence(request: Request, work: Transaction, caller: Signed, code: str, zone_id: int) -> HTMLResponse:
    """How often a zone's points were refreshed and recorded in the last day: a page, or a part of the policy's."""
    around = await frame(request, work, caller)
    zone = await plant.zone(work, zone_id)
    rule, found = await cadence_of_zone(work, zone_id, work.now - DAY, work.now)
    template = "policy-cadence-part.html" if "hx-request" in request.headers else "policy-cadence.html"
    return page(request, template, around, code=code, place=zone, rule=rule, found=found, since=work.now - DAY)


@router.get("/{code}/next")
async def next_version(request: Request, work: Transaction, caller: Quality, code: str) -> HTMLResponse:
    """The form for the next version, filled with what the newest says."""
    around = await frame(request, work, caller)
    last = (await changes.versions(work, code))[-1]
    return _form(request, around, last, texts(last.policy), {})


@router.post("/{code}/next")
async def propose(request: Request, work: Transaction, caller: Quality, code: str) -> Response:
    """Propose it; with what can't be read, the form again, as it was filled in."""
    sent = await request.form()
    last = (await changes.versions(work, code))[-1]
    said = {place: str(sent.get(place, text)) for place, text in texts(last.policy).items()}
    result = edited(last.policy, said)
    if result.policy is None:
        around = await frame(request, work, caller)
        return _form(request, around, last, said, result.faults, sent)
    made = await changes.propose(
        work,
        code,
        result.policy,
        effective_from=moment_of(str(sent.get("effective_from", "")), await plant.time_zone(work)),
        reason=str(sent.get("reason", "")),
        base_number=int(str(sent.get("base_number", last.version))),
    )
    return done(f"/policies/changes/{made.id}", "policy.proposed")


def moment_of(text: str, zone: ZoneInfo) -> datetime | None:
    """A moment as a form sends it, in the plant's zone; None for nothing. Raises MomentUnreadable."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone)
    except ValueError as error:
        raise MomentUnreadable(text=text) from error


def _latency_s(policy: Policy, judged: Sequence[MeasuringPoint]) -> float | None:
    """The worst that the alarm delay can lead to, before any ladder adds to it; None where nothing is judged."""
    rule = policy.level(Level.ALARM)
    if rule is None or not judged:
        return None
    slowest_s, delay_s = max(point.interval_s for point in judged), max(rule.low_delay_s, rule.high_delay_s)
    return worst(interval_s=slowest_s, delay_s=delay_s, after_s=0, fold_s=0).total_s


def _form(
    request: Request,
    around: Frame,
    last: RuleVersion,
    said: Mapping[str, str],
    faults: Mapping[str, str],
    sent: FormData | None = None,
) -> HTMLResponse:
    kept = {name: str(sent.get(name, "")) if sent else "" for name in ("effective_from", "reason")}
    shown = _table(around, [Column(f"{last.version}", last.policy)])
    answer = page(request, "policy-next.html", around, last=last, said=said, faults=faults, kept=kept, **shown)
    answer.status_code = 422 if faults else 200
    return answer


def _table(around: Frame, columns: Sequence[Column]) -> dict[str, object]:
    """The table's blocks, and how its values are told in the reader's language."""

    def value(name: str, what: object, unit: str) -> str:
        return told(name, what, unit, catalog(around.language).gettext)

    return {"columns": columns, "blocks": blocks(columns), "value": value, "unit_of": unit_of}
