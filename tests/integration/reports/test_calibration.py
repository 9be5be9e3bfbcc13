"""The report of calibrations: what falls due, days without a good calibration with their cause, what was done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from dashboards.reports.calibration import CalibrationContent
from dashboards.reports.uncalibrated import Cause
from mes.sensors import certificates
from mes.sensors import service as sensors
from mes.sensors.model import Standing
from models.policy import Calibration
from tests.integration.mes.watch.test_whole_policies import POLICY
from tests.integration.reports.conftest import Press
from tests.integration.sensors.conftest import Sensors
from tests.integration.sensors.conftest import sensors_of as sensors_of
from tests.plugins.cold_room import signed_by

FEBRUARY = datetime(2026, 1, 31, 16, tzinfo=UTC), datetime(2026, 2, 28, 16, tzinfo=UTC)
"""The month in the plant's calendar."""


async def test_a_month_of_calibrations_is_told_with_every_day_that_rests_on_none(
    press: Press, sensors_of: Sensors
) -> None:
    """air-1 is overdue from the 11th to the 20th and found beyond tolerance; air-2 waits for QA; nothing else has any.

    T-1's certificate of 2025-02-10 is good for 365 days, to 2026-02-10.
    """
    await sensors_of.put("T-1")
    await sensors_of.put("T-2", "air-2")
    await sensors_of.calibrate("T-1", days=-339)
    press.store.clock.at = datetime(2026, 2, 21, 2, tzinfo=UTC)
    await sensors_of.calibrate("T-1", days=37, found="0.7")  # on 2026-02-21
    async with press.store.work("engineer") as work:
        await sensors.enter_certificate(work, sensors_of.paper("T-2", days=20))  # on 2026-02-04
    press.store.clock.at = datetime(2026, 3, 2, tzinfo=UTC)
    told = await press.gather("calibration_due", "", *FEBRUARY)
    assert isinstance(told, CalibrationContent)
    air = {name: press.store.name(name) for name in ("air-1", "air-2")}
    lapses = {(each.name, each.cause, str(each.first), str(each.last), each.days) for each in told.lapses}
    assert (air["air-1"], Cause.OVERDUE, "2026-02-11", "2026-02-20", 10) in lapses
    assert (air["air-2"], Cause.NO_CERTIFICATE, "2026-02-01", "2026-02-03", 3) in lapses
    assert (air["air-2"], Cause.NOT_SIGNED, "2026-02-04", "2026-02-28", 25) in lapses
    rows = {row.name: row for row in told.points}
    assert (rows[air["air-1"]].days, rows[air["air-1"]].days_good) == (28, 18)
    for row in told.points:
        assert row.days - row.days_good == sum(each.days for each in told.lapses if each.name == row.name)
    assert [row.number for row in told.done] == ["T-1 +37", "T-2 +20"]
    assert [row.serial for row in told.look_backs] == ["T-1"]
    kept = {
        language: await press.make(await press.ask("calibration_due", "", *FEBRUARY, language=language))
        for language in ("en", "zh")
    }
    english, chinese = await press.read(kept["en"]), await press.read(kept["zh"])
    assert kept["en"].content_sha256 == kept["zh"].content_sha256
    assert "2026-02-11 2026-02-20 10 its calibration was overdue" in english
    assert "2026-02-11 2026-02-20 10 校准已过期" in chinese
    assert ("Not signed." in english, "校准到期报告" in chinese, "Page 1 / " in english) == (True, True, True)
    assert kept["en"].content_sha256 in english


async def test_a_certificate_counts_from_its_day_once_qa_has_signed_it(press: Press, sensors_of: Sensors) -> None:
    await sensors_of.put("T-1")
    async with press.store.work("engineer") as work:
        paper, _ = await sensors.enter_certificate(work, sensors_of.paper("T-1", days=-5))
    month = datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 1, 31, 16, tzinfo=UTC)
    before = await press.gather("calibration_due", "", *month)
    async with press.store.work() as work:
        await certificates.sign_certificate(
            work, paper.id, credentials=signed_by(), meaning="reviewed", reason="as on the paper"
        )
    after = await press.gather("calibration_due", "", *month)
    causes = []
    for told in (before, after):
        assert isinstance(told, CalibrationContent)
        assert not told.is_over
        name = press.store.name("air-1")
        causes.append([(each.cause, str(each.first), str(each.last)) for each in told.lapses if each.name == name])
    assert causes == [
        [(Cause.NO_CERTIFICATE, "2026-01-01", "2026-01-09"), (Cause.NOT_SIGNED, "2026-01-10", "2026-01-15")],
        [(Cause.NO_CERTIFICATE, "2026-01-01", "2026-01-09")],
    ]


async def test_what_falls_due_soon_is_by_the_notice_of_the_points_policy(press: Press, sensors_of: Sensors) -> None:
    """Due 40 days after the month: within the usual 90 days, and not within the ten that this plant's policy names."""
    await sensors_of.put("T-1")
    await sensors_of.calibrate("T-1", days=-5, lasts=89)
    press.store.clock.at = datetime(2026, 3, 2, tzinfo=UTC)
    usual = await press.gather("calibration_due", "", *FEBRUARY)
    press.store.clock.at = FEBRUARY[0]
    own = replace(POLICY, calibration=Calibration(every_days=365, notice_days=(10, 3), citation="own"))
    await press.store.judge_by(own)
    press.store.clock.at = datetime(2026, 3, 2, tzinfo=UTC)
    by_policy = await press.gather("calibration_due", "", *FEBRUARY)
    name = press.store.name("air-1")
    seen = []
    for told in (usual, by_policy):
        assert isinstance(told, CalibrationContent)
        [row] = [row for row in told.points if row.name == name]
        seen.append((row.days_left, row.standing, row.notice_days, told.notices))
    assert seen == [
        (40, Standing.DUE, (90, 30, 0), (((90, 30, 0), 1),)),
        (40, Standing.VALID, (10, 3), (((10, 3), 1),)),
    ]
    text = await press.read(await press.make(await press.ask("calibration_due", "", *FEBRUARY, language="en")))
    assert "10 / 3 (1 measuring point)." in text
