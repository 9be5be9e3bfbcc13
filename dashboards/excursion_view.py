"""One excursion with everything that hangs on it, gathered for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.alarms import service as alarms
from mes.alarms.model import Alarm
from mes.audit import service as audit
from mes.audit.service import Entry
from mes.inventory import service as inventory
from mes.inventory.model import Hold, Lot
from mes.maintenance import service as maintenance
from mes.maintenance.model import Order
from mes.people import service as people
from mes.people.model import Signature
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, RuleVersion, Zone
from mes.quality import deviations, episodes, excursions
from mes.quality.model import Condition, Deviation, Episode, Excursion, ExcursionStatus, ExposedLot
from telemetry.work import Work

AROUND = timedelta(minutes=30)
ASSESSABLE = frozenset({ExcursionStatus.OPEN, ExcursionStatus.UNDER_ASSESSMENT})


@dataclass(frozen=True, slots=True)
class AffectedLot:
    lot: Lot
    exposed: ExposedLot
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionView:
    excursion: Excursion
    zone: Zone
    episodes: Sequence[Episode]
    points: Mapping[int, MeasuringPoint]
    rules: Mapping[int, RuleVersion]
    lots: Sequence[AffectedLot]
    alarms: Sequence[Alarm]
    deviation: Deviation | None
    order: Order | None
    signatures: Sequence[Signature]
    trail: Sequence[Entry]

    @property
    def standing(self) -> list[Episode]:
        """Episodes that later readings have not withdrawn, the first first."""
        return sorted((e for e in self.episodes if e.withdrawn_at is None), key=lambda e: (e.started_at, e.id))

    @property
    def leading(self) -> Episode | None:
        """The raised episode that went farthest beyond its limit."""
        raised = [e for e in self.standing if e.raised_at is not None] or self.standing
        return max(raised, key=self._beyond, default=None)

    def _beyond(self, episode: Episode) -> float:
        rule = self.rules[episode.rule_id]
        limit = rule.high if episode.side == "high" else rule.low
        return abs(episode.peak - limit) if limit is not None else 0.0

    @property
    def is_active(self) -> bool:
        return self.excursion.condition is Condition.ACTIVE

    @property
    def is_assessable(self) -> bool:
        return self.excursion.status in ASSESSABLE

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """What its chart shows: the excursion, and some of the time around it."""
        end = self.excursion.ended_at
        return self.excursion.started_at - AROUND, min(end + AROUND, now) if end else now


async def gather(work: Work, excursion_id: int) -> ExcursionView:
    """Raises ExcursionNotFound."""
    found = await excursions.excursion(work, excursion_id)
    filed = await episodes.of_excursions(work, [excursion_id])
    judged = [p for p in await plant.points_in(work, found.zone_id) if p.policy]
    return ExcursionView(
        excursion=found,
        zone=await plant.zone(work, found.zone_id),
        episodes=filed,
        points={p.point_id: p for p in judged},
        rules={id_: await plant.rule(work, id_) for id_ in {e.rule_id for e in filed}},
        lots=await _lots(work, excursion_id),
        alarms=await alarms.alarms(work, excursion_id=excursion_id),
        deviation=(await deviations.of_excursions(work, [excursion_id])).get(excursion_id),
        order=await maintenance.order_of_excursion(work, excursion_id),
        signatures=await people.signatures_of(work, "excursion", excursion_id),
        trail=await audit.entries(work, entity="excursion", entity_id=excursion_id, limit=50),
    )


async def _lots(work: Work, excursion_id: int) -> list[AffectedLot]:
    exposed = await excursions.lots_of(work, [excursion_id])
    ids = [row.lot_id for row in exposed]
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=ids)}
    holds = await inventory.holds(work, lot_ids=ids)
    return [
        AffectedLot(lots[row.lot_id], row, tuple(h for h in holds if h.lot_id == row.lot_id and h.active))
        for row in exposed
    ]
