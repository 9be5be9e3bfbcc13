"""Instruments serve a point for a time, are swapped or moved; each stay is an interval that is never rewritten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from mes.plant import service as plant
from mes.sensors.model import Installation, Instrument
from mes.sensors.order import NotTheLast, check_moment, check_order
from telemetry import queries, units
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("instruments.sql"))


class InstrumentNotFound(NotFound):
    """There is no such instrument."""


class InstallationNotFound(NotFound):
    """There is no such record of an instrument at a point."""


class SerialTaken(Conflict):
    """An instrument with this serial number is recorded already."""


class SerialMissing(Invalid):
    """An instrument is known by its serial number: give it."""


class ServesThereAlready(Conflict):
    """This instrument serves this point already."""


class UnitDiffers(Invalid):
    """The instrument measures in another unit than the point."""


async def register(work: Work, *, serial: str, model: str = "", unit: str = "Cel") -> Instrument:
    """Add an instrument. Raises SerialMissing, SerialTaken."""
    if not serial.strip():
        raise SerialMissing
    facts = {"serial": serial.strip(), "model": model.strip(), "unit": unit}
    made = await work.one(SQL["register"], Instrument, **facts, now=work.now, actor=work.actor)
    if made is None:
        raise SerialTaken(serial=serial)
    work.audit("instrument.register", "instrument", made.id, after=facts)
    return made


async def instrument(work: Work, instrument_id: int) -> Instrument:
    """One instrument. Raises InstrumentNotFound."""
    found = await instruments(work, [instrument_id])
    if not found:
        raise InstrumentNotFound(instrument_id=instrument_id)
    return found[0]


async def instruments(work: Work, instrument_ids: Iterable[int] | None = None) -> list[Instrument]:
    """These instruments, or all, by serial number."""
    chosen = None if instrument_ids is None else list(instrument_ids)
    return await work.all(SQL["instruments"], Instrument, ids=chosen)


async def instrument_with(work: Work, serial: str) -> Instrument | None:
    """The instrument with a serial number."""
    return await work.one(SQL["by_serial"], Instrument, serial=serial.strip())


async def installations(
    work: Work, *, point_id: int | None = None, instrument_id: int | None = None, withdrawn: bool = False
) -> list[Installation]:
    """Stays of a point or an instrument, or all, in order of time."""
    filters = {"point_id": point_id, "instrument_id": instrument_id, "withdrawn": withdrawn}
    return await work.all(SQL["installations"], Installation, **filters)


async def serving(work: Work, point_ids: Iterable[int], at: datetime) -> dict[int, Instrument]:
    """By point: the instrument that served it at a moment."""
    stays = await work.all(SQL["serving"], Installation, point_ids=list(point_ids), at=at)
    known = {each.id: each for each in await instruments(work, {stay.instrument_id for stay in stays})}
    return {stay.point_id: known[stay.instrument_id] for stay in stays}


async def install(
    work: Work, instrument_id: int, point_id: int, *, reason: str, at: datetime | None = None
) -> Installation:
    """Say that an instrument serves a point since a moment, now unless said; what served it before has left then.

    An instrument serves one point at a time: its stay elsewhere ends as well. Raises InstrumentNotFound,
    PointNotFound, UnitDiffers, ServesThereAlready, RecordedOutOfOrder, NotYetSo, ReasonNeeded.
    """
    when = check_moment(at, work.now, reason)
    served, point = await instrument(work, instrument_id), await plant.point(work, point_id)
    if served.unit != point.unit:
        raise UnitDiffers(instrument=units.shown(served.unit), point=units.shown(point.unit))
    await work.run(SQL["lock"])
    stays = await installations(work, point_id=point_id) + await installations(work, instrument_id=instrument_id)
    if any(s.to_time is None and (s.instrument_id, s.point_id) == (instrument_id, point_id) for s in stays):
        raise ServesThereAlready(serial=served.serial, point=point.name)
    check_order(when, ((stay.from_time, stay.to_time) for stay in stays))
    ended = [stay for stay in stays if stay.to_time is None]
    await work.run(SQL["end"], ids=[stay.id for stay in ended], at=when)
    facts = {"instrument_id": instrument_id, "point_id": point_id, "from_time": when, "reason": reason.strip()}
    made = await work.one(SQL["install"], Installation, **facts, now=work.now, actor=work.actor)
    if made is None:
        raise InstrumentNotFound(instrument_id=instrument_id)
    was = {"ended": [{"instrument_id": s.instrument_id, "point_id": s.point_id} for s in ended]}
    told = facts | {"serial": served.serial, "point": point.name, "installation": made.id}
    work.audit("sensor.install", "measuring_point", point_id, before=was, after=told, reason=reason)
    await work.emit("sensor.installed", point_id=point_id, instrument_id=instrument_id, at=when)
    return made


async def remove(work: Work, installation_id: int, *, reason: str, at: datetime | None = None) -> None:
    """Say that an instrument left its point, to be calibrated for example; nothing serves it until the next one.

    Raises InstallationNotFound, RecordedOutOfOrder, NotYetSo, ReasonNeeded.
    """
    when = check_moment(at, work.now, reason)
    await work.run(SQL["lock"])
    stay = await _standing(work, installation_id)
    if stay.to_time is not None:
        raise InstallationNotFound(installation_id=installation_id)
    check_order(when, [(stay.from_time, None)])
    await work.run(SQL["end"], ids=[stay.id], at=when)
    was = {"installation": stay.id, "instrument_id": stay.instrument_id}
    work.audit("sensor.remove", "measuring_point", stay.point_id, before=was, after={"to_time": when}, reason=reason)
    await work.emit("sensor.removed", point_id=stay.point_id, instrument_id=stay.instrument_id, at=when)


async def withdraw_installation(work: Work, installation_id: int, *, reason: str) -> None:
    """Say that a stay was recorded in error: what it ended holds on. Only the last of its point and instrument.

    Raises InstallationNotFound, NotTheLast, ReasonNeeded.
    """
    check_moment(None, work.now, reason)
    await work.run(SQL["lock"])
    stay = await _standing(work, installation_id)
    about = await installations(work, point_id=stay.point_id)
    about += await installations(work, instrument_id=stay.instrument_id)
    if any(other.from_time > stay.from_time for other in about):
        raise NotTheLast(installation_id=installation_id)
    await work.run(SQL["withdraw"], id=stay.id, now=work.now)
    ids = sorted({other.id for other in about if other.id != stay.id and other.to_time == stay.from_time})
    await work.run(SQL["reopen"], ids=ids)
    was = {"installation": stay.id, "instrument_id": stay.instrument_id, "from_time": stay.from_time}
    work.audit(
        "sensor.install.withdraw", "measuring_point", stay.point_id, before=was, after={"reopened": ids}, reason=reason
    )
    await work.emit("sensor.installation_withdrawn", point_id=stay.point_id, instrument_id=stay.instrument_id)


async def _standing(work: Work, installation_id: int) -> Installation:
    found = await work.one(SQL["installation"], Installation, id=installation_id)
    if found is None or found.withdrawn_at is not None:
        raise InstallationNotFound(installation_id=installation_id)
    return found
