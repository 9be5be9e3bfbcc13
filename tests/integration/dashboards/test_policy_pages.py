"""The pages of policies: versions with their sources, a proposal from a form, what differs, the signature."""

from __future__ import annotations

import pytest

from mes.people.model import Credentials
from mes.plant import service as plants
from mes.policies import changes
from telemetry.work import begin
from tests.integration.dashboards.visitor import SIGNATURE, Plant
from tests.plugins.controlled import approved_change
from tests.plugins.database import NOW

FORM = "/policies/cold-2-8/next"


async def test_qa_changes_a_limit_and_signs_what_differs(plant: Plant) -> None:
    qa = await plant.visit("qa")
    listed = await qa.open("/policies")
    assert len([e for e in listed.elements if e.attributes.get("data-testid") == "policy-row"]) == 2
    await qa.open("/policies/cold-2-8")
    assert "China GSP Appendix 3" in qa.page.marked("demands").text
    assert "10 min 35 s" in qa.page.marked("latency").text  # read every second, 10 min of delay, and what programs take
    await qa.open(FORM)
    assert qa.page.marked("value-levels.alarm.high").attributes["value"] == "8"
    said = {"levels.alarm.high": "7.5", "levels.alarm.citation": "SOP-17", "reason": "label of lot 12"}
    await qa.send(FORM, **said)
    assert qa.page.code == "policy.proposed"
    assert qa.page.marked("change-status").attributes["data-status"] == "proposed"
    differing = [e.text.split() for e in qa.page.elements if "data-differs" in e.attributes]
    assert differing == [["7.5", "°C", "changed"]]
    change_page = qa.page.url.split("?")[0].removeprefix("http://plant")
    await qa.send(f"{change_page}/sign", **SIGNATURE)
    assert qa.page.code == "ChangeNeeded"
    async with begin(plant.pool, "qa", NOW) as work:
        who = Credentials("qa", SIGNATURE["password"])
        control = await approved_change(work, "policy:cold-2-8", author="maintenance", approver=who)
    await qa.open(change_page)
    await qa.send(f"{change_page}/sign", control=control.number, **SIGNATURE)
    assert qa.page.code == "policy.signed"
    rows = [e.text for e in qa.page.elements if e.attributes.get("data-testid") == "version-row"]
    assert "qa (demo)" in rows[0]
    assert "not signed" in rows[1]
    async with begin(plant.pool, "test", NOW) as work:
        _, second = await plants.rules_for(work, "cold-2-8")
    assert (second.high, second.signature_id is not None) == (7.5, True)


async def test_a_form_with_a_mistake_comes_back_as_it_was_filled_in(plant: Plant) -> None:
    qa = await plant.visit("qa")
    await qa.open(FORM)
    await qa.send(FORM, **{"levels.alarm.high": "eight", "rate.per_h": "12", "reason": "a try"})
    assert qa.page.status == 422
    assert qa.page.has("fault-levels.alarm.high")
    assert qa.page.marked("value-levels.alarm.high").attributes["value"] == "eight"
    assert qa.page.marked("value-rate.per_h").attributes["value"] == "12"
    assert qa.page.marked("policy-reason").attributes["value"] == "a try"
    await qa.send(FORM, **{"levels.critical.high": "7", "reason": "a try"})
    assert qa.page.has("fault-levels.critical.high")
    async with begin(plant.pool, "test", NOW) as work:
        assert await changes.changes(work) == []


async def test_nothing_changed_and_no_reason_are_refused(plant: Plant) -> None:
    qa = await plant.visit("qa")
    await qa.open(FORM)
    await qa.send(FORM, reason="nothing")
    assert qa.page.code == "NothingChanged"
    await qa.send(FORM, **{"shared.deadband": "0.4"}, reason=" ")
    assert qa.page.code == "ChangeWithoutReason"
    await qa.send(FORM, **{"shared.deadband": "0.4"}, reason="x", effective_from="2020-01-01T08:00")
    assert qa.page.code == "RuleBackdated"
    await qa.send(FORM, **{"shared.deadband": "0.4"}, reason="x", effective_from="soon")
    assert qa.page.code == "MomentUnreadable"


async def test_qa_withdraws_what_was_proposed(plant: Plant) -> None:
    qa = await plant.visit("qa")
    await qa.open(FORM)
    await qa.send(FORM, **{"shared.deadband": "0.4"}, reason="calmer", effective_from="2030-01-01T08:00")
    path = qa.page.url.split("?")[0].removeprefix("http://plant")
    await qa.send(f"{path}/withdraw", reason="not needed")
    assert qa.page.code == "policy.withdrawn"
    assert not qa.page.has("waiting")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_who_is_not_qa_looks_and_changes_nothing(plant: Plant, language: str) -> None:
    operator = await plant.visit("operator", language)
    for path in (
        "/policies",
        "/policies/cold-2-8",
        "/policies/frozen-20",
        "/policies/packs/gsp_cn",
        "/policies/packs/who_qtag_2",
    ):
        assert (await operator.open(path)).status == 200
        assert not operator.page.has("propose")
    assert (await operator.open(FORM)).status == 403
    assert (await operator.open("/policies/nothing")).status == 404
    assert (await operator.open("/policies/packs/nothing")).status == 404
    assert (await operator.open("/policies/changes/7")).status == 404


async def test_figures_to_be_confirmed_say_so(plant: Plant) -> None:
    qa = await plant.visit("qa", "zh")
    page = await qa.open("/policies/packs/gsp_cn")
    assert "待确认" in page.marked("rule-calibration").text
    assert "待确认" not in page.marked("rule-cadence").text
    assert "禁止" in page.marked("rule-permissions").text


async def test_cadence_of_a_zone_is_met_or_not(plant: Plant) -> None:
    qa = await plant.visit("qa")
    async with begin(plant.pool, "test", NOW) as work:
        zone = await plants.zone_named(work, "cold-room-2")
    page = await qa.open(f"/policies/cold-2-8/cadence/{zone.id}")
    assert "not met" in page.marked("cadence").text  # two hours of readings in a day
    assert (await qa.open("/policies/cold-2-8/cadence/999")).status == 404
