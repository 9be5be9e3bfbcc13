"""What other slices ask of sensors: what may be said of a point's calibration; and the acts that reach over parts.

Other slices import from here and from `places` only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.policies import service as policies
from mes.quality import rejudging
from mes.sensors import certificates, instruments, look_backs, places
from mes.sensors.certificates import Paper
from mes.sensors.look_backs import LookBack
from mes.sensors.model import NOTICE_DAYS, CalibrationState, Certificate, Instrument, state_of
from mes.sensors.model import Standing as Standing
from telemetry.work import Work


async def calibration_of(work: Work, point_ids: Iterable[int], at: datetime) -> Mapping[int, CalibrationState]:
    """By point: what could be said of its calibration at a moment, by what is known now."""
    ids = list(point_ids)
    served = await instruments.serving(work, ids, at)
    known: dict[int, list[Certificate]] = {}
    for each in await certificates.certificates(work, {i.id for i in served.values()}):
        known.setdefault(each.instrument_id, []).append(each)
    on = await day(work, at)
    notices = await notice_days(work, (await plant.points_by_id(work, served)).values(), at)
    return {id_: _state(id_, served.get(id_), known, on, notices.get(id_, NOTICE_DAYS)) for id_ in ids}


def _state(
    point_id: int,
    found: Instrument | None,
    known: Mapping[int, list[Certificate]],
    on: date,
    notices: Sequence[int],
) -> CalibrationState:
    return state_of(point_id, found, known.get(found.id, ()) if found else (), on, notices)


async def notice_days(work: Work, points: Iterable[MeasuringPoint], at: datetime) -> Mapping[int, tuple[int, ...]]:
    """By point: how many days before a calibration is due people are told, by the policies that hold at it."""
    asked = await policies.demands_on_points(work, points, at)
    return {id_: demands.calibration.notice_days for id_, demands in asked.items() if demands.calibration}


async def day(work: Work, at: datetime) -> date:
    """The day of the plant's calendar in which a moment lies."""
    return at.astimezone(await plant.time_zone(work)).date()


async def enter_certificate(
    work: Work, paper: Paper, *, supersedes_id: int | None = None, reason: str = ""
) -> tuple[Certificate, LookBack | None]:
    """Write a certificate down; where its as-found errors are beyond tolerance, look back at once.

    Raises what `certificates.add_certificate` raises.
    """
    made = await certificates.add_certificate(work, paper, supersedes_id=supersedes_id, reason=reason)
    return made, None if made.was_found_good else await look_backs.open_look_back(work, made)


async def move_point(work: Work, point_id: int, *, zone_id: int, reason: str, at: datetime | None = None) -> None:
    """Say that a point stands in another zone since a moment; what was judged since then is judged again.

    Raises what `places.move_point` raises.
    """
    moved = await places.move_point(work, point_id, zone_id=zone_id, reason=reason, at=at)
    await rejudging.ask(work, [point_id], moved.from_time, None, f"the point was moved: {reason.strip()}")


async def withdraw_move(work: Work, place_id: int, *, reason: str) -> None:
    """Say that a point's last move was recorded in error. Raises what `places.withdraw_move` raises."""
    found = await places.withdraw_move(work, place_id, reason=reason)
    await rejudging.ask(work, [found.point_id], found.from_time, None, f"a move was withdrawn: {reason.strip()}")
