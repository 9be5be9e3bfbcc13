"""A refused form comes back with what was typed, the refusal at its field, for people without JavaScript."""

from __future__ import annotations

from tests.integration.dashboards.test_corrective_pages import PLAN, SIGNED
from tests.integration.dashboards.test_proof_pages import PASSWORD, Visit, visit
from tests.integration.dashboards.visitor import Visitor

__all__ = ["visit"]

DRAFT = {"title": "Cap torque too low", "description": "Three of ten caps came off at 0.4 Nm."}


async def a_deviation(visit: Visit) -> Visitor:
    operator = await visit("operator")
    await operator.open("/deviations")
    page = await operator.send("/deviations", **DRAFT)
    assert page.code == "deviation.open"
    return operator


async def test_what_was_typed_about_a_deviation_survives_its_refusals(visit: Visit) -> None:
    operator, qa = await a_deviation(visit), await visit("qa")
    await operator.send("/deviations/1/report", description="Three of ten caps", immediate_action="line stopped")
    await qa.open("/deviations/1")
    await qa.send("/deviations/1/classify", severity="major", note="patients open it")
    await qa.send("/deviations/1/investigate")
    typed = "The clutch's spring is worn: 0.4 Nm at 0.8 Nm set."
    page = await qa.send("/deviations/1/submit", root_cause=typed, departments="quality", investigation="measured")
    assert page.status == 409
    assert page.refused == {"other_batches_answered", "departments_reported", "extra_tests_answered"}
    assert page.marked("deviation-root-cause").text.strip() == typed
    assert page.marked("deviation-investigation").text.strip() == "measured"
    assert "checked" in page.marked("deviation-department-quality").attributes
    assert page.marked("deviation-other-batches").attributes["aria-describedby"] == "fault-other_batches"
    assert "autofocus" in page.marked("deviation-other-batches").attributes
    again = await qa.send("/deviations/1/submit", root_cause=typed, other_batches="none", investigation="measured")
    assert again.refused == {"departments_reported", "extra_tests_answered"}
    assert again.marked("deviation-other-batches").text.strip() == "none"
    told = {"root_cause": typed, "other_batches": "none", "investigation": "measured", "extra_tests": "no"}
    sent = {**qa.page.hidden("/deviations/1/submit"), **told, "departments": ["quality", "production"]}
    answer = await qa.client.post("/deviations/1/submit", data=sent, headers={"referer": qa.page.url})
    assert answer.headers["location"].startswith("/deviations/1?done=deviation.submit")


async def test_a_lot_that_is_unknown_leaves_the_deviation_as_it_was_typed(visit: Visit) -> None:
    operator = await visit("operator")
    await operator.open("/deviations?status=all&done=deviation.open")
    page = await operator.send("/deviations", lots="L-404", **DRAFT)
    assert (page.code, page.status) == ("LotNotFound", 404)
    assert page.marked("deviation-lots").attributes["value"] == "L-404"
    assert page.hidden("/deviations")["stood_on"] == "/deviations?status=all"
    assert DRAFT["description"] in page.html


async def test_a_deviation_has_a_title_and_the_rest_is_kept(visit: Visit) -> None:
    operator = await visit("operator")
    await operator.open("/deviations")
    page = await operator.send("/deviations", **DRAFT | {"title": " "})
    assert page.refused == {"title_given"}
    assert DRAFT["description"] in page.html


async def test_a_wrong_password_is_told_at_its_field_and_never_given_back(visit: Visit) -> None:
    engineer, qa = await visit("engineer"), await visit("qa")
    await engineer.open("/capa")
    await engineer.send("/capa", title="Valves wear", problem="it stuck", owner="engineer")
    await engineer.send("/capa/1/evaluate")
    await engineer.send("/capa/1/investigate", evaluation="likely again")
    told = {"kind": "preventive", "action_text": "keep a spare", "owner": "engineer", "due_on": "2026-01-18"}
    await engineer.send("/capa/1/actions", **told)
    await qa.open("/capa/1")
    page = await qa.send("/capa/1/approve_plan", username="qa", **SIGNED | PLAN | {"password": "guessed it"})
    assert (page.code, page.status) == ("WrongPassword", 401)
    field = page.marked("capa-sign-approve_plan-password").attributes
    assert field["aria-describedby"] == "fault-password"
    assert "guessed it" not in page.html
    assert page.marked("capa-root-cause").text.strip() == PLAN["root_cause"]
    assert page.marked("capa-window-to").attributes["value"] == PLAN["window_to"]
    done = await qa.send("/capa/1/approve_plan", username="qa", **SIGNED | PLAN | {"password": PASSWORD})
    assert done.code == "capa.approve_plan"


async def test_a_change_and_a_complaint_keep_what_was_typed_and_name_the_field_that_is_unreadable(visit: Visit) -> None:
    engineer, qa = await visit("engineer"), await visit("qa")
    await engineer.open("/changes")
    told = {"kind": "process", "subject": " ", "title": "Longer mixing", "description": "12 min, was 10"}
    page = await engineer.send("/changes", **told)
    assert page.refused == {"subject_given"}
    assert "12 min, was 10" in page.html
    await qa.open("/complaints")
    page = await qa.send("/complaints", source="pharmacy", description="cap loose", received_on="14 January")
    assert (page.code, page.status) == ("InvalidRequest", 422)
    received = next(e for e in page.elements if e.attributes.get("name") == "received_on")
    assert (received.attributes["value"], received.attributes["aria-invalid"]) == ("14 January", "true")
    assert "cap loose" in page.html


async def test_a_stale_page_shows_the_record_as_it_is_with_what_was_typed(visit: Visit) -> None:
    operator, qa = await a_deviation(visit), await visit("qa")
    await qa.open("/deviations/1")
    await operator.send("/deviations/1/report", description="Three of ten caps")
    page = await qa.send("/deviations/1/classify", severity="minor", note="seen by the lead")
    assert page.code == "StaleVersion"
    assert page.marked("deviation-status").attributes["data-status"] == "reported"
    assert page.marked("deviation-note").text.strip() == "seen by the lead"
    assert (await qa.send("/deviations/1/classify", severity="minor", note="seen")).code == "deviation.classify"


async def test_a_form_of_another_site_is_not_shown_as_if_it_were_ours(visit: Visit) -> None:
    operator = await a_deviation(visit)
    forged = {"csrf_token": "guessed", "title": "never typed here", "description": "x"}
    answer = await operator.client.post("/deviations", data=forged, headers={"referer": "http://plant/deviations"})
    assert answer.status_code == 303
    assert "never typed here" not in answer.text


async def test_a_form_that_is_not_on_the_page_any_more_leads_back_to_its_page(visit: Visit) -> None:
    qa = await visit("qa")
    await a_deviation(visit)
    await qa.open("/deviations/1")
    token = qa.page.hidden("/sign-out")["csrf_token"]
    page = await qa.send("/deviations/1/close", version=1, csrf_token=token, **SIGNED)
    assert (page.status, page.code) == (200, "Refused")
    assert page.url.startswith("http://plant/deviations/1?")


async def test_a_refused_form_that_is_sent_twice_is_answered_the_same_and_refused_once(visit: Visit) -> None:
    operator = await visit("operator")
    await operator.open("/deviations")
    sent = operator.page.hidden("/deviations") | DRAFT | {"lots": "L-404"}
    headers = {"referer": operator.page.url}
    first, second = [await operator.client.post("/deviations", data=sent, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (404, 404)
    assert second.headers["Idempotent-Replay"] == "true"
    assert second.text == first.text
    assert DRAFT["description"] in second.text
