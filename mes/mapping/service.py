"""What other slices ask of mapping, and the signed judgement of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.types.json import Json

from mes.mapping.model import MACHINE, Facts, Season, Status, Study, TrialKind
from mes.mapping.results import Results, Rows, as_record, results
from mes.mapping.studies import SQL, StudyNotFound, TimesUnsound, locked, rows_of, studies, study
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Credentials, Meaning
from models.forecast import ThermalFit
from models.mapping import Role as Position
from telemetry.work import Work

MEANINGS = (Meaning.APPROVED, Meaning.REJECTED, Meaning.REVIEWED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalRow:
    """What a power-fail test of an approved study says of one position."""

    study_id: int
    number: str
    code: str
    role: Position
    tau_s: float
    ambient_c: float  # what it warmed towards: measured around the room, or fitted
    r2: float
    exceeds_s: float | None  # until it was first out of limits; None: not within the test
    from_time: datetime
    to_time: datetime
    fit: ThermalFit  # the same, whole


async def thermal_fits(work: Work, zone_id: int) -> list[ThermalRow]:
    """Time constants of a zone by its approved studies' power-fail tests: newest study first, quickest to warm first.

    Positions without a course that could be fitted are left out.
    """
    found: list[ThermalRow] = []
    for each in await studies(work, zone_id=zone_id, status=Status.APPROVED):
        found += await _thermal(work, each)
    return found


async def _thermal(work: Work, found: Study) -> list[ThermalRow]:
    rows = await rows_of(work, found)
    roles = {each.code: each.role for each in rows.positions}
    told = [
        ThermalRow(
            study_id=found.id,
            number=found.number,
            code=code,
            role=roles[code],
            tau_s=warming.fit.tau_s,
            ambient_c=warming.fit.rest_c,
            r2=warming.fit.r2,
            exceeds_s=warming.exceeds_s,
            from_time=tested.test.from_time,
            to_time=tested.test.to_time,
            fit=warming.fit,
        )
        for tested in results(rows).tests
        if tested.test.kind is TrialKind.POWER_FAIL
        for code, warming in tested.warming.items()
        if warming.fit is not None
    ]
    return sorted(told, key=lambda row: row.tau_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonalPair:
    """An approved study of the hot season and one of the cold season of the same zone."""

    hot: Study
    cold: Study
    shifts: dict[str, float]  # by code of positions that both have: mean in the hot season minus in the cold, °C
    kept: tuple[str, ...]  # codes recommended by both
    moved: tuple[str, ...]  # codes recommended by one of them alone


async def seasonal_pair(work: Work, zone_id: int) -> SeasonalPair | None:
    """The newest approved studies of both seasons, compared; None while one of them is missing."""
    approved = await studies(work, zone_id=zone_id, status=Status.APPROVED)
    newest = {each.season: each for each in reversed(approved)}
    hot, cold = newest.get(Season.HOT), newest.get(Season.COLD)
    if hot is None or cold is None:
        return None
    warm, cool = results(await rows_of(work, hot)), results(await rows_of(work, cold))
    both = [code for code in warm.statistics if code in cool.statistics]
    codes = (set(warm.recommended), set(cool.recommended))
    return SeasonalPair(
        hot=hot,
        cold=cold,
        shifts={code: warm.statistics[code].mean_c - cool.statistics[code].mean_c for code in both},
        kept=tuple(sorted(codes[0] & codes[1])),
        moved=tuple(sorted(codes[0] ^ codes[1])),
    )


async def results_of(work: Work, study_id: int) -> Results:
    """What a study shows. Raises StudyNotFound."""
    return results(await rows_of(work, await study(work, study_id)))


async def judge_study(
    work: Work,
    study_id: int,
    step: str,
    *,
    version: int,
    explanation: str,
    remap_on: date | None,
    credentials: Credentials,
    meaning: Meaning | str,
    reason: str,
) -> Study:
    """QA approves or rejects a study with a signature; it is frozen as it is.

    A rule that is broken needs an explanation; an approval says when the space is mapped again. Raises
    StudyNotFound, StaleVersion, Refused with the guards that failed, TimesUnsound, and what `people.sign` raises.
    """
    before = await locked(work, study_id, version)
    rows = await rows_of(work, before)
    found = results(rows)
    row = MACHINE.step(step, study_id, before.status, _facts(before, rows, found, explanation))
    if row.target == Status.APPROVED and (remap_on is None or remap_on <= work.now.date()):
        raise TimesUnsound(remap_on=remap_on)
    record = as_record(rows, found) | {"explanation": explanation.strip(), "remap_on": remap_on, "step": step}
    signed = await people.sign(
        work,
        credentials,
        meaning,
        reason,
        record_type="mapping_study",
        record_id=study_id,
        record_version=before.version,
        content=record,
        roles=signers(Act.APPROVE),
        meanings=MEANINGS,
    )
    told = {"status": row.target, "remap_on": remap_on, "signature_id": signed.id}
    after = await _freeze(work, before, record, told, reason)
    await work.emit(f"mapping_study.{row.target}", study_id=study_id, number=before.number, zone_id=before.zone_id)
    return after


async def _freeze(
    work: Work, before: Study, record: Mapping[str, object], told: Mapping[str, date | int | str | None], reason: str
) -> Study:
    """Keep what was signed with the study, and say so in the trail."""
    remap_on = record["remap_on"]
    kept = {**record, "remap_on": remap_on.isoformat() if isinstance(remap_on, date) else None}
    after = await work.one(SQL["judge"], Study, id=before.id, findings=Json(kept), **told)
    if after is None:
        raise StudyNotFound(study_id=before.id)
    was = {"status": before.status}
    work.audit(f"mapping_study.{record['step']}", "mapping_study", before.id, before=was, after=told, reason=reason)
    return after


def _facts(before: Study, rows: Rows, found: Results, explanation: str) -> Facts:
    return Facts(
        every_position_has_readings=bool(rows.inside) and all(each.code in rows.series for each in rows.inside),
        the_steady_time_is_said=before.from_time is not None,
        every_rule_is_kept_or_explained=not found.broken or bool(explanation.strip()),
    )
