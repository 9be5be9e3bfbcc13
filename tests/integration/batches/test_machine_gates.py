"""A machine speaks against the work over HTTP: overdue before the start, out of order in the middle of it."""

from __future__ import annotations

from datetime import timedelta

import httpx

from mes.equipment import service as equipment
from mes.exceptions import service as exceptions
from mes.plant import service as plant
from mes.plant.model import EquipmentStatus
from tests.integration.batches.mixing import Mixing, a_record
from tests.integration.materials.conftest import Dispensary
from tests.plugins.web import PASSWORD, Web, problem

SIGNED = {"password": PASSWORD, "meaning": "verified", "reason": "heard at the machine"}
DONE = {
    "findings": "bearing worn",
    "problem_code": "noise",
    "cause_code": "wear",
    "remedy_code": "replaced",
    "labour_min": "40",
    "no_parts": True,
    "checks": {"clean": False, "calibrate": False, "requalify": False},
}


def guards(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 409, answer.text
    found: list[str] = problem(answer)["failed_guards"]
    return found


async def test_a_machine_whose_calibration_is_overdue_starts_nothing(dispensary: Dispensary, web: Web) -> None:
    await dispensary.calibrate()
    async with dispensary.plant.work() as work:
        scale = await plant.machine_named(work, "hainan/cold-store/scale-1")
    mixing = Mixing(dispensary, web, scale.id)
    await mixing.release(a_record())
    operator = web.program("operator")
    good_until = dispensary.plant.clock.at + timedelta(days=300)
    dispensary.plant.clock.at = good_until + timedelta(days=1)
    shown = (await operator.get(f"/api/operations/{mixing.operation_id}")).json()
    assert shown["against"] == ["machine_is_in_calibration"]
    refused = await mixing.take(operator, "start")
    assert guards(refused) == ["machine_is_in_calibration"]
    rows = await dispensary.plant.rows("select entity_id from audit where action = 'batch_operation.start.refused'")
    assert rows == [(str(mixing.operation_id),)]
    dispensary.plant.clock.at = good_until
    started = await mixing.take(operator, "start")
    assert (started.status_code, started.json()["status"]) == (200, "running")


async def test_a_machine_that_breaks_in_the_middle_stops_the_steps(dispensary: Dispensary, web: Web) -> None:
    """Stopped while it is repaired; goes on when it is taken again; the interruption is an exception of the batch."""
    mixing = Mixing(dispensary, web, dispensary.line_id)
    await mixing.release(a_record())
    operator = await web.person("operator")
    assert (await mixing.take(operator, "start")).is_success
    assert (await mixing.report(operator, "speed", "120 rpm")).is_success
    await mixing.machine_is(EquipmentStatus.UNDER_MAINTENANCE)
    assert guards(await mixing.report(operator, "look", "clear")) == ["machine_works"]
    assert (await mixing.step("look")).status == "open"
    assert (await mixing.take(operator, "pause", reason="bearing is being changed")).is_success
    assert guards(await mixing.take(operator, "resume")) == ["machine_works"]
    await mixing.machine_is(EquipmentStatus.READY, "repaired")
    assert (await mixing.take(operator, "resume")).is_success
    async with dispensary.plant.work() as work:
        assert await equipment.is_used_by(work, mixing.machine_id, mixing.batch_id)
        [raised] = await exceptions.exceptions(work, mixing.batch_id)
    assert (raised.kind, raised.severity, raised.said) == (
        "equip_status",
        "major",
        {"operation": "mix", "status": "under_maintenance"},
    )
    for code in ("look", "end"):
        assert (await mixing.report(operator, code, "clear")).is_success
    assert guards(await mixing.take(operator, "complete", password=PASSWORD)) == [
        "critical_steps_are_verified",
        "exceptions_are_commented",
    ]


async def test_a_machine_is_repaired_by_an_order_while_its_operation_waits(dispensary: Dispensary, web: Web) -> None:
    """No order starts under a running operation; under one that is paused it does, and the batch goes on after it."""
    mixing = Mixing(dispensary, web, dispensary.line_id)
    await mixing.release(a_record())
    operator, crew, other = [await web.person(who) for who in ("operator", "maintenance", "engineer")]
    assert (await mixing.take(operator, "start")).is_success
    told = {"title_en": "It squeals", "title_zh": "异响", "failure_mode": "bearing_wear"}
    order = (await crew.post("/api/maintenance/orders", json={"equipment_id": mixing.machine_id, **told})).json()
    order = (await mixing.care(crew, order, "approve")).json()
    assert guards(await mixing.care(crew, order, "start")) == ["no_batch_runs_on_it"]
    assert (await mixing.take(operator, "pause", reason="bearing is being changed")).is_success
    dispensary.plant.clock.at += timedelta(minutes=5)
    order = (await mixing.care(crew, order, "start")).json()
    assert order["status"] == "in_progress"
    assert guards(await mixing.take(operator, "resume")) == ["machine_works"]
    order = (await mixing.care(crew, order, "done", **DONE)).json()
    assert guards(await mixing.take(operator, "resume")) == ["machine_works"]  # nobody has verified it
    assert (await mixing.care(other, order, "verify", check_result="runs quietly", **SIGNED)).is_success
    assert (await mixing.take(operator, "resume")).is_success
    async with dispensary.plant.work() as work:
        assert await equipment.is_used_by(work, mixing.machine_id, mixing.batch_id)
        [raised] = await exceptions.exceptions(work, mixing.batch_id)
    assert (raised.kind, raised.said["status"]) == ("equip_status", "under_maintenance")


async def test_a_repaired_machine_is_cleaned_before_the_work_goes_on(dispensary: Dispensary, web: Web) -> None:
    mixing = Mixing(dispensary, web, dispensary.line_id)
    await mixing.release(a_record(clean=True))
    await dispensary.plant.rows(
        "insert into cleaning (equipment_id, method, started_by, started_at, finished_by, finished_at, checked_by,"
        " checked_at, passed) select id, 'SOP', 'a', now(), 'a', '2026-01-15T00:30Z', 'b', now(), true"
        " from equipment where path = 'hainan/cold-store/mixer' returning id"
    )
    operator = await web.person("operator")
    assert (await mixing.take(operator, "start")).is_success
    assert (await mixing.take(operator, "pause", reason="it smells")).is_success
    assert (await mixing.take(operator, "resume")).is_success  # a pause alone takes no machine away
    assert (await mixing.take(operator, "pause", reason="bearing")).is_success
    for status in (EquipmentStatus.UNDER_MAINTENANCE, EquipmentStatus.READY):
        await mixing.machine_is(status)
    assert guards(await mixing.take(operator, "resume")) == ["machine_is_clean"]
