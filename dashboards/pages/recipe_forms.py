"""The form of a master record: written, its parts added, moved and taken out, saved as a draft; works without scripts.

Every button of the form sends all of it. Only `save` writes; the others answer with the form as it is then.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.recipe_form import Part, fields_of, filled, read, record_in, reshaped, shown
from dashboards.render import page
from mes.border import Caller, Transaction, allow
from mes.inventory import service as inventory
from mes.recipes import service as recipes
from mes.recipes.document import FefoPolicy, StepKind
from mes.recipes.model import AUTHORS, RecipeStatus, RecipeVersion
from telemetry.errors import Conflict
from telemetry.work import Work

router = APIRouter(prefix="/recipes")
Author = Annotated[Caller, Depends(allow(*AUTHORS))]
MOST_FIELDS = 20_000


class DraftOver(Conflict):
    """Only a draft is written in the form: begin the next version."""


@router.get("/new/form")
async def new_form(request: Request, work: Transaction, caller: Author, like: int | None = None) -> HTMLResponse:
    """The form of a new version, like another one."""
    if like is None:
        return await _shown(request, work, caller, None, {"operations": [{"steps": []}], "lines": []})
    found = await recipes.recipe(work, like)
    return await _shown(request, work, caller, None, filled(found.record, reason=""))


@router.post("/form")
async def write_new(request: Request, work: Transaction, caller: Author) -> Response:
    """A new draft, or the form again."""
    sent = await request.form(max_fields=MOST_FIELDS)
    return await _taken(request, work, caller, None, sent)


@router.get("/{recipe_id}/form")
async def edit_form(request: Request, work: Transaction, caller: Author, recipe_id: int) -> HTMLResponse:
    """A draft in its form."""
    found = await _draft(work, recipe_id)
    return await _shown(request, work, caller, found, filled(found.record, reason=found.reason))


@router.post("/{recipe_id}/form")
async def write_draft(request: Request, work: Transaction, caller: Author, recipe_id: int) -> Response:
    """A draft is written anew, or the form comes again."""
    sent = await request.form(max_fields=MOST_FIELDS)
    return await _taken(request, work, caller, await _draft(work, recipe_id), sent)


async def _draft(work: Work, recipe_id: int) -> RecipeVersion:
    found = await recipes.recipe(work, recipe_id)
    if found.status is not RecipeStatus.DRAFT:
        raise DraftOver(recipe=found.code)
    return found


async def _taken(
    request: Request, work: Work, caller: Caller, before: RecipeVersion | None, sent: FormData
) -> Response:
    form = read((name, value) for name, value in sent.multi_items() if isinstance(value, str))
    act = str(sent.get("do") or "save")
    version = str(sent.get("version", ""))
    if act == "look":
        return await _shown(request, work, caller, before, form, version=version)
    if act != "save":
        return await _shown(request, work, caller, before, form, version=version, at=reshaped(form, act))
    said, faults = record_in(form)
    if said is None:
        answer = await _shown(request, work, caller, before, form, version=version, faults=faults)
        answer.status_code = 422
        return answer
    if before is None:
        made = await recipes.draft(work, said.record, reason=said.reason)
        return done(f"/recipes/{made.id}", "recipe.draft")
    number = int(version) if version.isdecimal() else before.version
    await recipes.write(work, before.id, said.record, version=number, reason=said.reason)
    return done(f"/recipes/{before.id}", "recipe.write")


async def _shown(
    request: Request,
    work: Work,
    caller: Caller,
    before: RecipeVersion | None,
    form: Part,
    *,
    version: str = "",
    at: str = "",
    faults: dict[str, str] | None = None,
) -> HTMLResponse:
    """`at`: the part that a button was about: it is where the reader goes on."""
    view = {
        "recipe": before,
        "version": version or (before.version if before else ""),
        "form": shown(form),
        "at": at,
        "faults": faults or {},
        "fields_of": fields_of,
        "kinds": tuple(StepKind),
        "policies": tuple(FefoPolicy),
        "items": await inventory.items(work),
        "problems": await recipes.problems(work, before.record) if before and not version else [],
    }
    return page(request, "recipe-form.html", await frame(request, work, caller), **view)
