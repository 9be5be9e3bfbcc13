"""Whether a record still says what was signed, asked before it is built upon (21 CFR 11.70)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mes.people.signatures import verified_signatures_of
from mes.transitions import Remembered
from telemetry.errors import Conflict
from telemetry.work import Work


class RecordNotAsSigned(Remembered, Conflict):
    """This record is not what was signed: nothing is done on it any more; tell quality assurance."""

    def __init__(self, record_type: str, record_id: object, differs: list[str]) -> None:
        self.record_type, self.record_id, self.differs = record_type, str(record_id), differs
        super().__init__(record_type=record_type, record_id=self.record_id, differs=differs)

    async def record(self, work: Work) -> None:
        """Leave what was met, and by whom."""
        work.audit("signature.broken", self.record_type, self.record_id, after={"differs": self.differs})


async def demand_intact(
    work: Work,
    record_type: str,
    record_id: object,
    content: Mapping[str, object],
    *,
    of_the_act: Collection[str] = (),
    only: Collection[int | None] | None = None,
) -> None:
    """Raises RecordNotAsSigned where a signature on the record does not stand for what it says now.

    `content`, `of_the_act`: as `verified_signatures_of` takes them. `only`: ids of the signatures that must stand,
    where the record was written anew after others.
    """
    found = await verified_signatures_of(work, record_type, record_id, content, of_the_act=of_the_act)
    broken = [each for each in found if not each.valid and (only is None or each.signature.id in only)]
    if broken:
        differs = sorted({name for each in broken for name in each.differs or ("signature",)})
        raise RecordNotAsSigned(record_type, record_id, differs)
