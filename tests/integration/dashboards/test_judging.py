"""QA at work, without JavaScript: forms that refuse in words, signatures, and what they bring about."""

from __future__ import annotations

import pytest

from mes.audit import service as audit
from mes.inventory import service as inventory
from telemetry.work import begin
from tests.integration.dashboards.visitor import SIGNATURE, Page, Plant, Visitor
from tests.plugins.database import NOW

LOTS = ("P2601C", "P2601D", "P2602A")
JUDGE = "/excursions/1/disposition"


def decisions(plant: Plant, **by_number: str) -> dict[str, str]:
    """Fields of the form; a lot that is not named gets none."""
    ids = plant.facts.lot_ids
    return {f"disposition-{ids[n]}": d for n, d in by_number.items()} | {
        f"reason-{ids[n]}": f"exposure of {n} is within its stability data" for n in by_number
    }


async def judge(visitor: Visitor, plant: Plant, **fields: str) -> Page:
    await visitor.open("/excursions/1")
    return await visitor.send(JUDGE, **(SIGNATURE | fields))


async def test_lots_are_judged_one_by_one_and_signed_once(plant: Plant) -> None:
    qa = await plant.visit("qa")
    chosen = decisions(plant, P2601C="no_impact", P2601D="reject", P2602A="retest")
    page = await judge(qa, plant, **chosen)
    assert page.code == "excursion.dispositioned"
    assert page.marked("excursion-status").attributes["data-status"] == "dispositioned"
    assert {n: page.marked(f"affected-lot-{n}").attributes["data-hold"] for n in LOTS} == dict.fromkeys(LOTS, "false")
    assert "qa (demo)" in page.marked("signatures").text
    lots = await qa.open("/lots")
    quality = {n: lots.marked(f"lot-row-{n}").attributes["data-quality"] for n in LOTS}
    assert quality == {"P2601C": "released", "P2601D": "rejected", "P2602A": "quarantine"}


async def test_one_decision_may_be_given_for_all_lots(plant: Plant) -> None:
    qa = await plant.visit("qa")
    page = await qa.open("/excursions/1")
    fields = {
        e.attributes["name"]: "" for e in page.elements if e.attributes.get("name", "").startswith("disposition-")
    }
    for_all = {"disposition_all": "no_impact", "reason_all": "38 minutes are within the stability data"}
    page = await qa.send(JUDGE, **(fields | for_all | SIGNATURE))
    assert page.code == "excursion.dispositioned"
    assert {page.marked(f"affected-lot-{n}").attributes["data-disposition"] for n in LOTS} == {"no_impact"}


async def test_a_lot_without_a_decision_is_refused_in_words(plant: Plant) -> None:
    qa = await plant.visit("qa", "zh")
    page = await judge(qa, plant, **decisions(plant, P2601C="no_impact"))
    assert page.refused == {"every_lot_has_a_disposition"}
    assert "每个受影响批次都需要处置决定" in page.html
    assert page.marked("affected-lot-P2601C").attributes["data-hold"] == "true"
    async with begin(plant.pool, "test", NOW) as work:
        trail = await audit.entries(work, entity="excursion", entity_id=1)
    assert trail[0].action == "excursion.disposition.refused"


async def test_a_decision_without_a_reason_is_refused(plant: Plant) -> None:
    chosen = decisions(plant, **dict.fromkeys(LOTS, "no_impact")) | {f"reason-{plant.facts.lot_ids['P2602A']}": " "}
    page = await judge(await plant.visit("qa"), plant, **chosen)
    assert page.refused == {"every_disposition_has_a_reason"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"password": "not the password"}, "WrongPassword"),
        ({"password": ""}, "ReauthRequired"),
        ({"reason": " "}, "ReasonMissing"),
        ({"meaning": "performed"}, "MeaningMismatch"),
        ({"username": "operator"}, "SignerRoleMissing"),
    ],
)
async def test_a_signature_that_is_none_changes_nothing(plant: Plant, wrong: dict[str, str], code: str) -> None:
    chosen = decisions(plant, **dict.fromkeys(LOTS, "no_impact"))
    page = await judge(await plant.visit("qa"), plant, **(chosen | wrong))
    assert page.code == code
    assert page.marked("excursion-status").attributes["data-status"] == "open"
    assert page.marked("who").text == "qa (demo)"  # a wrong password in a signature signs nobody out


async def test_pressed_twice_it_is_judged_once(plant: Plant) -> None:
    qa = await plant.visit("qa")
    chosen = decisions(plant, **dict.fromkeys(LOTS, "no_impact"))
    opened = await qa.open("/excursions/1")
    first = await qa.send(JUDGE, **(chosen | SIGNATURE))
    qa.page = opened  # the finger comes down again on the same form
    second = await qa.send(JUDGE, **(chosen | SIGNATURE))
    assert first.code == second.code == "excursion.dispositioned"
    async with begin(plant.pool, "test", NOW) as work:
        trail = await audit.entries(work, entity="excursion", entity_id=1)
    assert [row.action for row in trail].count("excursion.disposition") == 1


async def test_a_form_opened_before_somebody_else_decided_is_refused(plant: Plant) -> None:
    early, late = await plant.visit("qa"), await plant.visit("qa")
    await late.open("/excursions/1")
    await early.open("/excursions/1")
    await early.send("/excursions/1/acknowledge", comment="seen")
    page = await late.send(JUDGE, **(decisions(plant, **dict.fromkeys(LOTS, "no_impact")) | SIGNATURE))
    assert (page.code, page.refused) == ("StaleVersion", {"version_is_current"})


@pytest.mark.parametrize("furnished_database", ["still_warm"], indirect=True)
async def test_while_it_is_warm_lots_wait_and_the_page_says_so(plant: Plant) -> None:
    qa = await plant.visit("qa")
    page = await qa.open("/excursions/1")
    assert not page.has("sign-submit")
    assert "as soon as the place is back" in page.marked("why-not-yet").text
    assert "plant:changed" in page.marked("next-step").attributes["hx-trigger"]  # the decisions open by themselves
    page = await qa.send("/excursions/1/acknowledge", comment="crew is on its way")
    assert page.marked("excursion-status").attributes["data-status"] == "under_assessment"


async def test_others_look_and_do_not_judge(plant: Plant) -> None:
    operator = await plant.visit("operator")
    page = await operator.open("/excursions/1")
    assert not page.has("sign-submit")
    assert "Your role may look" in page.marked("why-not-yet").text
    alarms = await operator.open("/alarms")
    token = next(e.attributes["value"] for e in alarms.elements if e.attributes.get("name") == "csrf_token")
    page = await operator.send(JUDGE, csrf_token=token, version=1, **SIGNATURE)
    assert page.code == "RoleMissing"


async def test_a_form_from_elsewhere_is_refused(plant: Plant) -> None:
    qa = await plant.visit("qa")
    await qa.open("/excursions/1")
    page = await qa.send("/excursions/1/acknowledge", csrf_token="forged", comment="x")
    assert page.code == "CrossSite"


async def test_a_false_alarm_needs_its_evidence(plant: Plant) -> None:
    qa = await plant.visit("qa")
    await qa.open("/excursions/1")
    page = await qa.send("/excursions/1/false-alarm", evidence=" ", **SIGNATURE)
    assert page.refused == {"evidence_given"}
    page = await qa.send("/excursions/1/false-alarm", evidence="the probe lay in the sun", **SIGNATURE)
    assert page.marked("excursion-status").attributes["data-status"] == "false_alarm"


async def test_the_deviation_closes_behind_its_lots(plant: Plant) -> None:
    qa = await plant.visit("qa")
    await qa.open("/deviations/1")
    page = await qa.send("/deviations/1/classify", severity="minor", note="short and small")
    assert page.marked("deviation-status").attributes["data-status"] == "classified"
    page = await qa.send("/deviations/1/close", **SIGNATURE)
    assert page.refused == {"lots_have_dispositions"}
    await judge(qa, plant, **decisions(plant, **dict.fromkeys(LOTS, "no_impact")))
    await qa.open("/deviations/1")
    page = await qa.send("/deviations/1/close", **SIGNATURE)
    assert page.code == "deviation.close"
    assert page.marked("deviation-status").attributes["data-status"] == "closed"
    excursion = await qa.open("/excursions/1")
    assert excursion.marked("excursion-status").attributes["data-status"] == "closed"
    async with begin(plant.pool, "test", NOW) as work:
        held = await inventory.lots(work, hold=True)
        verdict = await audit.verify(work)
    assert held == []
    assert verdict.first_bad_seq is None


async def test_an_alarm_is_acknowledged_with_a_comment(plant: Plant) -> None:
    operator = await plant.visit("operator")
    page = await operator.open("/alarms")
    action = next(
        e.attributes["action"] for e in page.elements if e.tag == "form" and "acknowledge" in e.attributes["action"]
    )
    page = await operator.send(action, comment=" ")
    assert page.refused == {"comment_given"}
    page = await operator.send(action, comment="door was open, closed it")
    assert page.code == "alarm.acknowledged"
    assert "door was open" in (await operator.open("/alarms?state=normal")).html


async def test_an_order_goes_through_its_steps_and_is_verified_by_another(plant: Plant) -> None:
    crew, lead = await plant.visit("maintenance"), await plant.visit("lead")
    await crew.open("/maintenance/1")
    await crew.send("/maintenance/1/approve")
    page = await crew.send("/maintenance/1/start")
    assert "Under maintenance" in page.marked("machine-status").text
    said = {"problem_code": "not_running", "cause_code": "electrical", "remedy_code": "replaced", "no_parts": "true"}
    said |= {"clean": "false", "calibrate": "false", "requalify": "false"}
    page = await crew.send("/maintenance/1/done", findings="relay changed", downtime_min="25", labour_min="20", **said)
    seen = SIGNATURE | {"check_result": "cools to 5 °C", "meaning": "verified"}
    page = await crew.send("/maintenance/1/verify", username="maintenance", **seen)
    assert page.refused == {"verifier_is_not_the_doer"}
    await lead.open("/maintenance/1")
    page = await lead.send("/maintenance/1/verify", username="lead", **seen)
    page = await lead.send("/maintenance/1/close")
    assert page.marked("order-status").attributes["data-status"] == "closed"


async def test_a_step_that_does_not_exist_is_not_found(plant: Plant) -> None:
    crew = await plant.visit("maintenance")
    await crew.open("/maintenance/1")
    page = await crew.send("/maintenance/1/approve")
    hidden = page.hidden("/maintenance/1/start")
    answer = await crew.client.post("/maintenance/1/explode", data=hidden)
    assert answer.headers["location"].endswith("refused=NoSuchStep")
