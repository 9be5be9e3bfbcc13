"""What a scale says: its own stable readings from the store, whether it is calibrated, and its daily check.

A weight counts as stable when every reading of the last seconds is good and they agree within two steps of the scale,
and its terminal, where it tells so at a point of its own, says that it is at rest. A scale that sends changes only has
shown the same since its last reading; one that is silent for too long says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mes.inventory import stock
from mes.materials.accounts import SQL
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.sensors import look_backs
from mes.sensors import service as sensors
from telemetry import store
from telemetry.clock import from_us, to_us
from telemetry.errors import Conflict, Invalid
from telemetry.quality import is_good
from telemetry.work import Work

KIND = "scale"
WEIGHT, SETTLED = "weight", "settled"
"""Roles of its points: what lies on it, and 1 while it is at rest."""
SETTLED_S = 3.0
LOOKED_BACK_S = 120.0
STEPS_APART = 2
"""How many steps of the scale (its resolution) the readings of a stable weight may differ by."""


class NotAScale(Invalid):
    """This point is not the weight of a scale."""


class ScaleSilent(Conflict):
    """The scale has sent no good reading lately: look at its cable and its display."""


class ScaleUnsteady(Conflict):
    """The scale has not come to rest: wait, and keep draughts away."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One reading of a scale or of its terminal's flag."""

    at: datetime  # device time
    value: float | None
    quality: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """A weight at rest, with the readings that say so."""

    point_id: int
    point: str
    value: Decimal  # in the scale's unit, rounded to its resolution
    unit: str
    since: datetime
    until: datetime
    readings: int
    lowest: float
    highest: float

    def told(self) -> dict[str, object]:
        """As it is kept with what was weighed."""
        span = {"from": self.since.isoformat(), "to": self.until.isoformat(), "readings": self.readings}
        value = {"value": str(self.value), "unit": self.unit, "lowest": self.lowest, "highest": self.highest}
        return {"point": self.point} | value | span


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleCheck:
    id: int
    point_id: int
    nominal: Decimal
    tolerance: Decimal
    shown: Decimal
    passed: bool
    weight_no: str
    checked_by: str
    checked_at: datetime


async def scales(work: Work) -> list[MeasuringPoint]:
    """The weights of all scales, by name."""
    machines = {each.id for each in await plant.equipment(work) if each.kind == KIND}
    return [point for point in await plant.points(work) if point.equipment_id in machines and point.role == WEIGHT]


async def scale(work: Work, point_id: int) -> MeasuringPoint:
    """One. Raises PointNotFound, NotAScale."""
    point = await plant.point(work, point_id)
    machine = await plant.machine(work, point.equipment_id)
    if machine.kind != KIND or point.role != WEIGHT:
        raise NotAScale(point=point.name)
    return point


async def steady_weight(work: Work, point: MeasuringPoint) -> Steady:
    """What the scale shows now. Raises ScaleSilent, ScaleUnsteady."""
    found = steady(await _lately(work, point), work.now, point)
    for flag in await plant.points(work):
        if flag.equipment_id == point.equipment_id and flag.role == SETTLED:
            at_rest(await _lately(work, flag), work.now, flag)
    return found


async def _lately(work: Work, point: MeasuringPoint) -> list[Weight]:
    """A point's last readings, in order of time."""
    start = work.now - timedelta(seconds=max(LOOKED_BACK_S, point.stale_s))
    found = await store.series(work, [point.point_id], to_us(start), to_us(work.now) + 1)
    return [
        Weight(from_us(at), value if value == value else None, quality)
        for at, value, quality in zip(found.time_us, found.value, found.quality, strict=True)
    ]


def at_rest(rows: Sequence[Weight], now: datetime, point: MeasuringPoint) -> None:
    """What the terminal itself says of the pan: all is well if that is 1. Raises ScaleSilent, ScaleUnsteady."""
    last = rows[-1] if rows else None
    if last is None or last.value is None or not is_good(last.quality):
        raise ScaleSilent(point=point.name, last=last.at if last else None)
    if (now - last.at).total_seconds() > point.stale_s:
        raise ScaleSilent(point=point.name, last=last.at)
    if not last.value:
        raise ScaleUnsteady(point=point.name, since=last.at)


def steady(rows: Sequence[Weight], now: datetime, point: MeasuringPoint) -> Steady:
    """The weight at rest at that moment, of readings in order of time. Raises ScaleSilent, ScaleUnsteady."""
    begin = now - timedelta(seconds=SETTLED_S)
    before = [row for row in rows if row.at <= begin]
    shown = [*before[-1:], *(row for row in rows if row.at > begin)]
    if not shown or (now - shown[-1].at).total_seconds() > point.stale_s:
        raise ScaleSilent(point=point.name, last=shown[-1].at if shown else None)
    values = [row.value for row in shown if row.value is not None and is_good(row.quality)]
    if len(values) < len(shown):
        raise ScaleSilent(point=point.name, last=shown[-1].at)
    apart = Decimal(str(max(values))) - Decimal(str(min(values)))
    if not before or apart > STEPS_APART * point.resolution:
        raise ScaleUnsteady(point=point.name, lowest=min(values), highest=max(values))
    return Steady(
        point_id=point.point_id,
        point=point.name,
        value=Decimal(str(values[-1])).quantize(point.resolution),
        unit=point.unit,
        since=shown[0].at,
        until=shown[-1].at,
        readings=len(shown),
        lowest=min(values),
        highest=max(values),
    )


async def check_scale(work: Work, point_id: int, *, nominal: Decimal, tolerance: Decimal, weight_no: str) -> ScaleCheck:
    """The daily check: what the scale shows of a test weight, by its own readings. A failed one is kept as well.

    Raises PointNotFound, NotAScale, ScaleSilent, ScaleUnsteady, QuantityNotPositive.
    """
    point = await scale(work, point_id)
    found = await steady_weight(work, point)
    passed = abs(found.value - stock.positive(nominal)) <= tolerance
    facts = {"point_id": point_id, "nominal": nominal, "tolerance": tolerance, "shown": found.value, "passed": passed}
    said = facts | {"weight_no": weight_no}
    made = await work.one(SQL["add_check"], ScaleCheck, **said, actor=work.actor, now=work.now)
    if made is None:
        raise AssertionError("an insert answers with its row")
    work.audit("scale.check", "point", point_id, after=said | {"evidence": found.told()})
    return made


async def was_trusted(work: Work, point_id: int, at: datetime) -> bool:
    """Whether what was weighed then may be used, by what is known now: calibrated, and not in doubt since.

    In doubt is what lies in a look-back that nobody has concluded: the scale was found beyond its tolerance afterwards.
    """
    state = (await sensors.calibration_of(work, [point_id], at))[point_id]
    if not state.is_trusted:
        return False
    doubts = await look_backs.look_backs(work, instrument_id=state.instrument_id, open_only=True)
    return not any(each.from_time <= at < each.to_time for each in doubts)


async def why_not(work: Work, point_id: int) -> list[str]:
    """Reasons against weighing on it now: not calibrated, no check passed today in the plant's calendar."""
    against = []
    if not (await sensors.calibration_of(work, [point_id], work.now))[point_id].is_trusted:
        against.append("scale_is_calibrated")
    last = await work.one(SQL["last_check"], ScaleCheck, point_id=point_id)
    zone = await plant.time_zone(work)
    today = work.now.astimezone(zone).date()
    if last is None or not last.passed or last.checked_at.astimezone(zone).date() != today:
        against.append("daily_check_passed")
    return against
