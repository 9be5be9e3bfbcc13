"""Recalls: the list, a new one from lots that are scanned, and one from its scope to the signature that closes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from dashboards.acting import demand_role
from dashboards.frame import frame, language_of
from dashboards.message import SEE_OTHER, done
from dashboards.pages.genealogy import NoLotOnThisCode
from dashboards.recall_papers import paper
from dashboards.recall_view import SIGNED, counts, view
from dashboards.render import page
from dashboards.signing import SignatureForm, SignedForm
from mes.barcodes.service import LONGEST_CODE, resolve
from mes.border import Caller, Signed, Transaction, allow
from mes.inventory import service as inventory
from mes.recall import clocks, notices, recovering, scoping, service, stepping
from mes.recall.accounts import Fate
from mes.recall.model import JUDGES, OVER, RECALL, STAFF, Kind, RecallClass, Status
from mes.recall.stepping import Signing
from telemetry.work import Work

router = APIRouter(prefix="/recalls")
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
LotIds = Annotated[list[Annotated[int, Query(ge=1, le=LARGEST)]] | None, Query(alias="lot")]
Staff = Annotated[Caller, Depends(allow(*STAFF))]
Judge = Annotated[Caller, Depends(allow(*JUDGES))]
Version = Annotated[int, Form()]
Text = Annotated[str, Form(max_length=2000)]
_A_PAGE = 50


@router.get("")
async def recalls(
    request: Request, work: Transaction, caller: Signed, status: str = "open", below: int | None = None
) -> HTMLResponse:
    """Open ones, or all."""
    around = await frame(request, work, caller)
    statuses = [each for each in Status if each not in OVER] if status == "open" else None
    found = await service.recalls(work, statuses=statuses, below=below, limit=_A_PAGE)
    rows = [(each, await stepping.look(work, each)) for each in found]
    more = found[-1].id if len(found) == _A_PAGE else None
    return page(request, "recall/recalls.html", around, rows=rows, shown=status, more=more, may_open=around.has(*STAFF))


@router.get("/new")
async def new(
    request: Request, work: Transaction, caller: Staff, chosen: LotIds = None, kind: Kind = Kind.REAL
) -> HTMLResponse:
    """Scan the lots that it begins with, see how far it would reach, begin."""
    around = await frame(request, work, caller)
    lots = [await inventory.lot(work, lot_id) for lot_id in dict.fromkeys(chosen or ())]
    reach = await scoping.reaches(work, [lot.id for lot in lots])
    name, rule = clocks.rule_in_force()
    shown = {"lots": lots, "lines": reach.lines, "cut": reach.cut, "counts": counts(reach.lines), "kind": kind}
    data = {"kinds": Kind, "classes": rule.classes, "citation": clocks.citation(name)}
    return page(request, "recall/new.html", around, **shown, **data)


@router.post("/new/lot")
async def scanned(
    work: Transaction,
    _: Staff,
    text: Annotated[str, Form(max_length=LONGEST_CODE)] = "",
    lot: Annotated[list[int] | None, Form()] = None,
    kind: Annotated[Kind, Form()] = Kind.REAL,
) -> Response:
    """One lot more. Raises CodeUnreadable, NothingHasThisCode, NoLotOnThisCode."""
    found = await resolve(work, text)
    if found.lot is None:
        raise NoLotOnThisCode(read=found.scan.hri)
    ids = "".join(f"&lot={lot_id}" for lot_id in dict.fromkeys([*(lot or ()), found.lot.id]))
    return RedirectResponse(f"/recalls/new?kind={kind}{ids}", SEE_OTHER)


@router.post("")
async def open_recall(
    work: Transaction,
    _: Staff,
    kind: Annotated[Kind, Form()],
    recall_class: Annotated[RecallClass, Form()],
    reason: Text = "",
    lot: Annotated[list[Annotated[int, Form(ge=1, le=LARGEST)]] | None, Form()] = None,
) -> Response:
    """Begin it: the clocks run."""
    opening = service.Opening(kind=kind, recall_class=recall_class, reason=reason, lot_ids=tuple(lot or ()))
    made = await service.open_recall(work, opening)
    return done(f"/recalls/{made.id}", "recall.open")


@router.get("/{recall_id}")
async def one(request: Request, work: Transaction, caller: Signed, recall_id: Id) -> HTMLResponse:
    """One recall."""
    around = await frame(request, work, caller)
    found = await service.recall(work, recall_id)
    return page(request, "recall/recall.html", around, **await view(work, caller, found))


@router.get("/{recall_id}/notice")
async def notice(
    request: Request,
    work: Transaction,
    caller: Signed,
    recall_id: Id,
    consignee: Annotated[str, Query(max_length=400)],
    language: Literal["zh", "en", ""] = "",
    form: Literal["html", "pdf"] = "html",
) -> Response:
    """What a consignee is sent, to be printed."""
    around = await frame(request, work, caller)
    now = await stepping.look(work, await service.recall(work, recall_id))
    theirs = next((each for each in now.consignees if each.name == consignee), None)
    if theirs is None:
        raise notices.ConsigneeNotFound(recall_id=recall_id, consignee=consignee)
    shown: dict[str, object] = {
        "recall": now.recall,
        "consignee": theirs,
        "site": around.site,
        "zone": around.zone,
        "now": work.now,
    }
    lots = await inventory.lots(work, lot_ids=[line.lot_id for line in theirs.lines])
    shown["items"] = {lot.id: lot for lot in lots}
    said = language or language_of(request)
    return await paper("recall/notice.html", said, f"{now.recall.number}-notice", as_pdf=form == "pdf", **shown)


@router.get("/{recall_id}/report")
async def report(
    request: Request, work: Transaction, caller: Signed, recall_id: Id, form: Literal["html", "pdf"] = "html"
) -> Response:
    """The whole of it on paper: scope, times, who was told, sums, signatures."""
    around = await frame(request, work, caller)
    found = await service.recall(work, recall_id)
    gathered = await view(work, caller, found)
    shown = gathered | {"accounts": gathered["all_accounts"], "site": around.site, "zone": around.zone, "now": work.now}
    name = f"{found.number}-report"
    return await paper("recall/report.html", language_of(request), name, as_pdf=form == "pdf", **shown)


@router.post("/{recall_id}/notices")
async def tell(
    recall_id: Id,
    work: Transaction,
    _: Staff,
    consignee: Annotated[str, Form(max_length=400)],
    event: Annotated[notices.Event, Form()],
    channel: Annotated[notices.Channel | Literal[""], Form()] = "",
    person: Annotated[str, Form(max_length=200)] = "",
    note: Text = "",
) -> Response:
    """A notice was sent, confirmed, or the consignee was given up."""
    told = notices.Told(consignee=consignee, event=event, channel=channel, person=person, note=note)
    await notices.record(work, recall_id, told)
    return done(f"/recalls/{recall_id}#notices", f"recall.notice_{event}")


@router.post("/{recall_id}/recoveries")
async def recover(
    recall_id: Id,
    work: Transaction,
    _: Staff,
    line: Annotated[str, Form(pattern=r"^\d{1,9}:[^\x00]{0,64}$")],
    fate: Annotated[Fate, Form()],
    quantity: Annotated[Decimal, Form(gt=0, max_digits=18, decimal_places=6)],
    note: Text = "",
) -> Response:
    """So much of a line is accounted for."""
    lot_id, shipment = line.split(":", 1)
    found = recovering.Found(lot_id=int(lot_id), shipment=shipment, fate=fate, quantity=quantity, note=note)
    await recovering.recover(work, recall_id, found)
    return done(f"/recalls/{recall_id}#recovery", "recall.recover_line")


@router.post("/{recall_id}/recoveries/{entry_id}/take-back")
async def take_back(recall_id: Id, entry_id: Id, work: Transaction, _: Staff, reason: Text = "") -> Response:
    """An entry was wrong."""
    await recovering.take_back(work, recall_id, entry_id, reason=reason)
    return done(f"/recalls/{recall_id}#recovery", "recall.take_back")


@router.post("/{recall_id}/progress")
async def progress(
    recall_id: Id,
    work: Transaction,
    _: Judge,
    reference: Annotated[str, Form(max_length=200)] = "",
    note: Text = "",
) -> Response:
    """The authority was told."""
    await recovering.report_progress(work, recall_id, reference=reference, note=note)
    return done(f"/recalls/{recall_id}#progress", "recall.report_progress")


@router.post("/{recall_id}/extend")
async def extend(recall_id: Id, work: Transaction, _: Staff, version: Version) -> Response:
    """Take in what was found since the holds."""
    await stepping.extend(work, recall_id, version=version)
    return done(f"/recalls/{recall_id}", "recall.extend")


@router.post("/{recall_id}/holds/{hold_id}/lift")
async def lift(
    recall_id: Id, hold_id: Id, work: Transaction, _: Staff, signed: SignedForm, version: Version
) -> Response:
    """Quality assurance lifts a hold of a closed recall."""
    await stepping.lift(work, recall_id, hold_id, _signing(signed, version))
    return done(f"/recalls/{recall_id}#scope", "recall.lift")


@router.post("/{recall_id}/{step}")
async def take_step(
    recall_id: Id, step: str, work: Transaction, caller: Staff, signed: SignedForm, version: Version, note: Text = ""
) -> Response:
    """One step further, signed where the step asks for it. Raises NoSuchStep."""
    if step in SIGNED:
        await _sign(work, recall_id, step, _signing(signed, version))
    else:
        demand_role(caller, RECALL, step)
        await stepping.take_step(work, recall_id, step, version=version, note=note)
    return done(f"/recalls/{recall_id}", f"recall.{step}")


async def _sign(work: Work, recall_id: int, step: str, signing: Signing) -> None:
    acts = {"sign_scope": stepping.sign_scope, "call_off": stepping.call_off, "close": stepping.close}
    await acts[step](work, recall_id, signing)


def _signing(signed: SignatureForm, version: int) -> Signing:
    return Signing(credentials=signed.credentials, meaning=signed.meaning, reason=signed.reason, version=version)
