"""Write a master record, have it approved, put it in force. Orders take a copy of what is in force.

A product's first version needs no change control; every later one does, under an approved change of `recipe:PRODUCT`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from pathlib import Path

from psycopg.types.json import Jsonb

from mes.audit import service as audit
from mes.changes import service as changes
from mes.changes.model import subject_of
from mes.people import service as people
from mes.people.intact import demand_intact
from mes.people.model import Credentials, Meaning, Role
from mes.recipes.document import MasterRecord
from mes.recipes.mistakes import Mistake
from mes.recipes.model import AUTHORS, RECIPE, RecipeFacts, RecipeStatus, RecipeVersion
from mes.recipes.soundness import named_points
from mes.recipes.soundness import problems as mistakes
from mes.recipes.written import document_of
from mes.recipes.written import scaled as scaled
from mes.transitions import Refused, StaleVersion
from telemetry import queries
from telemetry.errors import Forbidden, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


class RecipeNotFound(NotFound):
    """There is no such master batch record."""


class NoEffectiveRecipe(NotFound):
    """No master batch record is in force for this product: have one approved and put in force first."""


class RecipeWrong(Invalid):
    """The master batch record has mistakes: mend what is listed."""


class RecipeWithoutReason(Invalid):
    """Say what changes in this version of the master batch record, and why."""


class RecipeStepForbidden(Forbidden):
    """None of your roles may take this step with a master batch record."""


async def recipe(work: Work, recipe_id: int) -> RecipeVersion:
    """One version. Raises RecipeNotFound."""
    return await _one(work, "recipe", recipe_id)


async def recipes(
    work: Work, product: str | None = None, *, statuses: Iterable[RecipeStatus] | None = None
) -> list[RecipeVersion]:
    """Versions by product, newest first."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    return await work.all(SQL["recipes"], RecipeVersion, product=product, statuses=chosen)


async def effective(work: Work, product: str, batch_size: Decimal | None = None) -> RecipeVersion:
    """What is in force for a product: for this batch size where there is one, else the newest.

    Raises NoEffectiveRecipe.
    """
    found = await work.one(SQL["effective_for"], RecipeVersion, product=product, quantity=batch_size)
    if found is None:
        raise NoEffectiveRecipe(product=product)
    return found


async def problems(work: Work, record: MasterRecord) -> list[Mistake]:
    """Every mistake in a record, held against this plant."""
    codes = [record.product, *(line.item for line in record.lines)]
    items = {row[0]: row[1] for row in await _pairs(work, "known_items", codes=codes)}
    measures = [row[0] for row in await _pairs(work, "known_measures")]
    points = [row[0] for row in await _pairs(work, "known_points", names=named_points(record))]
    return mistakes(record, items=items, measures=measures, points=points)


async def _pairs(work: Work, block: str, **asked: object) -> list[tuple[str, ...]]:
    return await (await work.db.execute(SQL[block], asked)).fetchall()


async def draft(work: Work, record: MasterRecord, *, reason: str) -> RecipeVersion:
    """The next version of its product, in draft; mistakes are found later. Raises RecipeWithoutReason."""
    if not reason.strip():
        raise RecipeWithoutReason(product=record.product)
    await work.run(SQL["lock_product"], product=record.product)
    told = {"product": record.product, "batch_size": record.batch_size, "reason": reason.strip()}
    kept = {"document": Jsonb(document_of(record)), "actor": work.actor, "now": work.now}
    made = await work.one(SQL["add"], RecipeVersion, **told, **kept)
    if made is None:
        raise RecipeNotFound(product=record.product)
    work.audit("recipe.draft", "recipe", made.id, after=told | {"number": made.number}, reason=reason)
    return made


async def write(
    work: Work, recipe_id: int, record: MasterRecord, *, version: int, reason: str | None = None
) -> RecipeVersion:
    """Write a draft anew; who wrote last is its author. Raises RecipeNotFound, StaleVersion, Refused."""
    before = await _locked(work, recipe_id, version)
    guards = {
        "state_is_draft": before.status is RecipeStatus.DRAFT,
        "product_stays": record.product == before.product,
    }
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("recipe", recipe_id, "write", failed)
    kept = {"document": Jsonb(document_of(record)), "actor": work.actor, "now": work.now}
    told = {"batch_size": record.batch_size, "reason": reason or before.reason}
    after = await _one(work, "write", recipe_id, **told, **kept)
    was, now = {"document": before.document}, {"document": after.document}
    work.audit("recipe.write", "recipe", recipe_id, before=was, after=now, reason=after.reason)
    return after


async def submit(work: Work, recipe_id: int, *, version: int, credentials: Credentials, reason: str) -> RecipeVersion:
    """Its author signs it and hands it in.

    Raises RecipeWrong with every mistake, StaleVersion, Refused, and what `people.sign` raises.
    """
    before = await _locked(work, recipe_id, version)
    if found := await problems(work, before.record):
        raise RecipeWrong(mistakes="; ".join(map(str, found)))
    row = RECIPE.step("submit", recipe_id, before.status, RecipeFacts())
    signed = await _sign(work, before, credentials, Meaning.AUTHORED, reason, AUTHORS)
    return await _step(work, before, "submit", row.target, reason, author_signature_id=signed)


async def return_to_draft(work: Work, recipe_id: int, *, version: int, reason: str) -> RecipeVersion:
    """QA sends it back; it may be written again. Raises StaleVersion, Refused."""
    before = await _locked(work, recipe_id, version)
    row = RECIPE.step("return", recipe_id, before.status, RecipeFacts(reason=reason))
    return await _step(work, before, "return", row.target, reason)


async def withdraw(work: Work, recipe_id: int, *, version: int, reason: str) -> RecipeVersion:
    """A draft is given up. Raises StaleVersion, Refused."""
    before = await _locked(work, recipe_id, version)
    row = RECIPE.step("withdraw", recipe_id, before.status, RecipeFacts(reason=reason))
    return await _step(work, before, "withdraw", row.target, reason)


async def approve(work: Work, recipe_id: int, *, version: int, credentials: Credentials, reason: str) -> RecipeVersion:
    """QA signs it; neither who wrote any of it nor who signed as its author.

    Raises RecipeWrong, StaleVersion, Refused, and what `people.sign` raises.
    """
    before = await _locked(work, recipe_id, version)
    if found := await problems(work, before.record):
        raise RecipeWrong(mistakes="; ".join(map(str, found)))
    await demand_as_signed(work, before)
    wrote = await audit.actors(work, "recipe", recipe_id, ["recipe.draft", "recipe.write"])
    facts = RecipeFacts(signer=credentials.username, authors=wrote | {before.authored_by})
    row = RECIPE.step("approve", recipe_id, before.status, facts)
    author = await people.signature(work, before.author_signature_id) if before.author_signature_id else None
    signed = await _sign(
        work, before, credentials, Meaning.APPROVED, reason, (Role.QA,), not_by=[author.person_id] if author else ()
    )
    return await _step(work, before, "approve", row.target, reason, approval_signature_id=signed)


async def put_in_force(work: Work, recipe_id: int, *, version: int, change: str | None = None) -> RecipeVersion:
    """From now on orders take this version; the one before is superseded. Running batches keep their copy.

    Raises RecipeNotFound, StaleVersion, Refused, ChangeNeeded, ChangeNotApproved, ChangeOfAnotherThing.
    """
    await work.run(SQL["lock_product"], product=(await recipe(work, recipe_id)).product)
    before = await _locked(work, recipe_id, version)
    await demand_as_signed(work, before)
    is_first = not await recipes(work, before.product, statuses=(RecipeStatus.EFFECTIVE, RecipeStatus.SUPERSEDED))
    if not is_first:
        subject = subject_of("recipe", before.product)
        change = (await changes.demand(work, change, subject, f"{before.code} put in force")).number
    facts = RecipeFacts(is_first=is_first, change_given=change is not None)
    row = RECIPE.step("put_in_force", recipe_id, before.status, facts)
    size = {"product": before.product, "batch_size": before.batch_size}
    await work.run(SQL["supersede"], id=recipe_id, now=work.now, **size)
    told = {"effective_from": work.now, "change": change or None}
    after = await _step(work, before, "put_in_force", row.target, before.reason, **told)
    await work.emit("recipe.effective", recipe_id=after.id, product=after.product, number=after.number)
    return after


async def install(work: Work, record: MasterRecord, *, number: int, reason: str) -> RecipeVersion:
    """A product's first version, in force because the plant is set up with it. Raises RecipeWrong, Refused."""
    if found := await problems(work, record):
        raise RecipeWrong(product=record.product, detail="; ".join(map(str, found)))
    if await recipes(work, record.product):
        raise Refused("recipe", record.product, "install", ["product_has_no_record_yet"])
    told = {"product": record.product, "number": number, "batch_size": record.batch_size, "reason": reason}
    kept = {"document": Jsonb(document_of(record)), "actor": work.actor, "now": work.now}
    made = await work.one(SQL["install"], RecipeVersion, **told, **kept)
    if made is None:
        raise RecipeNotFound(product=record.product)
    work.audit("recipe.install", "recipe", made.id, after=told, reason=reason)
    return made


def demand_role(roles: Collection[str], step: str) -> None:
    """Refuse who may not take a step. Raises RecipeStepForbidden."""
    allowed = {role for row in RECIPE.table if row.step == step for role in row.roles}
    if not allowed & set(roles):
        raise RecipeStepForbidden(needs=" | ".join(sorted(allowed)))


async def demand_as_signed(work: Work, found: RecipeVersion) -> None:
    """Raises RecordNotAsSigned where a version is not what its author or QA signed."""
    only = (found.author_signature_id, found.approval_signature_id)
    await demand_intact(work, "recipe", found.id, signed_content(found), only=only)


def signed_content(found: RecipeVersion) -> dict[str, object]:
    """What a signature on a version is bound to."""
    return {"product": found.product, "number": found.number, "document": dict(found.document)}


async def _sign(
    work: Work,
    found: RecipeVersion,
    credentials: Credentials,
    meaning: Meaning,
    reason: str,
    roles: Iterable[str],
    *,
    not_by: Collection[int] = (),
) -> int:
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="recipe",
        record_id=found.id,
        record_version=found.version,
        content=signed_content(found),
        roles=tuple(roles),
        not_by=not_by,
    )
    return signed.id


async def _step(
    work: Work, before: RecipeVersion, step: str, target: str, reason: str, **changed: object
) -> RecipeVersion:
    columns = ("change", "effective_from", "author_signature_id", "approval_signature_id")
    after = await _one(work, "step", before.id, status=target, **(dict.fromkeys(columns) | changed))
    now = {"status": target} | {name: value for name, value in changed.items() if value is not None}
    work.audit(f"recipe.{step}", "recipe", before.id, before={"status": before.status}, after=now, reason=reason)
    return after


async def _locked(work: Work, recipe_id: int, version: int) -> RecipeVersion:
    found = await _one(work, "lock", recipe_id)
    if found.version != version:
        raise StaleVersion("recipe", recipe_id, yours=version, current=found.version)
    return found


async def _one(work: Work, block: str, recipe_id: int, **facts: object) -> RecipeVersion:
    found = await work.one(SQL[block], RecipeVersion, id=recipe_id, **facts)
    if found is None:
        raise RecipeNotFound(recipe_id=recipe_id)
    return found
