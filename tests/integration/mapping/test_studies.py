"""A study of cold room 2: planned by the rules, filled with loggers' files, tested, signed and frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mes.mapping import service as mapping
from mes.mapping import spaces, studies
from mes.mapping.model import Load, Season, SpaceKind, Status, Study, StudyKind, TrialKind
from mes.mapping.reading import LoggerDatesAmbiguous, LoggerUnreadable, read_logger
from mes.mapping.studies import Logger
from mes.plant import service as plant
from mes.transitions import Refused
from models.mapping import Position, Role, Space, Spot
from telemetry.work import Work
from tests.integration.mapping.loggers import AMBIENT_C, OFF, START, TAU_MIN, as_csv, course
from tests.plugins.cold_room import NINE, ColdStore, signed_by

SPACE = Space(length_m=8, width_m=5, height_m=3, spots=(Spot(role=Role.DOOR, x_m=0, y_m=2.5, z_m=1),))
LOGGER = Logger(serial="L", certificate="C", due_on=date(2026, 12, 31), error=0.3)


async def planned(store: ColdStore, work: Work, season: Season = Season.HOT) -> Study:
    zone_id = store.rooms["cold-room-2"]
    await spaces.record_space(work, zone_id, SpaceKind.COLD, SPACE, reason="measured")
    made = await studies.plan_study(
        work, zone_id, rules="gsp_cn", kind=StudyKind.BEFORE_USE, season=season, load=Load.EMPTY, low=2, high=8
    )
    plan = [
        (each.position, replace(LOGGER, serial=f"L-{each.code}")) for each in await studies.positions(work, made.id)
    ]
    plan.append((Position(code="A1", role=Role.AMBIENT, x_m=0, y_m=0, z_m=0), replace(LOGGER, serial="L-A1")))
    await studies.put_positions(work, made.id, plan, version=made.version)
    return await studies.study(work, made.id)


async def filled(work: Work, study: Study) -> None:
    """Warmer from position to position; the first at the door warms twice as fast when power fails."""
    for n, each in enumerate(await studies.positions(work, study.id)):
        fast = each.code == "D1.1"
        at_door = {"tau_min": TAU_MIN / 2, "swing_c": 0.6} if fast else {}
        readings = course(4.0 + 0.05 * n, **at_door)
        if each.role is Role.AMBIENT:
            readings = [(at, AMBIENT_C) for at, _ in readings]
        await studies.import_series(work, study.id, each.code, f"{each.code}.csv", as_csv(readings))
    latest = await studies.study(work, study.id)
    await studies.set_window(work, study.id, START, START + timedelta(hours=50), version=latest.version)
    await studies.record_test(work, study.id, TrialKind.POWER_FAIL, start=OFF, end=OFF + timedelta(hours=2))
    await studies.record_test(
        work,
        study.id,
        TrialKind.DOOR_OPEN,
        start=OFF - timedelta(hours=1),
        closed=OFF - timedelta(minutes=50),
        end=OFF,
    )


async def approve(work: Work, study_id: int, *, explanation: str = "") -> Study:
    latest = await studies.study(work, study_id)
    return await mapping.judge_study(
        work,
        study_id,
        "approve",
        version=latest.version,
        explanation=explanation,
        remap_on=date(2027, 1, 15),
        credentials=signed_by(),
        meaning="approved",
        reason="fit for use",
    )


async def test_a_study_from_plan_to_signature(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        study = await planned(cold_store, work)
        await filled(work, study)
        told = await mapping.results_of(work, study.id)
    assert told.broken == ()
    assert (told.hot, told.cold) == ("D1.5", "G1")
    assert told.recommended == {"D1.5": ("hot",), "G1": ("cold",), "D1.1": ("door",)}
    power, door = sorted(told.tests, key=lambda each: each.test.kind, reverse=True)
    assert power.ambient_c == AMBIENT_C
    assert power.first is not None
    assert power.first[0] == "D1.1"  # it warms twice as fast
    fit = power.warming["G1"].fit
    assert fit is not None
    assert fit.tau_s == pytest.approx(TAU_MIN * 60, rel=0.01)
    assert {opening.exceeds_s for opening in door.opening.values()} == {None}
    async with cold_store.work() as work:
        assert await mapping.thermal_fits(work, study.zone_id) == []  # nothing is relied on before it is signed
        signed = await approve(work, study.id)
        fits = await mapping.thermal_fits(work, study.zone_id)
    assert (signed.status, signed.remap_on) == (Status.APPROVED, date(2027, 1, 15))
    assert fits[0].code == "D1.1"
    assert fits[0].tau_s == pytest.approx(TAU_MIN * 30, rel=0.01)
    assert fits[0].r2 > 0.999
    assert signed.findings is not None
    assert signed.findings["files"].keys() == {each.code for each in fits} | {"A1"}


async def test_what_is_signed_is_frozen(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        study = await planned(cold_store, work)
        await filled(work, study)
        signed = await approve(work, study.id)
    attempts = (
        lambda work: studies.import_series(work, study.id, "G1", "G1.csv", as_csv(course(5.0))),
        lambda work: studies.set_window(work, study.id, START, OFF, version=signed.version),
        lambda work: studies.put_positions(work, study.id, [], version=signed.version),
        lambda work: studies.record_test(work, study.id, TrialKind.POWER_FAIL, start=START, end=OFF),
        lambda work: studies.withdraw_test(work, study.id, 1, reason="no"),
        lambda work: approve(work, study.id),
    )
    for attempt in attempts:
        with pytest.raises(Refused):
            async with cold_store.work() as work:
                await attempt(work)


async def test_it_is_not_approved_with_rules_broken_in_silence(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        study = await planned(cold_store, work)
    with pytest.raises(Refused) as refused:
        async with cold_store.work() as work:
            await approve(work, study.id)
    assert set(refused.value.failed) == {
        "every_position_has_readings",
        "steady_time_said",
        "every_rule_kept_or_explained",
    }
    async with cold_store.work() as work:
        await filled(work, study)
        latest = await studies.study(work, study.id)
        await studies.set_window(work, study.id, START, START + timedelta(hours=40), version=latest.version)
    with pytest.raises(Refused) as refused:
        async with cold_store.work() as work:
            await approve(work, study.id)
    assert refused.value.failed == ("every_rule_kept_or_explained",)
    async with cold_store.work() as work:
        signed = await approve(work, study.id, explanation="A power cut ended it; 40 h show the same.")
    assert signed.status is Status.APPROVED


async def test_two_seasons_are_compared(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        for season in (Season.HOT, Season.COLD):
            study = await planned(cold_store, work, season)
            await filled(work, study)
            await approve(work, study.id)
            if season is Season.HOT:
                assert await mapping.seasonal_pair(work, study.zone_id) is None
        pair = await mapping.seasonal_pair(work, study.zone_id)
    assert pair is not None
    assert (pair.kept, pair.moved) == (("D1.1", "D1.5", "G1"), ())
    assert set(pair.shifts.values()) == {0.0}


async def test_a_room_with_too_few_points_is_named(cold_store: ColdStore) -> None:
    """Two air points; 101 m2 of a cold store ask for three."""
    zone_id = cold_store.rooms["cold-room-2"]
    async with cold_store.work() as work:
        before = {check.zone.id: check for check in await spaces.point_checks(work)}[zone_id]
        large = Space(length_m=10.1, width_m=10, height_m=4)
        await spaces.record_space(work, zone_id, SpaceKind.COLD, large, reason="measured")
        after = {check.zone.id: check for check in await spaces.point_checks(work)}[zone_id]
    assert (before.holds, before.needed) == (None, None)
    assert (after.points, after.needed, after.holds) == (2, 3, False)
    assert "GSP" in after.citation
    async with cold_store.work() as work:
        await spaces.record_space(
            work, zone_id, SpaceKind.COLD, Space(length_m=10, width_m=10, height_m=4), reason="measured again"
        )
        assert {check.zone.id: check.holds for check in await spaces.point_checks(work)}[zone_id]
    with pytest.raises(spaces.SpaceUnsound):
        async with cold_store.work() as work:
            await spaces.record_space(work, zone_id, SpaceKind.COLD, replace(large, height_m=0), reason="no")


async def test_logger_files(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        zone = await plant.time_zone(work)
    told = read_logger(
        b"time;value\n31/01/2026 08:00;4,5\n31/01/2026 08:05;x\n\n31/01/2026 08:10;5,5 \xc2\xb0C\n", zone
    )
    assert told.readings == 2
    assert [(each.line, each.text) for each in told.unread] == [(3, "31/01/2026 08:05;x")]
    bare = read_logger(f"{NINE.isoformat()},4\n{NINE.isoformat()},9\n".encode(), zone)
    assert bare.readings == 1  # of one moment the first line counts
    with pytest.raises(LoggerUnreadable):
        read_logger(b"a,b\nc,d\n", zone)
    with pytest.raises(LoggerDatesAmbiguous):
        read_logger(b"time,value\n01/02/2026 08:00,4\n02/02/2026 08:00,4\n", zone)
