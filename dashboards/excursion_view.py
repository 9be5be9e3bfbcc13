"""One excursion with everything that hangs on it, gathered for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.assessment_view import Lane, Told, lanes, tell
from dashboards.language import N_
from mes.alarms import service as alarms
from mes.alarms.model import Alarm
from mes.audit import service as audit
from mes.audit.service import Entry
from mes.inventory import service as inventory
from mes.inventory.model import Hold, Lot
from mes.maintenance import service as maintenance
from mes.maintenance.model import Order
from mes.people import service as people
from mes.people.model import Verified
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, RuleVersion, Zone
from mes.quality import deviations, episodes, excursions
from mes.quality.model import Condition, Deviation, Episode, Excursion, ExcursionStatus, ExposedLot
from mes.stability import service as stability
from mes.stability.service import Left
from telemetry.work import Work

AROUND = timedelta(minutes=30)
_STILL_OUT = {
    ExcursionStatus.OPEN: N_(
        "Acknowledge that QA knows. The lots on hold can be judged as soon as the place is back within its limits."
    ),
    ExcursionStatus.UNDER_ASSESSMENT: N_(
        "Wait: the lots are on hold, and can be judged as soon as the place is back within its limits."
    ),
}
_TO_JUDGE = N_("The place is back within its limits: give every lot its decision below, and sign them once.")
_NO_LOTS = N_(
    "No lot stood there. Sign it as a false alarm if a probe or a test caused it; otherwise close its deviation."
)
_AFTER = {
    ExcursionStatus.DISPOSITIONED: N_("The lots are judged. Its deviation is still to be closed with a signature:"),
    ExcursionStatus.CLOSED: N_("Nothing: the lots are judged and the deviation is closed."),
    ExcursionStatus.FALSE_ALARM: N_("Nothing: it is signed as a false alarm."),
}
ASSESSABLE = frozenset({ExcursionStatus.OPEN, ExcursionStatus.UNDER_ASSESSMENT})


@dataclass(frozen=True, slots=True)
class AffectedLot:
    lot: Lot
    exposed: ExposedLot
    holds: tuple[Hold, ...]

    def exposure_s(self, now: datetime) -> float:
        """Of a lot that is still there up to now: what is stored was counted when the row was last written."""
        if self.exposed.exposed_to is not None:
            return self.exposed.exposure_s
        return max(self.exposed.exposure_s, (now - self.exposed.exposed_from).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionView:
    excursion: Excursion
    zone: Zone
    episodes: Sequence[Episode]
    points: Mapping[int, MeasuringPoint]
    rules: Mapping[int, RuleVersion]
    lots: Sequence[AffectedLot]
    zones: Mapping[int, Zone]  # by id: where a lot is now
    alarms: Sequence[Alarm]
    deviation: Deviation | None
    order: Order | None
    signatures: Sequence[Verified]
    trail: Sequence[Entry]
    told: Told  # the advice
    left: Mapping[int, Left]  # by lot: what is left of its stability
    given_back: frozenset[int]  # lots to which QA gave back what this excursion drew
    beside: Sequence[int]  # points that are drawn beside those that are judged: probes in product

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

    @property
    def may_be_lost(self) -> bool:
        """Whether QA may end it because a probe will never speak again: something is out that has ended nowhere."""
        return self.is_active and self.is_assessable and any(e.unknown_s > 0 for e in self.standing)

    @property
    def returnable(self) -> list[AffectedLot]:
        """Lots to which QA may give back what this excursion drew of their stability."""
        return [row for row in self.lots if self._may_give_back(row)]

    def _may_give_back(self, row: AffectedLot) -> bool:
        facts = self.told.facts_of(row.lot.id)
        drew = row.lot.id in self.left and facts is not None and bool(facts["bands_s"])
        return drew and row.exposed.disposition == "no_impact" and row.lot.id not in self.given_back

    def lanes(self, now: datetime) -> list[Lane]:
        """What went on beside the curve."""
        return lanes(self.told, *self.window(now))

    def next_step(self, *, may_judge: bool) -> str:
        """What is to be done now and by whom, in English."""
        status = self.excursion.status
        if status in _AFTER:
            return _AFTER[status]
        if not may_judge:
            return N_("QA judges the lots. Your role may look.")
        if self.is_active:
            return _STILL_OUT[status]
        return _TO_JUDGE if self.lots else _NO_LOTS

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """What its chart shows: the excursion, and some of the time around it."""
        end = self.excursion.ended_at
        return self.excursion.started_at - AROUND, min(end + AROUND, now) if end else now


async def gather(work: Work, excursion_id: int) -> ExcursionView:
    """Raises ExcursionNotFound."""
    found = await excursions.excursion(work, excursion_id)
    filed = await episodes.of_excursions(work, [excursion_id])
    points = await plant.points_in(work, found.zone_id)
    judged = [p for p in points if p.policy]
    lots = await _lots(work, excursion_id)
    given = await stability.standing_credits(work, found.hold_cause)
    return ExcursionView(
        excursion=found,
        zone=await plant.zone(work, found.zone_id),
        episodes=filed,
        points={p.point_id: p for p in judged},
        rules={id_: await plant.rule(work, id_) for id_ in {e.rule_id for e in filed}},
        lots=lots,
        zones={zone.id: zone for zone in await plant.zones(work)},
        alarms=await alarms.alarms(work, excursion_id=excursion_id),
        deviation=(await deviations.of_excursions(work, [excursion_id])).get(excursion_id),
        order=await maintenance.order_of_excursion(work, excursion_id),
        signatures=await _signatures(work, found),
        trail=await audit.entries(work, entity="excursion", entity_id=excursion_id, limit=50),
        told=await tell(work, found),
        left=await stability.left_of(work, [row.lot.id for row in lots]),
        given_back=frozenset(each.lot_id for each in given),
        beside=[p.point_id for p in points if p.role == "product" and not p.policy],
    )


async def _signatures(work: Work, found: Excursion) -> list[Verified]:
    """Each held against what the excursion says now, and what was decided about its lots."""
    names = ("number", "started_at", "ended_at", "evidence", "assessment")
    content: dict[str, object] = {name: getattr(found, name) for name in names}
    rows = sorted(await excursions.lots_of(work, [found.id]), key=lambda row: row.lot_id)
    content["lots"] = [{name: getattr(row, name) for name in ("lot_id", "disposition", "reason")} for row in rows]
    told_by_the_act = ("false_alarm", "sensor_lost")
    return await people.verified_signatures_of(work, "excursion", found.id, content, of_the_act=told_by_the_act)


async def _lots(work: Work, excursion_id: int) -> list[AffectedLot]:
    exposed = await excursions.lots_of(work, [excursion_id])
    ids = [row.lot_id for row in exposed]
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=ids)}
    holds = await inventory.holds(work, lot_ids=ids)
    return [
        AffectedLot(lots[row.lot_id], row, tuple(h for h in holds if h.lot_id == row.lot_id and h.active))
        for row in exposed
    ]
