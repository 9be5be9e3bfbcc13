"""A batch's facts for review and release, read with a fixed number of queries, however long its record is.

Only its closed deviations are asked for one by one: each is held against the signature that closed it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mes.audit import reviews as trail
from mes.audit import verdicts
from mes.batches import records as batches
from mes.changes import service as changes
from mes.equipment import service as equipment
from mes.exceptions import service as exceptions
from mes.exceptions.model import Status
from mes.inventory import service as inventory
from mes.inventory.model import Lot
from mes.items import service as items
from mes.items.model import Level
from mes.people import service as people
from mes.people.model import Verified
from mes.plant import service as plant
from mes.quality import deviation_lots, deviations, excursions, handling
from mes.quality.model import Deviation, DeviationStatus, Excursion, ExcursionStatus, NamedLot
from mes.release import instruments
from mes.release.content import OF_THE_ACT, present
from mes.release.execution import Execution, execution_of
from mes.release.facts import Facts
from mes.release.model import Evidence, Review
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
_OPEN = (ExcursionStatus.OPEN, ExcursionStatus.UNDER_ASSESSMENT, ExcursionStatus.DISPOSITIONED)


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What quality has on record about the batch's lots."""

    excursions: Sequence[Excursion]
    deviations: Mapping[int, Deviation]
    named: Sequence[NamedLot]


async def facts_of(work: Work, batch_id: int) -> Facts:
    """Everything that review and gate look at. Raises BatchNotFound, RecordAltered."""
    batch = await batches.batch(work, batch_id)
    done = await execution_of(work, batch)
    raised = await exceptions.exceptions(work, batch_id)
    lots = {lot.id: lot for lot in await _lots(work, batch.lot_id, done)}
    made = lots.get(batch.lot_id) if batch.lot_id is not None else None
    issued = {each.lot_id for each in done.issues}
    linked = {each.deviation_id for each in raised if each.deviation_id is not None}
    trouble = await _trouble(work, batch.lot_id, list(lots), linked)
    product = done.record.product
    found = Facts(
        batch=batch,
        made=made,
        gtin=(made and made.gtin) or (await items.master(work, product)).gtin_of(Level.EACH),
        plant_zone=await plant.time_zone(work),
        lots={id_: lot for id_, lot in lots.items() if id_ in issued},
        holds=await inventory.holds(work, lot_ids=sorted(issued)) if issued else (),
        verdicts=await verdicts.verdicts(work, issued),
        exceptions=raised,
        deviations=trouble.deviations,
        altered=await _altered(work, trouble.deviations.values()),
        named=trouble.named,
        excursions=trouble.excursions,
        calibrations=await instruments.standing(work, done.captures),
        weighings=await instruments.weighings(work, batch_id),
        evidence=await work.all(SQL["evidence"], Evidence, batch_id=batch_id),
        cleanings=await equipment.last_cleanings(work, _uses(done)),
        changes=await changes.open_for(work, product),
        trail=await trail.reviewed(work, "batch", batch_id),
        reviews=await reviews_of(work, [batch_id]),
        performers=await _performers(work, done),
        **done.told(),
    )
    return await _completed(work, found)


async def _completed(work: Work, found: Facts) -> Facts:
    """With what depends on the rest: sensors in doubt, first batches after a change, signatures held against it all."""
    batch = found.batch
    doubts = await instruments.doubts(work, found.captures, found.calibrations)
    began = batch.started_at or batch.issued_at
    due = await changes.to_look_at(work, found.record.product, batch.number, began)
    seen = {each.change_id for each in await changes.batches_after(work, batch=batch.number)}
    unseen = [each for each in due if each.id not in seen]
    found = replace(found, doubts=doubts, unseen_changes=unseen)
    signed, unaware = await _signatures(work, found), await _without_news(work, found)
    return replace(found, signatures=signed, unaware=unaware)


async def _signatures(work: Work, found: Facts) -> list[Verified]:
    return await people.verified_signatures_of(work, "batch", found.batch.id, present(found), of_the_act=OF_THE_ACT)


async def _without_news(work: Work, found: Facts) -> list[Verified]:
    """The signatures as if exceptions that nobody has said anything of had not been found."""
    known = [each for each in found.exceptions if each.status is not Status.OPEN]
    news = len(known) < len(found.exceptions)
    return await _signatures(work, replace(found, exceptions=known)) if news else []


async def reviews_of(work: Work, batch_ids: Sequence[int]) -> list[Review]:
    """Acts on whole records, oldest first."""
    return await work.all(SQL["reviews"], Review, batch_ids=list(batch_ids))


async def _lots(work: Work, made: int | None, done: Execution) -> list[Lot]:
    wanted = {each.lot_id for each in done.issues} | ({made} if made is not None else set())
    return await inventory.lots(work, lot_ids=sorted(wanted)) if wanted else []


async def _trouble(work: Work, made: int | None, lot_ids: Sequence[int], linked: Collection[int]) -> _Trouble:
    """Excursions that are not over and touch any of the lots; deviations linked by exceptions, lots or excursions."""
    open_ = await excursions.touching(work, lot_ids, _OPEN)
    named = await deviation_lots.named_in(work, lot_ids) if lot_ids else []
    wanted = set(linked) | {row.deviation_id for row in named}
    found = {each.id: each for each in await deviations.these(work, wanted)}
    about = await deviations.of_excursions(work, [each.id for each in open_])
    found |= {each.id: each for each in about.values()}
    return _Trouble(open_, found, [row for row in named if row.lot_id == made])


async def _altered(work: Work, found: Iterable[Deviation]) -> frozenset[int]:
    """Ids of closed deviations whose closing signature does not stand for what they say now."""
    closed = [each for each in found if each.status is DeviationStatus.CLOSED]
    return frozenset([each.id for each in closed if not await handling.is_as_signed(work, each)])


def _uses(done: Execution) -> list[tuple[int, datetime]]:
    """Machines that operations ran on, and when each began."""
    begun = [(each.equipment_id, each.started_at) for each in done.operations]
    return [(id_, at) for id_, at in begun if id_ is not None and at is not None]


async def _performers(work: Work, done: Execution) -> frozenset[int]:
    """Ids of the people who did, weighed, entered, issued or verified any of it."""
    users = done.users()
    signed_in = frozenset(each.id for each in await people.people(work) if each.username in users)
    return signed_in | done.ids() | await people.signers_of(work, done.signature_ids())
