"""The report of a mapping study: it says what was signed, every gap with its cause, and notices what differs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboards.reports.loggergaps import Cause
from dashboards.reports.mapping import MappingContent
from mes.mapping import studies
from mes.mapping.model import Study
from mes.mapping.results import results
from telemetry.work import Work
from tests.integration.mapping.loggers import OFF, START, as_csv, course
from tests.integration.mapping.test_studies import approve, filled, planned
from tests.integration.reports.conftest import Press


async def told(press: Press, number: str) -> MappingContent:
    found = await press.gather("mapping", number, START, OFF)
    assert isinstance(found, MappingContent)
    return found


async def signed_study(press: Press) -> Study:
    """G2's logger skips an hour, G3's file begins an hour late, G4's ends an hour early with a torn line in it."""
    async with press.store.work() as work:
        study = await planned(press.store, work)
        await filled(work, study)
        hour = START + timedelta(hours=10), START + timedelta(hours=11)
        await bring(work, study, "G2", [(at, v) for at, v in course(4.1) if not hour[0] < at < hour[1]])
        await bring(work, study, "G3", [(at, v) for at, v in course(4.2) if at >= START + timedelta(hours=1)])
        short = as_csv([(at, v) for at, v in course(4.3) if at <= START + timedelta(hours=49)])
        await studies.import_series(work, study.id, "G4", "G4.csv", short + b"2026-01-1")
        return await approve(work, study.id, explanation="the loggers beside them cover the gaps")


async def bring(work: Work, study: Study, code: str, readings: list[tuple[datetime, float]]) -> None:
    await studies.import_series(work, study.id, code, f"{code}.csv", as_csv(readings))


async def test_a_signed_study_is_printed_as_it_was_signed_with_every_gap(press: Press) -> None:
    study = await signed_study(press)
    content = await told(press, study.number)
    assert content.agrees is True
    gaps = {gap.code: (gap.cause, gap.length_s / 60) for gap in content.gaps}
    assert gaps == {"G2": (Cause.SILENT, 50), "G3": (Cause.BEGINS_LATE, 60), "G4": (Cause.ENDS_EARLY, 50)}
    async with press.store.work() as work:
        found = results(await studies.rows_of(work, study))
    window_s = timedelta(hours=50).total_seconds()
    for code, each in found.statistics.items():
        unknown_s = sum(gap.length_s for gap in content.gaps if gap.code == code)
        assert (1 - each.known_share) * window_s == pytest.approx(unknown_s, abs=1e-3), code
    kept = {
        language: await press.make(await press.ask("mapping", study.number, language=language))
        for language in ("en", "zh")
    }
    english, chinese = await press.read(kept["en"]), await press.read(kept["zh"])
    assert kept["en"].content_sha256 == kept["zh"].content_sha256
    assert "Computed anew from the stored files: it is what QA signed." in english
    assert "温度分布验证报告" in chinese
    assert "记录仪漏记数据" in chinese
    assert content.record["files"]["G2"] in english.replace(" ", "")
    assert "the loggers beside them cover the gaps" in english
    assert "fit for use" in english
    assert ("Page 1 / " in english, "Not signed." in english) == (True, True)


async def test_what_differs_from_what_was_signed_is_said(press: Press) -> None:
    study = await signed_study(press)
    async with press.store.work() as work:
        await work.run(
            "update mapping_study set findings = jsonb_set(findings::jsonb, '{hot}', '\"G1\"') where id = %(id)s",
            id=study.id,
        )
    assert (await told(press, study.number)).agrees is False


async def test_a_study_in_work_is_reported_as_such(press: Press) -> None:
    async with press.store.work() as work:
        study = await planned(press.store, work)
    content = await told(press, study.number)
    assert (content.agrees, content.completeness, content.gaps, content.chart) == (None, 0.0, (), None)
    kept = await press.make(await press.ask("mapping", study.number))
    assert "QA has not signed the study" in await press.read(kept)
