"""Everything that a page or a program needs to know of an excursion, gathered from the slices, as typed rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mes.alarms import service as alarm_service
from mes.alarms.model import Alarm
from mes.inventory import service as inventory
from mes.inventory.model import Hold, Lot
from mes.maintenance import service as maintenance
from mes.maintenance.model import Order
from mes.people import service as people
from mes.people.model import Signature
from mes.plant import service as plant
from mes.plant.model import Equipment, MeasuringPoint, RuleVersion, Zone
from mes.quality import deviations, episodes, excursions
from mes.quality.model import Deviation, Episode, Excursion, ExposedLot
from mes.quality.states import DEVIATION, EXCURSION
from models.limits import Side
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeView:
    episode: Episode
    point: MeasuringPoint
    rule: RuleVersion  # the version it was judged by

    @property
    def limit(self) -> float | None:
        """The limit that was passed, in the point's unit."""
        if self.episode.limit_value is not None:
            return self.episode.limit_value
        rule = self.rule.policy.level(self.episode.level)
        return None if rule is None else rule.high if self.episode.side is Side.HIGH else rule.low


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    exposed: ExposedLot
    lot: Lot
    holds: tuple[Hold, ...]  # of every cause, lifted ones too
    exposure_s: float  # up to now, where it still goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    order: Order
    machine: Equipment


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionView:
    excursion: Excursion
    zone: Zone
    leading: EpisodeView | None  # the first to be out; None: late readings have withdrawn all of them
    episodes: tuple[EpisodeView, ...]  # withdrawn ones too
    lots: tuple[LotView, ...]
    alarms: tuple[Alarm, ...]
    deviation: Deviation | None
    order: OrderView | None
    signatures: tuple[Signature, ...]  # earlier ones too, of what was opened again since
    steps: tuple[str, ...]  # what its state offers
    deviation_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionLine:
    """A row of a list."""

    excursion: Excursion
    zone: Zone
    leading: EpisodeView | None
    lots: int
    undecided: int
    deviation: Deviation | None


async def excursion_view(work: Work, excursion_id: int) -> ExcursionView:
    """All about one excursion. Raises ExcursionNotFound."""
    found = await excursions.excursion(work, excursion_id)
    of_it = await _episode_views(work, await episodes.of_excursions(work, [found.id]))
    order = await maintenance.order_of_excursion(work, found.id)
    deviation = (await deviations.of_excursions(work, [found.id])).get(found.id)
    return ExcursionView(
        excursion=found,
        zone=await plant.zone(work, found.zone_id),
        leading=_leading(of_it),
        episodes=tuple(of_it),
        lots=await _lots(work, found),
        alarms=tuple(await alarm_service.alarms(work, excursion_id=found.id)),
        deviation=deviation,
        order=OrderView(order=order, machine=await plant.machine(work, order.equipment_id)) if order else None,
        signatures=tuple(await people.signatures_of(work, "excursion", found.id)),
        steps=EXCURSION.open_steps(found.status),
        deviation_steps=DEVIATION.open_steps(deviation.status) if deviation else (),
    )


async def excursion_lines(work: Work, found: list[Excursion]) -> list[ExcursionLine]:
    """Excursions as rows of a list, in their order."""
    ids = [each.id for each in found]
    views = await _episode_views(work, await episodes.of_excursions(work, ids))
    lots, drafted = await excursions.lots_of(work, ids), await deviations.of_excursions(work, ids)
    zones = {zone_id: await plant.zone(work, zone_id) for zone_id in {each.zone_id for each in found}}
    return [
        ExcursionLine(
            excursion=each,
            zone=zones[each.zone_id],
            leading=_leading([v for v in views if v.episode.excursion_id == each.id]),
            lots=sum(row.excursion_id == each.id for row in lots),
            undecided=sum(row.excursion_id == each.id and row.disposition is None for row in lots),
            deviation=drafted.get(each.id),
        )
        for each in found
    ]


def _leading(of_it: list[EpisodeView]) -> EpisodeView | None:
    standing = [v for v in of_it if v.episode.withdrawn_at is None]
    return min(standing, key=lambda v: (v.episode.started_at, v.episode.id), default=None)


async def _episode_views(work: Work, found: list[Episode]) -> list[EpisodeView]:
    points = {id_: await plant.point(work, id_) for id_ in {e.point_id for e in found}}
    rules = {id_: await plant.rule(work, id_) for id_ in {e.rule_id for e in found}}
    return [EpisodeView(episode=e, point=points[e.point_id], rule=rules[e.rule_id]) for e in found]


async def _lots(work: Work, found: Excursion) -> tuple[LotView, ...]:
    exposed = await excursions.lots_of(work, [found.id])
    ids = [row.lot_id for row in exposed]
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=ids)} if ids else {}
    holds = await inventory.holds(work, lot_ids=ids) if ids else []
    return tuple(
        LotView(
            exposed=row,
            lot=lots[row.lot_id],
            holds=tuple(h for h in holds if h.lot_id == row.lot_id),
            exposure_s=_so_far(row, work.now),
        )
        for row in exposed
    )


def _so_far(row: ExposedLot, now: datetime) -> float:
    """What is stored was counted when the row was last written; who is still there is counted on from the beginning."""
    if row.exposed_to is not None:
        return row.exposure_s
    return max(row.exposure_s, (now - row.exposed_from).total_seconds())
