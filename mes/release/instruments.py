"""Calibration of the sensors that captured values, at the time of each capture, and what was found of them since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mes.batches.model import BatchCapture
from mes.sensors import certificates, look_backs
from mes.sensors import service as sensors
from mes.sensors.look_backs import LookBack
from mes.sensors.model import CalibrationState
from telemetry.work import Work


async def standing(work: Work, captures: Sequence[BatchCapture]) -> dict[int, CalibrationState]:
    """By capture: what may be said of its sensor's calibration when its window ended. A query a day of capture."""
    by_day: dict[object, list[BatchCapture]] = {}
    for each in captures:
        if each.in_force and each.point_id is not None:
            by_day.setdefault(await sensors.day(work, each.window_end), []).append(each)
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
    open_ = await look_backs.look_backs(work, open_only=True)
    served = {state.instrument_id for state in states.values() if state.instrument_id is not None}
    if not open_ or not served:
        return {}
    instrument = {each.id: each.instrument_id for each in await certificates.certificates(work, served)}
    found: dict[int, list[LookBack]] = {}
    for capture in captures:
        state = states.get(capture.id)
        for each in open_:
            same = state is not None and state.instrument_id == instrument.get(each.certificate_id, -1)
            if same and each.from_time < capture.window_end and capture.window_start < each.to_time:
                found.setdefault(capture.id, []).append(each)
    return found
