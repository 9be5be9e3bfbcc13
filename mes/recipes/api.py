"""Master batch records over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Credentials
from mes.recipes import service
from mes.recipes.editing import record_from_yaml
from mes.recipes.model import AUTHORS, QA, RECIPE, RecipeVersion

router = APIRouter(prefix="/recipes", tags=["recipes"])
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Author = Annotated[Caller, Depends(allow(*AUTHORS))]
Quality = Annotated[Caller, Depends(allow(*QA))]


class TextBody(BaseModel):
    """A whole record, written as an entry of `recipes` in a plant folder."""

    model_config = ConfigDict(extra="forbid")

    yaml: str = Field(max_length=200_000)


class WriteBody(TextBody):
    version: int


class SignBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    username: str | None = None  # default: who is signed in
    password: str = Field(repr=False)
    reason: str


class ReasonBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    reason: str


class ForceBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    change: str | None = None  # number of the approved change; a product's first record needs none


def recipe_json(found: RecipeVersion) -> dict[str, Any]:
    """A version as programs see it."""
    names = [name for name in RecipeVersion.__slots__ if name != "record"]
    return {name: getattr(found, name) for name in names} | {"steps": RECIPE.open_steps(found.status)}


@router.get("")
async def list_recipes(work: Transaction, _: Signed, product: str | None = None) -> dict[str, Any]:
    """Versions by product, newest first, without their documents."""
    found = await service.recipes(work, product)
    return {"items": [{k: v for k, v in recipe_json(each).items() if k != "document"} for each in found]}


@router.get("/effective/{product}")
async def show_effective(
    product: str, work: Transaction, _: Signed, batch_size: Decimal | None = None
) -> dict[str, Any]:
    """What is in force for a product."""
    return recipe_json(await service.effective(work, product, batch_size))


@router.post("", status_code=201)
async def draft(body: TextBody, work: Transaction, _: Author) -> dict[str, Any]:
    """The next version of a product, in draft."""
    said = record_from_yaml(body.yaml)
    return recipe_json(await service.draft(work, said.record, reason=said.reason))


@router.get("/{recipe_id}")
async def show_recipe(recipe_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One version, and what is wrong in it."""
    found = await service.recipe(work, recipe_id)
    return recipe_json(found) | {"problems": [str(each) for each in await service.problems(work, found.record)]}


@router.put("/{recipe_id}")
async def write(recipe_id: Id, body: WriteBody, work: Transaction, _: Author) -> dict[str, Any]:
    """Write a draft anew."""
    said = record_from_yaml(body.yaml)
    made = await service.write(work, recipe_id, said.record, version=body.version, reason=said.reason)
    return recipe_json(made)


@router.post("/{recipe_id}/submit")
async def submit(recipe_id: Id, body: SignBody, work: Transaction, caller: Author) -> dict[str, Any]:
    """Its author signs it and hands it in."""
    who = Credentials(body.username or caller.name, body.password, caller.terminal)
    made = await service.submit(work, recipe_id, version=body.version, credentials=who, reason=body.reason)
    return recipe_json(made)


@router.post("/{recipe_id}/approve")
async def approve(recipe_id: Id, body: SignBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """QA signs it."""
    who = Credentials(body.username or caller.name, body.password, caller.terminal)
    made = await service.approve(work, recipe_id, version=body.version, credentials=who, reason=body.reason)
    return recipe_json(made)


@router.post("/{recipe_id}/put_in_force")
async def put_in_force(recipe_id: Id, body: ForceBody, work: Transaction, _: Quality) -> dict[str, Any]:
    """From now on orders take this version."""
    return recipe_json(await service.put_in_force(work, recipe_id, version=body.version, change=body.change))


@router.post("/{recipe_id}/{step}")
async def give_up(
    recipe_id: Id, step: Literal["return", "withdraw"], body: ReasonBody, work: Transaction, caller: Author
) -> dict[str, Any]:
    """QA sends it back; or its draft is withdrawn."""
    service.demand_role(caller.roles, step)
    take = service.return_to_draft if step == "return" else service.withdraw
    return recipe_json(await take(work, recipe_id, version=body.version, reason=body.reason))
