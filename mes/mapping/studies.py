"""Mapping studies: planned, then filled with what loggers recorded; once QA has signed one, nothing changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from math import isfinite
from pathlib import Path

from psycopg.types.json import Json

from mes.mapping import spaces
from mes.mapping.model import (
    MACHINE,
    Facts,
    Hanging,
    Load,
    Season,
    Series,
    Status,
    Study,
    StudyKind,
    Trial,
    TrialKind,
)
from mes.mapping.reading import LoggerFile, read_logger
from mes.mapping.results import RESOLUTION, Rows
from mes.mapping.rules import rules_for
from mes.plant import service as plant
from mes.transitions import StaleVersion
from models.limits import Limit
from models.mapping import Position, propose
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("studies.sql"))


class StudyNotFound(NotFound):
    """There is no such mapping study."""


class PositionNotFound(NotFound):
    """The plan of this study has no such position."""


class PlanUnsound(Invalid):
    """Each position has a code of its own and lies at a number of metres from each wall."""


class TimesUnsound(Invalid):
    """The times of a study or a test follow one another, and none of them is still to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logger:
    """What hangs at a position: its serial number and what its certificate says."""

    serial: str = ""
    certificate: str = ""
    due_on: date | None = None
    error: float | None = None  # °C, largest, without its sign


async def plan_study(
    work: Work,
    zone_id: int,
    *,
    rules: str,
    kind: StudyKind,
    season: Season,
    load: Load,
    low: float | None,
    high: float | None,
) -> Study:
    """A study of a zone as it is, with the positions that keep the rules. Its loggers are told position by position.

    Raises ZoneNotFound, SpaceUnknown, RulesUnknown, UnsoundLimit.
    """
    zone, found = await plant.zone(work, zone_id), await spaces.space_of(work, zone_id)
    if found is None:
        raise spaces.SpaceUnknown(zone=zone.code)
    asked = rules_for(rules, found.kind)
    _ = Limit(low=low, high=high, delay_s=0, deadband=0, stale_s=60, resolution=RESOLUTION)
    facts = {"number": await plant.next_number(work, "MAP"), "zone_id": zone_id, "space_id": found.id, "rules": rules}
    facts |= {"kind": kind, "season": season, "load": load, "low": low, "high": high}
    made = await work.one(SQL["plan"], Study, **facts, now=work.now, actor=work.actor)
    if made is None:
        raise StudyNotFound(**facts)
    for position in propose(found.space, asked):
        await _put(work, made.id, position, Logger())
    work.audit("mapping_study.plan", "mapping_study", made.id, after=facts)
    await work.emit("mapping_study.planned", study_id=made.id, number=made.number, zone_id=zone_id)
    return made


async def put_positions(
    work: Work, study_id: int, plan: Sequence[tuple[Position, Logger]], *, version: int, reason: str = ""
) -> None:
    """Let the plan be exactly this. Raises StudyNotFound, StaleVersion, Refused, PlanUnsound."""
    codes = [position.code.strip() for position, _ in plan]
    lengths = [at for position, _ in plan for at in (position.x_m, position.y_m, position.z_m)]
    if len(set(codes)) < len(codes) or not all(codes) or not all(map(isfinite, lengths)):
        raise PlanUnsound(codes=codes)
    await _changing(work, study_id, version)
    before = {each.code: each for each in await positions(work, study_id)}
    await work.run(SQL["remove_position"], study_id=study_id, codes=sorted(before.keys() - set(codes)), now=work.now)
    for position, logger in plan:
        await _put(work, study_id, position, logger)
    await work.run(SQL["touch"], id=study_id)
    was = {"positions": {code: _told(each.position, _logger(each)) for code, each in before.items()}}
    now = {"positions": {position.code: _told(position, logger) for position, logger in plan}}
    work.audit("mapping_study.positions", "mapping_study", study_id, before=was, after=now, reason=reason)


async def _put(work: Work, study_id: int, position: Position, logger: Logger) -> None:
    facts = asdict(position) | {"code": position.code.strip(), "study_id": study_id}
    told = {"logger": logger.serial.strip(), "certificate": logger.certificate.strip()}
    await work.run(SQL["put_position"], **facts, **told, due_on=logger.due_on, error=logger.error)


def _logger(each: Hanging) -> Logger:
    return Logger(serial=each.logger, certificate=each.certificate, due_on=each.due_on, error=each.error)


def _told(position: Position, logger: Logger) -> dict[str, object]:
    left_out = {"code"}
    return {name: value for name, value in (asdict(position) | asdict(logger)).items() if name not in left_out}


async def import_series(work: Work, study_id: int, code: str, file_name: str, content: bytes) -> LoggerFile:
    """Keep what a logger recorded; an earlier file of the position is kept too, and no longer counts.

    Raises StudyNotFound, Refused, PositionNotFound, LoggerUnreadable, LoggerDatesAmbiguous.
    """
    await _changing(work, study_id, None)
    found = next((each for each in await positions(work, study_id) if each.code == code), None)
    if found is None:
        raise PositionNotFound(study_id=study_id, code=code)
    read = read_logger(content, await plant.time_zone(work))
    await work.run(SQL["replace_series"], position_id=found.id, now=work.now)
    facts = {"file_name": Path(file_name).name, "sha256": read.sha256, "readings": read.readings}
    kept = {"content": content, "time_us": read.time_us, "value": read.value, "now": work.now, "actor": work.actor}
    unread = [asdict(each) for each in read.unread]
    await work.run(SQL["add_series"], position_id=found.id, unread=Json(unread), **facts, **kept)
    await work.run(SQL["touch"], id=study_id)
    work.audit("mapping_study.import", "mapping_study", study_id, after=facts | {"code": code, "unread": len(unread)})
    return read


async def set_window(work: Work, study_id: int, start: datetime, end: datetime, *, version: int) -> None:
    """Say which time counts: when the space was steady. Raises StudyNotFound, StaleVersion, Refused, TimesUnsound."""
    if not start < end <= work.now:
        raise TimesUnsound(start=start, end=end)
    before = await _changing(work, study_id, version)
    await work.run(SQL["set_window"], id=study_id, from_time=start, to_time=end)
    was = {"from_time": before.from_time, "to_time": before.to_time}
    work.audit(
        "mapping_study.window", "mapping_study", study_id, before=was, after={"from_time": start, "to_time": end}
    )


async def record_test(
    work: Work,
    study_id: int,
    kind: TrialKind,
    *,
    start: datetime,
    end: datetime,
    closed: datetime | None = None,
    ambient_c: float | None = None,
    note: str = "",
) -> Trial:
    """Say when power failed, or a door stood open, on purpose. Raises StudyNotFound, Refused, TimesUnsound."""
    is_door = kind is TrialKind.DOOR_OPEN
    if not start < end <= work.now or is_door != (closed is not None) or (closed and not start < closed < end):
        raise TimesUnsound(start=start, closed=closed, end=end)
    await _changing(work, study_id, None)
    facts = {"kind": kind, "from_time": start, "closed_time": closed, "to_time": end, "ambient_c": ambient_c}
    made = await work.one(
        SQL["add_test"], Trial, study_id=study_id, note=note.strip(), **facts, now=work.now, actor=work.actor
    )
    if made is None:
        raise StudyNotFound(study_id=study_id)
    await work.run(SQL["touch"], id=study_id)
    work.audit("mapping_study.test", "mapping_study", study_id, after=facts | {"test": made.id}, reason=note)
    return made


async def withdraw_test(work: Work, study_id: int, test_id: int, *, reason: str) -> None:
    """Say that a test was recorded in error. Raises StudyNotFound, Refused."""
    await _changing(work, study_id, None)
    if await work.run(SQL["withdraw_test"], id=test_id, study_id=study_id, now=work.now):
        await work.run(SQL["touch"], id=study_id)
        work.audit("mapping_study.test.withdraw", "mapping_study", study_id, before={"test": test_id}, reason=reason)


async def study(work: Work, study_id: int) -> Study:
    """One study. Raises StudyNotFound."""
    found = await work.one(SQL["study"], Study, id=study_id)
    if found is None:
        raise StudyNotFound(study_id=study_id)
    return found


async def studies(work: Work, *, zone_id: int | None = None, status: Status | None = None) -> list[Study]:
    """Studies, newest first, filtered."""
    return await work.all(SQL["studies"], Study, zone_id=zone_id, status=status)


async def positions(work: Work, study_id: int) -> list[Hanging]:
    """The positions of a study's plan."""
    return await work.all(SQL["positions"], Hanging, study_id=study_id)


async def rows_of(work: Work, found: Study) -> Rows:
    """All that is stored of a study."""
    space = await spaces.space(work, found.space_id)
    series: Iterable[Series] = await work.all(SQL["series"], Series, study_id=found.id)
    return Rows(
        study=found,
        space=space,
        rules=rules_for(found.rules, space.kind),
        positions=await positions(work, found.id),
        series={each.code: each for each in series},
        tests=await work.all(SQL["tests"], Trial, study_id=found.id),
    )


async def locked(work: Work, study_id: int, version: int | None) -> Study:
    """A study, locked for this work. Raises StudyNotFound, StaleVersion."""
    found = await work.one(SQL["lock"], Study, id=study_id)
    if found is None:
        raise StudyNotFound(study_id=study_id)
    if version is not None and found.version != version:
        raise StaleVersion("mapping_study", study_id, yours=version, current=found.version)
    return found


async def _changing(work: Work, study_id: int, version: int | None) -> Study:
    """A study that may still be changed: what is signed is frozen."""
    found = await locked(work, study_id, version)
    MACHINE.step("change", study_id, found.status, Facts())
    return found
