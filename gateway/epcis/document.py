"""Events as documents: all that was ever told of one excursion."""

from __future__ import annotations

from typing import Any

from gateway.epcis.capture import capture, language
from gateway.epcis.events import Language, moment
from gateway.epcis.keeping import of_subject
from gateway.epcis.naming import Naming
from mes.quality import excursions
from telemetry.work import Work


async def excursion_document(work: Work, excursion_id: int, named: Naming) -> dict[str, Any]:
    """An EPCIS document of one excursion, with what was declared wrong since. Raises ExcursionNotFound."""
    await excursions.excursion(work, excursion_id)
    told = await language(work, named)
    await capture(work, told)
    events = [kept.body for kept in await of_subject(work, f"excursion:{excursion_id}")]
    return head(told, work, "EPCISDocument") | {"epcisBody": {"eventList": events}}


def head(told: Language, work: Work, kind: str) -> dict[str, Any]:
    """How every document begins."""
    return {"@context": told.context, "type": kind, "schemaVersion": "2.0", "creationDate": moment(work.now)}
