"""The site as cards: one a zone, with what is abnormal in it said first. Pure: rows in, views out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboards.plantview import ReadingView
from dashboards.sparkline import Sparkline
from mes.alarms.model import Alarm, Priority
from mes.forecast.model import ZoneForecast
from mes.plant.model import Area, Zone
from mes.quality.model import Excursion

_GAUGES = 4


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a zone is abnormal: an alarm, an excursion, or a reading that is out, bad or old."""

    kind: str  # alarm, excursion, out, bad, old, none
    priority: Priority
    alarm: Alarm | None = None
    excursion: Excursion | None = None
    reading: ReadingView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneCard:
    zone: Zone
    readings: tuple[ReadingView, ...]
    spark: Sparkline | None = None
    lots: int = 0
    held: int = 0
    excursion: Excursion | None = None
    alarms: tuple[Alarm, ...] = ()
    forecast: ZoneForecast | None = None

    @property
    def gauges(self) -> tuple[ReadingView, ...]:
        """What is judged by limits; on a line, where nothing is, the first measurements."""
        judged = tuple(view for view in self.readings if view.rule is not None)
        return judged or tuple(view for view in self.readings if not view.is_switch)[:_GAUGES]

    @property
    def switches(self) -> tuple[ReadingView, ...]:
        return tuple(view for view in self.readings if view.is_switch)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Worst first. A point that has an alarm of its own is not told twice."""
        told = {alarm.point_id for alarm in self.alarms}
        found = [Reason("alarm", alarm.priority, alarm=alarm) for alarm in self.alarms]
        found += [
            Reason(view.state, _WEIGHT[view.state], reading=view)
            for view in self.readings
            if view.state in _WEIGHT and view.point.point_id not in told
        ]
        if self.excursion is not None:
            found.append(Reason("excursion", Priority.HIGH, excursion=self.excursion))
        return tuple(sorted(found, key=lambda reason: -reason.priority.rank))

    @property
    def tone(self) -> str:
        """The highest priority among the reasons; empty where all is normal."""
        return self.reasons[0].priority.value if self.is_abnormal else ""

    @property
    def is_abnormal(self) -> bool:
        """A notice of low priority is told on the card, and the zone stays grey."""
        return any(reason.priority is not Priority.LOW for reason in self.reasons)


_WEIGHT = {"out": Priority.HIGH, "bad": Priority.MEDIUM, "old": Priority.MEDIUM}


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area's zones, and what is measured in it outside of zones."""

    area: Area
    cards: tuple[ZoneCard, ...]
    loose: tuple[ReadingView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that the overview shows, as rows."""

    areas: Sequence[Area]
    zones: Sequence[Zone]
    readings: Sequence[ReadingView]
    alarms: Sequence[Alarm]  # not cleared
    excursions: Sequence[Excursion]  # active
    lots_in: Mapping[int, int] = field(default_factory=dict)  # by zone
    held_in: Mapping[int, int] = field(default_factory=dict)
    forecasts: Mapping[int, ZoneForecast] = field(default_factory=dict)
    sparks: Mapping[int, Sparkline | None] = field(default_factory=dict)  # by outermost zone


def overview(facts: Facts) -> list[AreaView]:
    """The areas in their order, each zone where it always stands: eyes learn places."""
    return [_area(area, facts) for area in facts.areas if any(z.area == area.code for z in facts.zones)]


def _area(area: Area, facts: Facts) -> AreaView:
    outermost = [zone for zone in facts.zones if zone.parent_id is None and zone.area == area.code]
    loose = [
        view for view in facts.readings if view.point.zone_id is None and view.point.name.split("/")[1] == area.code
    ]
    return AreaView(area, tuple(_card(zone, facts) for zone in outermost), tuple(loose))


def _card(zone: Zone, facts: Facts) -> ZoneCard:
    within = within_zone(zone, facts.zones)
    return ZoneCard(
        zone=zone,
        readings=tuple(view for view in facts.readings if view.point.zone_id in within),
        spark=facts.sparks.get(zone.id),
        lots=sum(facts.lots_in.get(id_, 0) for id_ in within),
        held=sum(facts.held_in.get(id_, 0) for id_ in within),
        excursion=next((e for e in facts.excursions if e.zone_id in within), None),
        forecast=facts.forecasts.get(zone.id),
        alarms=tuple(alarm for alarm in facts.alarms if _is_about(alarm, within, facts.readings)),
    )


def within_zone(zone: Zone, zones: Iterable[Zone]) -> frozenset[int]:
    """Ids of a zone and of the zones within it."""
    known = list(zones)
    found = {zone.id}
    while more := {z.id for z in known if z.parent_id in found} - found:
        found |= more
    return frozenset(found)


def _is_about(alarm: Alarm, within: frozenset[int], readings: Iterable[ReadingView]) -> bool:
    if alarm.zone_id is not None:
        return alarm.zone_id in within
    return any(view.point.point_id == alarm.point_id and view.point.zone_id in within for view in readings)
