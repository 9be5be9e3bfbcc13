"""An excursion is over when its lots are judged and its deviation is closed."""

from __future__ import annotations

from mes.quality import deviations, excursions
from mes.quality.excursions import SQL, ExcursionNotFound
from mes.quality.model import DeviationStatus, Excursion, ExcursionStatus
from mes.quality.states import EXCURSION, ExcursionFacts
from telemetry.work import Work


async def close_with_deviation(work: Work, excursion_id: int) -> None:
    """Its deviation has been closed: so is the excursion, if every lot was decided about."""
    before = await excursions.excursion(work, excursion_id)
    if before.status is not ExcursionStatus.DISPOSITIONED:
        return
    deviation = await deviations.of_excursion(work, excursion_id)
    over = deviation is None or deviation.status is DeviationStatus.CLOSED
    row = EXCURSION.step("close", excursion_id, before.status, ExcursionFacts(deviation_is_over=over))
    after = await work.one(SQL["close"], Excursion, id=excursion_id, now=work.now)
    if after is None:
        raise ExcursionNotFound(excursion_id=excursion_id)
    was, now = {"status": before.status}, {"status": row.target, "closed_at": after.closed_at}
    work.audit("excursion.close", "excursion", excursion_id, before=was, after=now)
    await work.emit("excursion.closed", excursion_id=excursion_id, number=before.number)
