"""Hands laid on a record at the wrong time: after its reviews, twice on one value, with a role that was taken away."""

from __future__ import annotations

from decimal import Decimal

from mes.batches import service as batches
from mes.batches.hands import Hand
from mes.batches.model import BatchValue
from mes.exceptions import service as exceptions
from mes.people import service as people
from mes.release.gathering import facts_of
from tests.integration.release.certified import Desk, signed
from tests.plugins.cold_room import signed_by
from tests.plugins.web import PASSWORD, problem


async def value_of(desk: Desk, name: str) -> BatchValue:
    async with desk.here.plant.work() as work:
        known = await batches.values(work, desk.batch_id)
        return next(v for v in known if v.name == name and v.in_force)


async def correct(desk: Desk, name: str, number: str) -> None:
    found = await value_of(desk, name)
    async with desk.here.plant.work("operator") as work:
        known = {each.username: each.id for each in await people.people(work)}
        hand = Hand(known["operator"], signed_by("operator"))
        await batches.correct_value(work, found.id, Decimal(number), hand, reason="misread")


async def test_a_correction_after_the_reviews_sends_the_record_back_and_both_sign_again(desk: Desk) -> None:
    await desk.reviewed()
    assert (await desk.batch()).status == "qa_review"
    await correct(desk, "good", "98")
    assert (await desk.batch()).status == "executed"
    qp = await desk.web.person("qp")
    refused = await signed(qp, desk.batch_id, "certify", meaning="released", version=(await desk.batch()).version)
    assert "G1" in problem(refused)["failed_guards"]


async def test_a_corrected_value_is_corrected_again_and_every_value_stays_to_be_seen(desk: Desk) -> None:
    first = await value_of(desk, "good")
    await correct(desk, "good", "98")
    second = await value_of(desk, "good")
    await correct(desk, "good", "97")
    async with desk.here.plant.work() as work:
        rows = [v for v in await batches.values(work, desk.batch_id) if v.name == "good"]
    assert [(v.shown, v.in_force) for v in rows] == [("99", False), ("98", False), ("97", True)]
    assert [v.supersedes_id for v in rows] == [None, first.id, second.id]
    operator = desk.web.program("operator")
    old = {"value": "1", "reason": "again", "username": "operator", "password": PASSWORD}
    refused = await operator.post(f"/api/values/{first.id}/correct", json=old)
    assert problem(refused)["failed_guards"] == ["value_is_in_force"]


async def test_a_yield_that_is_corrected_beyond_its_limits_is_an_exception(desk: Desk) -> None:
    async with desk.here.plant.work() as work:
        assert "yield" not in {e.kind for e in await exceptions.exceptions(work, desk.batch_id)}
    await correct(desk, "good", "60")
    async with desk.here.plant.work() as work:
        kinds = [(e.kind, e.severity) for e in await exceptions.exceptions(work, desk.batch_id)]
    assert ("yield", "major") in kinds


async def test_a_namesake_of_the_performer_takes_nothing_off_the_performer(desk: Desk) -> None:
    """Two people are printed alike: who performed is known by the signature, not by the name."""
    async with desk.here.plant.work("admin") as work:
        known = {each.username: each for each in await people.people(work)}
        twin = await people.create_person(work, "zz-twin", known["operator"].printed_name, ["qp"], PASSWORD)
        performers = (await facts_of(work, desk.batch_id)).performers
    assert known["operator"].id in performers
    assert twin.id not in performers
    assert known["qa-2"].id in performers  # verified the weighing


async def test_a_role_that_is_taken_away_ends_with_the_next_request(desk: Desk) -> None:
    await desk.reviewed()
    await desk.trail_reviewed()
    qp = await desk.web.person("qp")
    gate = (await qp.get(f"/api/batches/{desk.batch_id}/gate")).json()
    async with desk.here.plant.work("admin") as work:
        person = next(each for each in await people.people(work) if each.username == "qp-1")
        await people.set_roles(work, person.id, ["warehouse"], version=person.version, reason="moved")
    body = {"meaning": "released", "version": gate["version"], "seen": gate["seen"]}
    refused = await signed(qp, desk.batch_id, "certify", **body)
    assert (refused.status_code, problem(refused)["code"]) == (403, "SignerRoleMissing")
    assert (await desk.batch()).status == "qa_review"
