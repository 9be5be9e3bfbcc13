"""Stability profiles of a plant folder against those in force: what is new, and what may not change any more."""

from __future__ import annotations

from collections.abc import Mapping

from mes.inventory import service as inventory
from mes.stability.model import KeptProfile, document_of
from mes.stability.profiles import ProfileVersionFrozen, profiles, put_profile
from mes.stability.words import StabilityWords
from telemetry.work import Work


async def new_versions(work: Work, wanted: Mapping[str, StabilityWords]) -> list[tuple[str, KeptProfile | None]]:
    """By item code: profiles that are not in force yet, with the version before. Raises ProfileVersionFrozen."""
    ids = {item.code: item.id for item in await inventory.items(work)}
    kept: dict[int, list[KeptProfile]] = {}
    for each in await profiles(work):
        kept.setdefault(each.item_id, []).append(each)
    found: list[tuple[str, KeptProfile | None]] = []
    for code, said in wanted.items():
        versions = kept.get(ids[code], []) if code in ids else []
        same = next((each for each in versions if each.version == said.version), None)
        if same is None:
            found.append((code, versions[-1] if versions else None))
        elif differing := [name for name, told in _facts(said).items() if getattr(same, name) != told]:
            raise ProfileVersionFrozen(item=code, version=said.version, differs=differing)
    return found


async def put(work: Work, code: str, said: StabilityWords, reason: str) -> KeptProfile:
    """Put an item's version in force; its own reason is kept with that for applying the folder."""
    item = await inventory.item_named(work, code)
    return await put_profile(
        work,
        item.id,
        said.profile,
        version=said.version,
        effective_from=said.effective_from,
        probe=said.believed,
        product_tau_s=said.product_tau_s,
        citation=said.citation,
        reason=f"{said.reason} ({reason})",
    )


def told(said: StabilityWords) -> dict[str, object]:
    """As the difference of a folder tells it."""
    return {"version": said.version, **_facts(said)}


def _facts(said: StabilityWords) -> dict[str, object]:
    return {
        "effective_from": said.effective_from,
        "document": document_of(said.profile),
        "probe": said.believed,
        "product_tau_s": said.product_tau_s,
        "citation": said.citation,
    }
