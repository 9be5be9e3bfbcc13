"""An instruction is superseded while an operation runs: who is not trained on the new version goes no further."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx

from dashboards.app import build
from mes.documents import service as documents
from mes.people.model import Credentials
from mes.training import service as training
from tests.integration.batches.mixing import Mixing, a_record, a_step
from tests.integration.batches.test_machine_gates import guards
from tests.integration.dashboards.visitor import Visitor
from tests.integration.materials.conftest import Dispensary
from tests.plugins.cold_room import signed_by
from tests.plugins.web import PASSWORD, UNHURRIED, Web

CODE = "SOP-MIX"


async def put_in_force(dispensary: Dispensary, text: str) -> int:
    """A version written by the lead, approved by QA, in force from now on; its id."""
    async with dispensary.plant.work("lead") as work:
        said = documents.Draft(code=CODE, change_reason="a story", title_en="Mixing", title_zh="混合", text=text)
        draft = await documents.draft(work, said)
        sent = await documents.take_step(work, draft.id, "submit", version=draft.version)
    async with dispensary.plant.work() as work:
        await documents.approve(
            work,
            sent.id,
            version=sent.version,
            effective_from=None,
            credentials=signed_by("qa"),
            meaning="approved",
            reason="read",
        )
    return sent.id


async def reads(dispensary: Dispensary, version_id: int) -> None:
    """The operator has read it and signs."""
    who = {"credentials": Credentials("operator-1", PASSWORD), "meaning": "acknowledged", "reason": "read"}
    async with dispensary.plant.work("operator-1") as work:
        await training.read_and_understood(work, [version_id], **who)  # type: ignore[arg-type]


async def test_who_is_not_trained_on_what_is_in_force_goes_no_further(dispensary: Dispensary, web: Web) -> None:
    mixing = Mixing(dispensary, web, dispensary.line_id)
    await mixing.release(a_record(documents=(CODE,)))
    operator = await web.person("operator")
    assert guards(await mixing.take(operator, "start")) == ["operator_is_trained"]  # nothing is in force yet
    await reads(dispensary, await put_in_force(dispensary, "1. Stir."))
    assert (await mixing.take(operator, "start")).is_success
    assert (await mixing.report(operator, "speed", "120 rpm")).is_success
    dispensary.plant.clock.at += timedelta(minutes=1)
    newer = await put_in_force(dispensary, "1. Stir twice.")
    assert guards(await mixing.report(operator, "look", "clear")) == ["operator_is_trained"]
    await reads(dispensary, newer)
    assert (await mixing.report(operator, "look", "clear")).is_success
    rows = await dispensary.plant.rows(
        "select after -> 'documents' ->> 'SOP-MIX' from audit where action = 'batch_step.done' order by seq"
    )
    assert rows == [("1",), ("2",)]


async def test_a_step_shows_the_version_to_work_by_and_later_the_one_it_was_done_by(
    dispensary: Dispensary, web: Web
) -> None:
    mixing = Mixing(dispensary, web, dispensary.line_id)
    record = a_record(documents=(CODE,))
    steps = (a_step("speed", document=CODE), a_step("look"))
    await mixing.release(replace(record, operations=(replace(record.operations[0], steps=steps),)))
    operator = await web.person("operator")
    app, address = build(web.doors, rates=UNHURRIED), f"/operations/{mixing.operation_id}"
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://plant", cookies={"language": "en"}) as client:
        tablet = Visitor(client)
        await tablet.sign_in("operator-1", PASSWORD)
        above = (await tablet.open(address)).marked("instructions").text
        assert above.split() == ["Instructions:", CODE, "no", "version", "in", "force"]
        await reads(dispensary, await put_in_force(dispensary, "1. Stir."))
        await mixing.take(operator, "start")
        page = await tablet.open(address)
        assert page.marked("instructions").text == f"Instructions: {CODE} version 1 Mixing"
        shown = page.marked("instruction")
        assert (shown.text, shown.attributes["href"]) == (f"{CODE} version 1", f"/documents/{CODE}?number=1")
        assert (await tablet.open(shown.attributes["href"])).marked("document-says").text == "1. Stir."
        await mixing.report(operator, "speed", "120 rpm")
        dispensary.plant.clock.at += timedelta(minutes=1)
        await put_in_force(dispensary, "1. Stir twice.")
        page = await tablet.open(address)
        told = [e.text for e in page.elements if e.attributes.get("data-testid") == "instruction"]
        assert told == [f"{CODE} version 2", f"{CODE} version 1"]


async def test_whoever_signs_in_a_colleagues_session_is_trained_as_well(dispensary: Dispensary, web: Web) -> None:
    mixing = Mixing(dispensary, web, dispensary.line_id)
    await mixing.release(a_record(documents=(CODE,)))
    operator = await web.person("operator")
    await web.hire("lead")  # may perform, and has read nothing
    await reads(dispensary, await put_in_force(dispensary, "1. Stir."))
    await mixing.take(operator, "start")
    await mixing.report(operator, "speed", "120 rpm")
    look = await mixing.step("look")
    body = {"version": look.version, "values": {"value": "clear"}, "password": PASSWORD}
    refused = await operator.post(f"/api/steps/{look.id}/report", json=body | {"username": "lead-1"})
    assert guards(refused) == ["operator_is_trained"]
    assert (await mixing.step("look")).status == "open"
    assert (await operator.post(f"/api/steps/{look.id}/report", json=body)).is_success
    other = await web.person("qc")
    verified = {"version": (await mixing.step("look")).version, "password": PASSWORD, "reason": "seen"}
    assert (await other.post(f"/api/steps/{look.id}/verify", json=verified)).is_success
    assert (await mixing.report(operator, "end", "done")).is_success
    assert guards(await mixing.take(operator, "complete", username="lead-1", password=PASSWORD)) == [
        "operator_is_trained"
    ]
    dispensary.plant.clock.at += timedelta(minutes=1)
    await put_in_force(dispensary, "1. Stir twice.")  # between the last step and its signature
    assert guards(await mixing.take(operator, "complete", password=PASSWORD)) == ["operator_is_trained"]
