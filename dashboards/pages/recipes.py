"""Master batch records: the list, one version to read, its text to edit, what differs from any other version.

The form of a draft is in `recipe_forms`.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import demand_role
from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.changes import service as changes
from mes.changes.model import IN_HAND, subject_of
from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.model import Meaning
from mes.recipes import service as recipes
from mes.recipes.editing import differences, record_from_yaml, yaml_of
from mes.recipes.model import AUTHORS, RECIPE, RecipeStatus, RecipeVersion
from telemetry.work import Work

router = APIRouter(prefix="/recipes")
Author = Annotated[Caller, Depends(allow(*AUTHORS))]
STEPS = tuple(status for status in RecipeStatus if status not in {RecipeStatus.SUPERSEDED, RecipeStatus.WITHDRAWN})
_SIGNED = {"submit": (Meaning.AUTHORED,), "approve": (Meaning.APPROVED,)}
EMPTY = """product: CODE
version: 1
reason: What changes, and why
title: {en: Title, zh: 标题}
batch_size: 1000
unit: pcs
lines:
- {number: 10, item: CODE, quantity: 1, unit: kg, step: first/issue}
operations:
- code: first
  name: {en: First operation, zh: 第一道工序}
  steps:
  - {code: issue, kind: material, text: {en: Issue the material, zh: 领料}}
"""


@router.get("")
async def recipe_list(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """All versions by product."""
    around = await frame(request, work, caller)
    items = {item.code: item for item in await inventory.items(work)}
    view = {"rows": await recipes.recipes(work), "items": items, "may_write": around.has(*AUTHORS)}
    return page(request, "recipes.html", around, **view)


@router.get("/new")
async def new_text(request: Request, work: Transaction, caller: Signed, like: int | None = None) -> HTMLResponse:
    """The text of a new version, like another one."""
    around = await frame(request, work, caller)
    text = EMPTY if like is None else await _text(work, await recipes.recipe(work, like))
    return page(request, "recipe-text.html", around, recipe=None, text=text)


@router.post("")
async def draft(work: Transaction, _: Author, text: Annotated[str, Form()]) -> Response:
    """A new version in draft."""
    said = record_from_yaml(text)
    made = await recipes.draft(work, said.record, reason=said.reason)
    return done(f"/recipes/{made.id}", "recipe.draft")


@router.get("/{recipe_id}")
async def recipe(
    request: Request, work: Transaction, caller: Signed, recipe_id: int, against: int | None = None
) -> HTMLResponse:
    """One version. `against`: which other version it is compared with; the one before unless said."""
    around = await frame(request, work, caller)
    found = await recipes.recipe(work, recipe_id)
    others = [v for v in await recipes.recipes(work, found.product) if v.id != found.id]
    before = next((v for v in others if (v.number < found.number if against is None else v.id == against)), None)
    approved = await changes.changes(work, subject=subject_of("recipe", found.product), statuses=IN_HAND)
    is_judged = found.status in {RecipeStatus.DRAFT, RecipeStatus.REVIEW}
    view = {
        "recipe": found,
        "record": found.record,
        "items": {item.code: item for item in await inventory.items(work)},
        "before": before,
        "others": others,
        "differences": differences(before.record, found.record) if before else [],
        "problems": await recipes.problems(work, found.record) if is_judged else [],
        "may_write": around.has(*AUTHORS),
        "open_steps": [s for s in RECIPE.open_steps(found.status) if caller.roles & _roles(s)],
        "signed_steps": _SIGNED,
        "changes": approved,
        "subject": subject_of("recipe", found.product),
        "steps": STEPS,
        "signatures": await people.verified_signatures_of(work, "recipe", recipe_id, recipes.signed_content(found)),
        "trail": await audit.entries(work, entity="recipe", entity_id=recipe_id, limit=50),
    }
    return page(request, "recipe.html", around, **view)


@router.get("/{recipe_id}/text")
async def edit_text(request: Request, work: Transaction, caller: Signed, recipe_id: int) -> HTMLResponse:
    """A version as text: to edit in draft, to read and copy ever after."""
    around = await frame(request, work, caller)
    found = await recipes.recipe(work, recipe_id)
    return page(request, "recipe-text.html", around, recipe=found, text=await _text(work, found))


@router.post("/{recipe_id}/text")
async def write(
    recipe_id: int, work: Transaction, _: Author, version: Annotated[int, Form()], text: Annotated[str, Form()]
) -> Response:
    """A draft is written anew."""
    said = record_from_yaml(text)
    await recipes.write(work, recipe_id, said.record, version=version, reason=said.reason)
    return done(f"/recipes/{recipe_id}", "recipe.write")


@router.post("/{recipe_id}/{step}")
async def take_step(
    recipe_id: int,
    step: str,
    work: Transaction,
    caller: Signed,
    signed: SignedForm,
    version: Annotated[int, Form()],
    change: Annotated[str, Form()] = "",
) -> Response:
    """One step further: submit and approve are signed; putting in force names its change."""
    demand_role(caller, RECIPE, step)
    if step in _SIGNED:
        take = recipes.submit if step == "submit" else recipes.approve
        await take(work, recipe_id, version=version, credentials=signed.credentials, reason=signed.reason)
    elif step == "put_in_force":
        await recipes.put_in_force(work, recipe_id, version=version, change=change or None)
    else:
        give_up = recipes.return_to_draft if step == "return" else recipes.withdraw
        await give_up(work, recipe_id, version=version, reason=signed.reason)
    return done(f"/recipes/{recipe_id}", f"recipe.{step}")


async def _text(work: Work, found: RecipeVersion) -> str:
    return yaml_of(found.record, version=found.number, reason=found.reason)


def _roles(step: str) -> frozenset[str]:
    return frozenset(role for row in RECIPE.table if row.step == step for role in row.roles)
