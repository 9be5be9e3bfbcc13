"""CAPA, changes and complaints at their pages without JavaScript: forms filled, refusals read, steps signed."""

from __future__ import annotations

from mes.changes.model import Department
from tests.integration.dashboards.test_proof_pages import PASSWORD, Visit, visit
from tests.integration.dashboards.visitor import Page, Visitor

__all__ = ["visit"]

SIGNED = {"password": PASSWORD, "meaning": "approved", "reason": "judged"}
PLAN = {
    "cause_method": "five_whys",
    "root_cause": "no spare valve",
    "metric": "excursions of room 2",
    "threshold": "none",
    "window_from": "2026-01-20",
    "window_to": "2026-02-20",
}


def status(page: Page, record: str) -> str:
    return page.marked(f"{record}-status").attributes["data-status"]


async def plan_action(who: Visitor, record: str, owner: str) -> None:
    kind = "preventive" if record.startswith("/capa") else "implementation"
    told = {"kind": kind, "action_text": "keep a spare", "owner": owner, "due_on": "2026-01-18"}
    page = await who.send(f"{record}/actions", **told)
    assert page.code == "action.ask"


async def finish_action(who: Visitor, record: str) -> None:
    await who.open(record)
    refused = await who.send("/actions/1/finish", evidence=" ")
    assert refused.refused == {"action_evidence_given"}
    await who.open(record)
    assert (await who.send("/actions/1/finish", evidence="photograph 12")).code == "action.finish"
    await who.open(record)


async def test_a_capa_from_its_opening_to_the_wait_for_its_effect(visit: Visit) -> None:
    engineer, qa = await visit("engineer"), await visit("qa")
    await engineer.open("/capa")
    page = await engineer.send("/capa", title="Valves wear", problem="it stuck", owner="engineer")
    assert (page.code, status(page, "capa")) == ("capa.open", "open")
    assert (await engineer.send("/capa/1/evaluate")).code == "capa.evaluate"
    refused = await engineer.send("/capa/1/investigate", evaluation=" ")
    assert refused.refused == {"evaluation_given"}
    await engineer.open("/capa/1")
    await engineer.send("/capa/1/investigate", evaluation="likely again")
    assert not engineer.page.has("capa-step-approve_plan")  # it is QA's
    await plan_action(engineer, "/capa/1", "engineer")
    await qa.open("/capa/1")
    refused = await qa.send("/capa/1/approve_plan", username="qa", **SIGNED | PLAN | {"window_to": "2026-01-19"})
    assert refused.refused == {"window_follows"}
    await qa.open("/capa/1")
    wrong = await qa.send("/capa/1/approve_plan", username="qa", **SIGNED | PLAN | {"password": "guessed"})
    assert wrong.code == "WrongPassword"
    await qa.open("/capa/1")
    page = await qa.send("/capa/1/approve_plan", username="qa", **SIGNED | PLAN)
    assert (status(page, "capa"), page.marked("signature").attributes["data-valid"]) == ("plan_approved", "yes")
    await engineer.open("/capa/1")
    await engineer.send("/capa/1/implement")
    refused = await engineer.send("/capa/1/await_effect")
    assert refused.refused == {"actions_done"}
    await finish_action(engineer, "/capa/1")
    assert status(await engineer.send("/capa/1/await_effect"), "capa") == "effectiveness"


async def test_a_change_is_judged_by_every_department_and_approved_by_another_than_its_author(visit: Visit) -> None:
    engineer, qa = await visit("engineer"), await visit("qa")
    await engineer.open("/changes")
    told = {"kind": "process", "subject": "recipe:PEN", "title": "Longer mixing", "description": "12 min, was 10"}
    page = await engineer.send("/changes", **told)
    assert (page.code, status(page, "change")) == ("change.draft", "draft")
    await engineer.send("/changes/1/submit")
    await qa.open("/changes/1")
    refused = await qa.send("/changes/1/assess", **{"class": "minor"})
    assert refused.refused == {"departments_answered"}
    await qa.open("/changes/1")
    departments = [str(each) for each in Department]
    blank = await qa.send("/changes/1/impacts", department=departments[0], affected="false", said=" ")
    assert blank.refused == {"answer_given"}
    await qa.open("/changes/1")
    for each in departments:
        page = await qa.send("/changes/1/impacts", department=each, affected="false", said="touches nothing of ours")
        assert page.code == "change.say_impact"
    await plan_action(qa, "/changes/1", "engineer")
    assert status(await qa.send("/changes/1/assess", **{"class": "minor"}), "change") == "impact_assessed"
    page = await qa.send("/changes/1/approve", username="qa", **SIGNED)
    assert (status(page, "change"), page.marked("signature").attributes["data-valid"]) == ("approved", "yes")
    stale = await qa.client.post(
        "/changes/1/implement",
        data=qa.page.hidden("/changes/1/implement") | {"version": "1"},
        headers={"referer": qa.page.url},
        follow_redirects=True,
    )
    assert "StaleVersion" in stale.text
    await engineer.open("/changes/1")
    await engineer.send("/changes/1/implement")
    await finish_action(engineer, "/changes/1")
    refused = await engineer.send("/changes/1/verify")
    assert refused.refused == {"verifier_is_not_the_doer"}
    await qa.open("/changes/1")
    assert status(await qa.send("/changes/1/verify"), "change") == "verified"


async def test_a_complaint_is_answered_and_closed_by_another_than_who_took_it_in(visit: Visit) -> None:
    keeper, qa = await visit("warehouse"), await visit("qa")
    await keeper.open("/complaints")
    received = {"source": "hospital pharmacy", "received_on": "2026-01-14"}
    unknown = await keeper.send("/complaints", description="cap loose", lot_number="L-404", **received)
    assert unknown.code == "ComplaintLotUnknown"
    await keeper.open("/complaints")
    page = await keeper.send("/complaints", description="cap loose", **received)
    assert (page.code, status(page, "complaint")) == ("complaint.record", "received")
    assert not page.has("complaint-step-investigate")
    await qa.open("/complaints/1")
    assert (await qa.send("/complaints/1/investigate")).refused == {"severity_given"}
    await qa.open("/complaints/1")
    await qa.send("/complaints/1/investigate", severity="minor")
    refused = await qa.send("/complaints/1/answer", finding="cap within tolerance")
    assert refused.refused == {"answer_given", "justified_or_not"}
    await qa.open("/complaints/1")
    told = {"finding": "cap within tolerance", "answer": "no defect was found", "justified": "false"}
    assert status(await qa.send("/complaints/1/answer", **told), "complaint") == "answered"
    page = await qa.send("/complaints/1/close", username="qa", **SIGNED)
    assert (status(page, "complaint"), page.marked("signature").attributes["data-valid"]) == ("closed", "yes")
