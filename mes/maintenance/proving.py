"""Signatures on maintenance: who verifies signs the whole of what was done; who did the work, where the plan asks.

The verifier is another person than those who worked; a session never signs.
"""

from __future__ import annotations

from dataclasses import dataclass

from mes.maintenance import checks, labour, parts, photos
from mes.maintenance.model import Order
from mes.maintenance.records import ENTITY
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning, Signature, Verified
from telemetry.work import Work

MEANINGS = {"verify": Meaning.VERIFIED, "done": Meaning.PERFORMED}
"""By step: what its signature may say."""
_WORK = ("number", "equipment_id", "title_en", "findings", "problem_code", "cause_code", "remedy_code", "downtime_min")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """The two components of a signature, what it means and why."""

    credentials: Credentials
    meaning: Meaning | str
    reason: str


async def sign(work: Work, step: str, before: Order, after: Order, signing: Signing) -> Signature:
    """Sign a step of an order as it is now. Raises what `people.sign` raises."""
    act = Act.VERIFY_MAINTENANCE if step == "verify" else Act.DO_MAINTENANCE
    content = await verified_content(work, after) if step == "verify" else work_content(after)
    return await people.sign(
        work,
        signing.credentials,
        signing.meaning,
        signing.reason,
        record_type=ENTITY,
        record_id=after.id,
        record_version=before.version,
        content=content | {"step": step},
        roles=signers(act),
        meanings=(MEANINGS[step],),
    )


def work_content(order: Order) -> dict[str, object]:
    """What who did the work signs."""
    return {name: getattr(order, name) for name in _WORK} | {"done_by": order.done_by}


async def verified_content(work: Work, order: Order) -> dict[str, object]:
    """What who verifies signs: the work with its labour, parts, checks and pictures, and what the check showed."""
    booked = [f"{each.person} {each.minutes.normalize():f}" for each in await labour.labour(work, order.id)]
    used = [f"{each.number} {each.quantity.normalize():f}" for each in await parts.used_in(work, order.id)]
    judged = [f"{each.kind} {each.needed} {each.evidence}" for each in await checks.checks(work, order.id)]
    pictures = [each.sha256 for each in await photos.photos(work, order.id)]
    about = {"labour": booked, "parts": used, "no_parts": order.no_parts, "checks": judged, "photos": pictures}
    return work_content(order) | about | {"check_result": order.check_result}


async def signatures(work: Work, order: Order) -> list[Verified]:
    """Signatures on an order, oldest first, each held against what the record says now."""
    content = await verified_content(work, order)
    return await people.verified_signatures_of(work, ENTITY, order.id, content, of_the_act=("step",))
