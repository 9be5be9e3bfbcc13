"""Stability profiles of items: put in force with the plant folder, never changed, each version a new count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from psycopg.types.json import Json

from mes.stability.ledger import SQL
from mes.stability.model import KeptProfile, Probe, document_of
from models.stability import Profile
from telemetry.errors import Conflict, Invalid
from telemetry.work import Work


class ProfileVersionFrozen(Conflict):
    """This version of the stability profile is in the plant with other figures. Give the new figures a new version."""


class ProfileBackdated(Conflict):
    """A new version of a stability profile has the next number, and can't begin before the last one."""


class ProfileWithoutReason(Invalid):
    """A stability profile needs its source and a reason."""


async def profiles(work: Work, item_ids: Iterable[int] | None = None) -> list[KeptProfile]:
    """Every version, by item and version; of all items for None."""
    chosen = None if item_ids is None else list(item_ids)
    return await work.all(SQL["profiles"], KeptProfile, item_ids=chosen)


async def in_force(work: Work, item_ids: Iterable[int] | None) -> dict[int, KeptProfile]:
    """By item: the version in force now; it counts since the item's first version took effect."""
    first: dict[int, datetime] = {}
    found: dict[int, KeptProfile] = {}
    for each in await profiles(work, item_ids):
        if each.effective_from <= work.now:
            first.setdefault(each.item_id, each.effective_from)
            found[each.item_id] = replace(each, effective_from=first[each.item_id])
    return found


async def put_profile(
    work: Work,
    item_id: int,
    profile: Profile,
    *,
    version: int,
    effective_from: datetime,
    probe: Probe = Probe.AIR,
    product_tau_s: float | None = None,
    citation: str,
    reason: str,
) -> KeptProfile:
    """Put a version in force, or find it there. Raises ProfileVersionFrozen, ProfileBackdated, ProfileWithoutReason."""
    if not (citation.strip() and reason.strip()):
        raise ProfileWithoutReason(item_id=item_id)
    facts: dict[str, object] = {"document": document_of(profile), "probe": probe, "product_tau_s": product_tau_s}
    facts |= {"citation": citation, "effective_from": effective_from}
    versions = await profiles(work, [item_id])
    if same := next((each for each in versions if each.version == version), None):
        if any(getattr(same, name) != fact for name, fact in facts.items()):
            raise ProfileVersionFrozen(item_id=item_id, version=version)
        return same
    if versions and (version <= versions[-1].version or effective_from < versions[-1].effective_from):
        raise ProfileBackdated(item_id=item_id, version=version, last=versions[-1].version)
    told = facts | {"item_id": item_id, "version": version}
    row = told | {"document": Json(facts["document"]), "reason": reason, "actor": work.actor}
    kept = await work.one(SQL["add_profile"], KeptProfile, **row)
    if kept is None:
        raise ProfileVersionFrozen(item_id=item_id, version=version)
    before = None if not versions else {"version": versions[-1].version, "document": versions[-1].document}
    work.audit("stability.profile", "item", item_id, before=before, after=told, reason=reason)
    return kept
