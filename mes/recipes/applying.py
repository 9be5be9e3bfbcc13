"""Master batch records of a plant folder: a product's first is put in force, a later one waits as a draft."""

from __future__ import annotations

from collections.abc import Iterable

from mes.recipes import service
from mes.recipes.model import RecipeVersion
from mes.recipes.words import RecipeWords
from mes.recipes.written import document_of
from telemetry.errors import Conflict
from telemetry.work import Work


class RecordVersionFrozen(Conflict):
    """This version of the master batch record is in the plant with another content. Give the new one a new version."""


async def new_versions(work: Work, said: Iterable[RecipeWords]) -> list[tuple[RecipeWords, RecipeVersion | None]]:
    """Records that the plant does not have, each with the newest that it has. Raises RecordVersionFrozen."""
    found = []
    for each in said:
        versions = await service.recipes(work, each.product)
        same = next((version for version in versions if version.number == each.version), None)
        if same is not None and document_of(same.record) != document_of(each.record):
            raise RecordVersionFrozen(product=each.product, version=each.version)
        if same is None:
            found.append((each, versions[0] if versions else None))
    return found


async def put(work: Work, said: RecipeWords, reason: str) -> RecipeVersion:
    """The first version is put in force with the plant; a later one is drafted. Raises what the service raises."""
    told = f"{said.reason} ({reason})"
    if await service.recipes(work, said.product):
        return await service.draft(work, said.record, reason=told)
    return await service.install(work, said.record, number=said.version, reason=told)
