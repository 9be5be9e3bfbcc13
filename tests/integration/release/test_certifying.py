"""The qualified person's desk over HTTP: what keeps a batch, and what comes of a certificate."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind, Severity
from mes.inventory import service as inventory
from mes.people import service as people
from mes.release.gathering import facts_of
from tests.integration.release.certified import Desk, answered, signed
from tests.plugins.web import PASSWORD, problem

CLOSED = b"""
with found as (
    insert into excursion (number, zone_id, condition, status, started_at, ended_at, opened_at, closed_at)
    select 'EXC-2026-0001', id, 'cleared', 'closed', now(), now(), now(), now() from zone where code = 'cold-room-1'
    returning id
)
insert into excursion_lot (excursion_id, lot_id, exposed_from, exposure_s)
select f.id, l.id, now(), 60 from found f, lot l
"""


async def test_an_open_exception_and_a_scale_that_failed_later_keep_it(desk: Desk) -> None:
    """One open minor exception, one closed excursion, one scale found beyond its tolerance since: G2 and G8 alone."""
    await desk.reviewed()
    async with desk.here.plant.work("program") as work:
        told = {"severity": Severity.MINOR, "said": {"value": "7.9"}, "key": "late:1"}
        await exceptions.raise_exception(work, desk.batch_id, Kind.OOT, **told)  # type: ignore[arg-type]
        await work.db.execute(CLOSED)
    await desk.trail_reviewed()
    await desk.scale_fails()
    qp = await desk.web.person("qp")
    version = (await desk.batch()).version
    refused = await signed(qp, desk.batch_id, "certify", meaning="released", version=version)
    assert (refused.status_code, problem(refused)["failed_guards"]) == (409, ["G2", "G8"])
    async with desk.here.plant.work() as work:
        await work.db.execute(b"update excursion set status = 'dispositioned'")
    refused = await signed(qp, desk.batch_id, "certify", meaning="released", version=version)
    assert problem(refused)["failed_guards"] == ["G2", "G4", "G8"]


async def test_a_batch_that_nothing_speaks_against_is_released(desk: Desk) -> None:
    await desk.reviewed()
    await desk.trail_reviewed()
    qp = await desk.web.person("qp")
    gate = (await qp.get(f"/api/batches/{desk.batch_id}/gate")).json()
    assert gate["failed"] == ["G14"]
    body = {"meaning": "released", "version": gate["version"], "seen": gate["seen"]}
    assert (await answered(qp, desk.batch_id, "certify", **body))["status"] == "released"
    assert (await qp.get(f"/api/batches/{desk.batch_id}/gate")).json()["failed"] == []
    async with desk.here.plant.work() as work:
        made = (await facts_of(work, desk.batch_id)).made
    assert made is not None
    assert made.quality_status == "released"


async def test_the_weighing_of_a_batch_is_known_with_its_scale(desk: Desk) -> None:
    async with desk.here.plant.work() as work:
        [weighing] = (await facts_of(work, desk.batch_id)).weighings
    assert (weighing.scale, weighing.state.standing) == ("hainan/cold-store/scale-1/weight", "valid")
    assert not weighing.doubts
    await desk.scale_fails()
    async with desk.here.plant.work() as work:
        [weighing] = (await facts_of(work, desk.batch_id)).weighings
    assert [each.number for each in weighing.doubts] == ["LKB-2026-0001"]


async def test_a_lot_is_judged_as_it_was_when_it_was_issued(desk: Desk) -> None:
    """QA takes the lot back after it went in: it was good then, and is not now."""
    desk.here.plant.clock.at += timedelta(hours=1)
    async with desk.here.plant.work("qa") as work:
        facts = await facts_of(work, desk.batch_id)
        [lot_id] = facts.lots
        await inventory.quarantine_lot(work, lot_id, reason="retest")
    client = desk.web.program("qa")
    gates = (await client.get(f"/api/batches/{desk.batch_id}/gate")).json()["gates"]
    [materials] = [gate for gate in gates if gate["code"] == "G6"]
    assert [(f["lack"], f["about"]) for f in materials["found"]] == [("lot_taken_back", "RM-1")]


async def test_two_qualified_persons_certify_at_once(desk: Desk) -> None:
    """Each on a connection of their own: one certificate stands, the other is told that the batch has moved on."""
    await desk.reviewed()
    await desk.trail_reviewed()
    first = await desk.web.person("qp")
    async with desk.here.plant.work("admin") as work:
        await people.create_person(work, "qp-2", "QP 2", ["qp"], PASSWORD)
    second = desk.web.program("qp")
    version = (await desk.batch()).version
    body = {"meaning": "released", "version": version}
    answers = await asyncio.gather(
        signed(first, desk.batch_id, "certify", **body),
        signed(second, desk.batch_id, "certify", **body, username="qp-2"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [late] = [answer for answer in answers if answer.status_code == 409]
    assert problem(late)["code"] == "StaleVersion"
    certificates = await desk.here.plant.rows("select person_id from batch_review where step = 'certify'")
    assert len(certificates) == 1
    assert (await desk.batch()).status == "released"
