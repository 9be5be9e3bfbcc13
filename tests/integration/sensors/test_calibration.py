"""Certificates: what they say of a point, who signs them, what can't be done to them, when people are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Priority
from mes.plant import service as plant
from mes.sensors import certificates
from mes.sensors import service as sensors
from mes.sensors.certificates import EnteredBySigner, Scan
from mes.sensors.due import watch_calibrations
from mes.sensors.model import Standing
from models.policy import Calibration
from tests.integration.mes.watch.test_whole_policies import POLICY
from tests.integration.sensors.conftest import Sensors
from tests.plugins.cold_room import NINE, signed_by
from tests.plugins.database import Database

WITH_TEN_DAYS = replace(POLICY, calibration=Calibration(every_days=365, notice_days=(10,), citation="own"))
WITH_LONG_NOTICE = replace(POLICY, calibration=Calibration(every_days=365, notice_days=(120, 5), citation="own"))


async def standing(told: Sensors, days: float = 0) -> tuple[Standing, str | None]:
    """Of air-1, so many days from today."""
    async with told.store.work() as work:
        point_id = await told.point_id(work)
        state = (await sensors.calibration_of(work, [point_id], NINE + timedelta(days=days)))[point_id]
    return state.standing, state.serial


async def test_a_certificate_counts_when_qa_has_signed_it(sensors_of: Sensors) -> None:
    assert await standing(sensors_of) == (Standing.UNKNOWN, None)
    await sensors_of.put("S-1")
    async with sensors_of.store.work("qa") as work:
        made, none = await sensors.enter_certificate(work, sensors_of.paper("S-1", days=-10))
    assert none is None
    assert await standing(sensors_of) == (Standing.UNKNOWN, "S-1")
    with pytest.raises(EnteredBySigner):
        async with sensors_of.store.work() as work:
            await certificates.sign_certificate(
                work, made.id, credentials=signed_by(), meaning="reviewed", reason="mine"
            )
    await sensors_of.calibrate("S-1", days=-9)
    assert await standing(sensors_of) == (Standing.VALID, "S-1")
    assert await standing(sensors_of, -9.5) == (Standing.UNKNOWN, "S-1")  # what was known of the day before it
    assert await standing(sensors_of, 266) == (Standing.DUE, "S-1")
    assert await standing(sensors_of, 356) == (Standing.DUE, "S-1")  # its last good day
    assert await standing(sensors_of, 357) == (Standing.OVERDUE, "S-1")


async def test_a_mistake_is_superseded_and_the_paper_stays(sensors_of: Sensors, database: Database) -> None:
    await sensors_of.put("S-1")
    first, _ = await sensors_of.calibrate("S-1", days=-400)  # a year too early: due 35 days ago
    assert await standing(sensors_of) == (Standing.OVERDUE, "S-1")
    async with sensors_of.store.work("engineer") as work:
        right = sensors_of.paper("S-1", days=-35)
        second, _ = await sensors.enter_certificate(work, right, supersedes_id=first.id, reason="year mistyped")
    assert await standing(sensors_of) == (Standing.OVERDUE, "S-1")  # until QA has signed what takes its place
    with pytest.raises(certificates.CertificateSuperseded):
        async with sensors_of.store.work("engineer") as work:
            await sensors.enter_certificate(work, right, supersedes_id=first.id, reason="again")
    async with sensors_of.store.work() as work:
        await certificates.sign_certificate(
            work, second.id, credentials=signed_by(), meaning="reviewed", reason="now as on the paper"
        )
    assert await standing(sensors_of) == (Standing.VALID, "S-1")
    with psycopg.connect(database.app) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("update certificate set due_on = '2030-01-01'")


async def test_a_scan_is_kept_with_its_digest(sensors_of: Sensors) -> None:
    await sensors_of.put("S-1")
    paper = sensors_of.paper("S-1", days=-1)
    for bad in (Scan("paper.exe", b"MZ"), Scan("paper.pdf", b""), Scan("paper.pdf", b"x" * 2_000_000)):
        with pytest.raises(certificates.ScanUnsuitable):
            async with sensors_of.store.work("engineer") as work:
                await sensors.enter_certificate(work, replace(paper, scan=bad))
    async with sensors_of.store.work("engineer") as work:
        scan = Scan("../paper.PDF", b"%PDF-1.7 ...")
        made, _ = await sensors.enter_certificate(work, replace(paper, scan=scan))
        kept = await certificates.scan(work, made.id)
    assert (kept.file_name, kept.media_type, kept.content) == ("paper.PDF", "application/pdf", b"%PDF-1.7 ...")
    assert made.sha256 == kept.sha256


async def test_people_are_told_earlier_and_louder_and_a_new_certificate_ends_it(sensors_of: Sensors) -> None:
    await sensors_of.put("S-1")
    await sensors_of.calibrate("S-1", days=-1, lasts=92)  # due in 91 days
    heard = []
    for days in (0, 1, 60, 61, 90, 91, 92, 120):
        sensors_of.store.clock.at = NINE + timedelta(days=days)
        await _watch(sensors_of)
        async with sensors_of.store.work() as work:
            stand = await alarms.standing(work, Kind.CALIBRATION)
        heard.append((days, [alarm.priority for alarm in stand.values()]))
    low, medium = [Priority.LOW], [Priority.MEDIUM]
    assert heard == [(0, []), (1, low), (60, low), (61, low), (90, low), (91, medium), (92, medium), (120, medium)]
    (told,) = stand.values()
    assert told.message_en == "Cold room 2, air-1, sensor S-1: calibration was good until 2026-04-16"
    assert not told.message_zh.startswith("hainan/")
    assert await sensors_of.store.count("alarm where kind = 'calibration'") == 1
    await sensors_of.calibrate("S-1", days=120)
    await _watch(sensors_of)
    async with sensors_of.store.work() as work:
        assert await alarms.standing(work, Kind.CALIBRATION) == {}


async def test_how_early_people_are_told_is_what_the_policy_of_the_point_says(sensors_of: Sensors) -> None:
    """air-1's policy names 10 days; air-2 stands under another that asks for 120: that is air-2's alone."""
    for serial, probe in (("S-1", "air-1"), ("S-2", "air-2")):
        await sensors_of.put(serial, probe)
        await sensors_of.calibrate(serial, days=-1, lasts=101)  # due in 100 days
    await sensors_of.store.judge_by(WITH_TEN_DAYS)
    await sensors_of.store.rows(
        "update measuring_point set policy = 'early' where measure = 'air-2' returning point_id"
    )
    async with sensors_of.store.work("plant") as work:
        at = sensors_of.store.clock.at
        await plant.add_rule_version(work, "early", WITH_LONG_NOTICE, effective_from=at, reason="a story")
    heard = []
    for days in (0, 89, 90, 100):
        sensors_of.store.clock.at = NINE + timedelta(days=days)
        await _watch(sensors_of)
        async with sensors_of.store.work() as work:
            stand = await alarms.standing(work, Kind.CALIBRATION)
            ids = {probe: await sensors_of.point_id(work, probe) for probe in ("air-1", "air-2")}
            states = await sensors.calibration_of(work, ids.values(), work.now)
        told = sorted((name.rsplit("/")[-1], alarm.priority) for name, alarm in stand.items())
        heard.append((days, told, [states[id_].standing for id_ in ids.values()]))
    early, late = ("air-2", Priority.LOW), ("air-1", Priority.LOW)
    assert heard == [
        (0, [early], [Standing.VALID, Standing.DUE]),
        (89, [early], [Standing.VALID, Standing.DUE]),
        (90, [late, early], [Standing.DUE, Standing.DUE]),
        (100, [("air-1", Priority.MEDIUM), ("air-2", Priority.MEDIUM)], [Standing.DUE, Standing.DUE]),
    ]


async def _watch(told: Sensors) -> None:
    async with told.store.work("watch") as work:
        await watch_calibrations(work, await plant.points(work))
