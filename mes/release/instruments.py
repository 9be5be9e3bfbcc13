"""Calibration of the sensors that captured and the scales that weighed, when they did, and what was found since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from mes.batches.model import BatchCapture
from mes.materials import dispensings
from mes.plant import service as plant
from mes.release.facts import Weighing
from mes.sensors import certificates, look_backs
from mes.sensors import service as sensors
from mes.sensors.look_backs import LookBack
from mes.sensors.model import CalibrationState
from telemetry.work import Work


async def standing(work: Work, captures: Sequence[BatchCapture]) -> dict[int, CalibrationState]:
    """By capture: what may be said of its sensor's calibration when its window ended. A query a day of capture."""
    by_day: dict[object, list[BatchCapture]] = {}
    zone = await plant.time_zone(work)
    for each in captures:
        if each.in_force and each.point_id is not None:
            by_day.setdefault(each.window_end.astimezone(zone).date(), []).append(each)
    found: dict[int, CalibrationState] = {}
    for of_day in by_day.values():
        points = {each.point_id for each in of_day if each.point_id is not None}
        states = await sensors.calibration_of(work, points, max(each.window_end for each in of_day))
        found |= {each.id: states[each.point_id] for each in of_day if each.point_id is not None}
    return found


async def doubts(
    work: Work, captures: Sequence[BatchCapture], states: Mapping[int, CalibrationState]
) -> dict[int, list[LookBack]]:
    """By capture: look-backs that nobody has concluded and that put its window in doubt."""
    open_ = await _open_by_instrument(work, states.values())
    found = {c.id: _about(open_, states.get(c.id), c.window_start, c.window_end) for c in captures}
    return {id_: about for id_, about in found.items() if about}


async def weighings(work: Work, batch_id: int) -> list[Weighing]:
    """What scales weighed for a batch; a typed weight is an exception of its own. A query a day of weighing."""
    weighed = [
        (each.point_id, each.weighed_at)
        for each in await dispensings.dispensings(work, batch_id=batch_id)
        if each.point_id is not None and each.weighed_at is not None
    ]
    if not weighed:
        return []
    ids = {point_id for point_id, _ in weighed}
    names = {each.point_id: each.name for each in await plant.points(work) if each.point_id in ids}
    zone = await plant.time_zone(work)
    days = {at: at.astimezone(zone).date() for _, at in weighed}
    states = {day: await sensors.calibration_of(work, ids, _last(days, day)) for day in set(days.values())}
    found = [Weighing(point_id=id_, scale=names[id_], at=at, state=states[days[at]][id_]) for id_, at in weighed]
    open_ = await _open_by_instrument(work, [each.state for each in found])
    return [replace(each, doubts=_about(open_, each.state, each.at, each.at)) for each in found]


def _last(days: Mapping[datetime, date], day: date) -> datetime:
    return max(at for at, of in days.items() if of == day)


async def _open_by_instrument(work: Work, states: Iterable[CalibrationState]) -> dict[int, list[LookBack]]:
    """Look-backs that nobody has concluded, by the instrument that was found beyond its tolerance."""
    served = {state.instrument_id for state in states if state.instrument_id is not None}
    open_ = await look_backs.look_backs(work, open_only=True) if served else []
    if not open_:
        return {}
    instrument = {each.id: each.instrument_id for each in await certificates.certificates(work, served)}
    found: dict[int, list[LookBack]] = {}
    for each in open_:
        if each.certificate_id in instrument:
            found.setdefault(instrument[each.certificate_id], []).append(each)
    return found


def _about(
    open_: Mapping[int, Sequence[LookBack]], state: CalibrationState | None, start: datetime, end: datetime
) -> list[LookBack]:
    """Those that put a window, or a moment, of this instrument in doubt."""
    if state is None or state.instrument_id is None:
        return []
    return [each for each in open_.get(state.instrument_id, ()) if each.from_time <= end and start < each.to_time]
