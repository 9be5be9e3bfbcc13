"""Look-backs: what a sensor that was found beyond its tolerance puts in doubt, kept as it was found, judged by QA.

Lots that would have been in an excursion nobody was told of are held at once, each by the look-back; QA's signed
conclusion lifts these holds. The deviation that goes with it asks for cause and remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from psycopg.types.json import Json

from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from mes.plant import service as plant
from mes.quality import handling
from mes.quality.deviations import Draft
from mes.reports import queue
from mes.sensors import certificates, doubt, instruments
from mes.sensors.doubt import Found, Progress, Stay, Told
from mes.sensors.model import Certificate, Instrument, last_good
from mes.transitions import Refused, StaleVersion
from telemetry import queries, units
from telemetry.clock import Clock, from_us
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("look_backs.sql"))
MEANINGS = (Meaning.APPROVED, Meaning.REVIEWED)
AT_ONCE = 200_000
"""So many readings are looked at while who entered the certificate waits; for more there is a worker."""
SIGNED = ("number", "certificate_id", "from_time", "to_time", "findings", "conclusion")
"""What a conclusion's signature covers."""


class LookBackNotFound(NotFound):
    """There is no such look-back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBack:
    id: int
    number: str
    certificate_id: int
    good_id: int | None  # the last good calibration before it
    from_time: datetime
    to_time: datetime
    findings: Mapping[str, Any]
    deviation_id: int
    opened_at: datetime
    opened_by: str
    conclusion: str
    concluded_at: datetime | None
    signature_id: int | None
    version: int
    looked_at: datetime | None = None  # when all of it had been looked at; None: a worker still does
    looked_share: float = 0.0  # 0 to 1: how much of its readings has been looked at

    @property
    def hold_cause(self) -> str:
        """What its holds on lots are known by."""
        return f"look-back:{self.id}"


async def open_look_back(work: Work, found: Certificate) -> LookBack:
    """Look back over all that an instrument measured since it was last known to be good; hold what was missed.

    Where that is much, a worker does it after the commit: until then nothing is found, and nothing can be concluded.
    """
    instrument = await instruments.instrument(work, found.instrument_id)
    good = last_good(await certificates.certificates(work, [instrument.id]), found.calibrated_on)
    start, end = await _span(work, instrument, good, found)
    facts = {"number": await plant.next_number(work, "LKB"), "certificate_id": found.id}
    facts |= {"good_id": good.id if good else None, "from_time": start, "to_time": end}
    drafted = await handling.open_deviation(work, _draft(str(facts["number"]), instrument, found))
    facts |= {"deviation_id": drafted.id}
    errors = doubt.errors_of(found, await certificates.reference_points(work, found.id))
    known = Json({"errors": list(errors), "stays": []})
    made = await work.one(SQL["open"], LookBack, **facts, findings=known, now=work.now, actor=work.actor)
    if made is None:
        raise LookBackNotFound(**facts)
    work.audit("look_back.open", "look_back", made.id, after=facts | {"instrument": instrument.serial})
    await work.emit("look_back.opened", look_back_id=made.id, number=made.number, instrument_id=instrument.id)
    stays = await doubt.stays_of(work, instrument.id, start, end)
    if await _readings(work, stays) <= AT_ONCE:
        return await look(work, made)
    await queue.put(work, queue.LOOK_BACK, f"look-back-{made.id}", look_back_id=made.id)
    return made


async def _readings(work: Work, stays: Iterable[Stay]) -> int:
    """How many readings these stays have, or more than can be looked at at once."""
    found = 0
    for stay in stays:
        if found <= AT_ONCE:
            span = {"point_id": stay.point.point_id, "start": stay.start, "end": stay.end}
            found += await work.scalar(SQL["stored"], most=AT_ONCE + 1, **span)
    return found


async def look(work: Work, made: LookBack, told: Told | None = None, clock: Clock | None = None) -> LookBack:
    """Look at all of it, keep what is found, hold what was missed.

    `told` hears from time to time how far it is; `clock` tells when it is done, where that is long after it began.
    """
    found = await certificates.certificate(work, made.certificate_id)
    errors = doubt.errors_of(found, await certificates.reference_points(work, found.id))
    stays = await doubt.stays_of(work, found.instrument_id, made.from_time, made.to_time)
    progress = Progress(told, sum(doubt.pieces_of(stay) for stay in stays))
    seen = [await doubt.look_at(work, stay, errors, progress) for stay in stays]
    zone = await plant.time_zone(work)
    findings = {"errors": list(errors), "stays": [doubt.as_record(each, zone) for each in seen]}
    done = {"findings": Json(findings), "now": clock.now() if clock else work.now, "step": int(told is not None)}
    after = await work.one(SQL["looked"], LookBack, id=made.id, **done)
    if after is None:
        raise LookBackNotFound(look_back_id=made.id)
    counted = {"stays": len(seen), "missed": sum(len(each.missed) for each in seen)}
    work.audit("look_back.look", "look_back", made.id, after=counted)
    await _hold(work, after, seen)
    return after


async def _span(
    work: Work, instrument: Instrument, good: Certificate | None, found: Certificate
) -> tuple[datetime, datetime]:
    """From the day of the last good calibration, or the first stay, to the end of the day on which it was found."""
    stays = await instruments.installations(work, instrument_id=instrument.id)
    end = min(await _midnight(work, found.calibrated_on + timedelta(days=1)), work.now)
    if good is not None:
        return await _midnight(work, good.calibrated_on), end
    return min([stay.from_time for stay in stays] + [end]), end


async def _midnight(work: Work, day: date) -> datetime:
    return datetime.combine(day, time(), await plant.time_zone(work))


def _draft(number: str, instrument: Instrument, found: Certificate) -> Draft:
    unit = units.shown(instrument.unit)
    figures = f"{found.worst_found} {unit} > {found.tolerance} {unit}"
    return Draft(
        title_en=f"Sensor {instrument.serial} found beyond its tolerance ({number})",
        title_zh=f"传感器 {instrument.serial} 校准前误差超出允差（{number}）",
        description=f"{found.laboratory} {found.number}: {figures}",
    )


async def _hold(work: Work, made: LookBack, seen: Iterable[Found]) -> None:
    """Hold lots that stood there during an excursion nobody was told of; the safe direction waits for nobody."""
    for each in seen:
        for change in each.missed:
            start, end = from_us(change.start_us), None if change.end_us is None else from_us(change.end_us)
            for lot in await inventory.lots_exposed(work, each.stay.zone_id or 0, start, end or each.stay.end):
                reason = f"{made.number}: {each.stay.point.name}"
                await inventory.place_hold(work, lot.lot_id, cause=made.hold_cause, reason=reason)


async def look_back(work: Work, look_back_id: int) -> LookBack:
    """One look-back. Raises LookBackNotFound."""
    found = await look_backs(work, look_back_id=look_back_id)
    if not found:
        raise LookBackNotFound(look_back_id=look_back_id)
    return found[0]


async def look_backs(
    work: Work,
    *,
    look_back_id: int | None = None,
    instrument_id: int | None = None,
    open_only: bool = False,
) -> list[LookBack]:
    """Look-backs, newest first, filtered."""
    return await work.all(
        SQL["look_backs"], LookBack, id=look_back_id, instrument_id=instrument_id, open_only=open_only
    )


async def conclude(
    work: Work,
    look_back_id: int,
    *,
    version: int,
    conclusion: str,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
) -> LookBack:
    """QA signs what follows for readings, excursions and lots; the look-back's holds are lifted.

    Raises LookBackNotFound, StaleVersion, Refused with the guards that failed, and what `people.sign` raises.
    """
    before = await _locked(work, look_back_id, version)
    guards = {"state_is_open": before.concluded_at is None, "all_is_looked_at": before.looked_at is not None}
    guards["conclusion_given"] = bool(conclusion.strip())
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("look_back", look_back_id, "conclude", failed[:1])
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="look_back",
        record_id=look_back_id,
        record_version=before.version,
        content={name: getattr(before, name) for name in SIGNED} | {"conclusion": conclusion.strip()},
        roles=signers(Act.JUDGE),
        meanings=MEANINGS,
    )
    told = {"conclusion": conclusion.strip(), "signature_id": signed.id}
    await work.run(SQL["conclude"], id=look_back_id, now=work.now, **told)
    for hold in await inventory.holds(work, cause=before.hold_cause):
        if hold.active:
            await inventory.lift_hold(work, hold.id, signature_id=signed.id, reason=f"{before.number}: {reason}")
    work.audit("look_back.conclude", "look_back", look_back_id, after=told, reason=reason)
    await work.emit("look_back.concluded", look_back_id=look_back_id, number=before.number)
    return await look_back(work, look_back_id)


async def _locked(work: Work, look_back_id: int, version: int) -> LookBack:
    found = await work.one(SQL["lock"], LookBack, id=look_back_id)
    if found is None:
        raise LookBackNotFound(look_back_id=look_back_id)
    if found.version != version:
        raise StaleVersion("look_back", look_back_id, yours=version, current=found.version)
    return found
