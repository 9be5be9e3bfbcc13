"""From a register in a PLC to a signature on a lot, in the demo plant as a newcomer starts it."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.e2e.browser import Person, signed_in
from tests.e2e.conftest import Demo, start, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
COLD_ROOM_2 = "cold-room-2"
REJECTED = "KIT-2611-02"


def test_at_first_the_plant_is_quiet_and_live(impatient: Demo) -> None:
    with signed_in(impatient.url, "engineer", impatient.password("engineer")) as engineer:
        card = engineer.page.get_by_test_id("zone-card-cold-room-2")
        expect(card).to_have_attribute("data-state", "normal")
        engineer.picture("1-overview")


def test_people_are_told_before_the_room_leaves_its_limits(impatient: Demo, excursion: dict[str, Any]) -> None:
    foreseen = [each for each in impatient.get("/api/alarms")["items"] if each["kind"] == "forecast"]
    (first,) = [each for each in foreseen if each["zone_id"] == excursion["zone"]["id"]]
    assert first["raised_at"] < excursion["episode"]["started_at"]
    assert "Cold room 2 leaves 2–8 °C in" in first["message_en"]
    with signed_in(impatient.url, "qa", impatient.password("qa")) as qa:
        qa.go(f"/forecasts/{excursion['zone']['id']}")
        qa.find("model-in-force")


def test_the_second_rung_is_called_when_nobody_of_the_first_answers(impatient: Demo, excursion: dict[str, Any]) -> None:
    raised = next(alarm for alarm in excursion["alarms"] if alarm["kind"] == "temperature")

    def letters(username: str) -> list[dict[str, Any]]:
        address = f"/alarms/{raised['id']}\n"
        return [
            each for each in impatient.rung() if each["phone"] == username and address in each["message"]["message"]
        ]

    wait_for(lambda: letters("qa"), "a letter on the second rung", 120)
    first, second = letters("warehouse")[0], letters("qa")[0]
    assert first["at"] < second["at"]
    assert not letters("qp")  # whose rung is later
    with signed_in(impatient.url, "qa", impatient.password("qa")) as qa:
        qa.go(f"/alarms/{raised['id']}")
        told = next(each["printed_name"] for each in impatient.facts["people"] if each["username"] == "qa")
        expect(qa.page.get_by_test_id("delivery-row").filter(has_text=told).first).to_be_visible()


def test_a_failed_compressor_becomes_holds_a_deviation_and_an_order(excursion: dict[str, Any]) -> None:
    episode, order, deviation = (excursion[part] for part in ("episode", "maintenance_order", "deviation"))
    assert excursion["zone"]["code"] == COLD_ROOM_2
    assert excursion["point"]["name"].startswith("hainan/cold-store/cold-room-2/air-")
    assert episode["point_id"] == excursion["point"]["id"]
    assert episode["rule"]["version"] == 2
    assert episode["peak"] > 8.0
    assert episode["started_at"] < episode["raised_at"]
    assert deviation["status"] == "draft"
    assert order["equipment"]["path"] == "hainan/cold-store/cold-room-2-compressor"
    assert order["evidence"]["from"] < episode["started_at"] <= order["evidence"]["to"]
    assert [alarm["kind"] for alarm in excursion["alarms"]].count("temperature") >= 1


def test_the_overview_shows_it_and_leads_there(demo: Demo, excursion: dict[str, Any]) -> None:
    with signed_in(demo.url, "qa", demo.password("qa")) as qa:
        card = qa.page.get_by_test_id("zone-card-cold-room-2")
        expect(card).to_have_attribute("data-state", "abnormal")
        qa.picture("2-abnormal")
        qa.click("excursion-link-cold-room-2")
        qa.page.wait_for_url(f"**/excursions/{excursion['id']}")
        qa.find("chart")
        expect(qa.page.locator("[data-testid=chart] canvas").first).to_be_visible()
        qa.find("why-not-yet")
        qa.picture("3-excursion")


def test_exactly_the_lots_in_the_room_are_held(demo: Demo, excursion: dict[str, Any]) -> None:
    there = demo.sql(
        "select l.number from lot l join stock_interval s on s.lot_id = l.id join zone z on z.id = s.zone_id"
        " where z.code = 'cold-room-2' and s.to_time is null"
    )
    held = {lot["number"] for lot in demo.get("/api/lots", hold="true")["items"]}
    assert held == {number for (number,) in there}
    assert held == {lot["number"] for lot in excursion["lots"]}
    assert len(held) >= 10


def test_all_of_it_is_one_transaction(demo: Demo, excursion: dict[str, Any]) -> None:
    """PostgreSQL itself says which transaction wrote a row."""
    number = excursion["id"]
    rows = demo.sql(
        f"select xmin::text from deviation where excursion_id = {number}"
        f" union select xmin::text from maintenance_order where excursion_id = {number}"
        f" union select xmin::text from lot_hold where cause = 'excursion:{number}'"
        f" union select xmin::text from audit where entity = 'excursion' and entity_id = '{number}'"
        "  and action = 'excursion.open'"
    )
    assert len(rows) == 1


def test_whatever_is_killed_nothing_is_lost_and_nothing_is_there_twice(demo: Demo, excursion: dict[str, Any]) -> None:
    for name in ("gateway", "watch", "nats", "postgres", "gateway"):
        demo.kill(name)
    caught_up(demo)
    invariants(demo)
    still = demo.get(f"/api/excursions/{excursion['id']}")
    assert {lot["number"] for lot in still["lots"]} == {lot["number"] for lot in excursion["lots"]}
    assert demo.sql(
        "select count(*) from excursion where zone_id = (select id from zone where code = 'cold-room-2')"
    ) == [(1,)]
    verified(demo)


def test_when_the_room_is_cold_again_the_holds_stay(demo: Demo, cold_again: dict[str, Any]) -> None:
    assert cold_again["ended_at"]
    assert all(any(hold["active"] for hold in lot["holds"]) for lot in cold_again["lots"])


def test_nobody_releases_with_a_wrong_password_or_the_wrong_role(demo: Demo, cold_again: dict[str, Any]) -> None:
    body = decisions(cold_again, "no_impact")
    wrong = demo.post(f"/api/excursions/{cold_again['id']}/disposition", body | {"username": "qa", "password": "guess"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "WrongPassword")
    maintenance = {"username": "maintenance", "password": demo.password("maintenance")}
    refused = demo.post(f"/api/excursions/{cold_again['id']}/disposition", body | maintenance)
    assert refused.status_code == 403
    assert demo.get("/api/lots", hold="true")["items"]


def test_qa_judges_and_signs_and_the_lots_are_released_or_rejected(demo: Demo, cold_again: dict[str, Any]) -> None:
    numbers = [lot["number"] for lot in cold_again["lots"]]
    with signed_in(demo.url, "qa", demo.password("qa")) as qa:
        qa.go(f"/excursions/{cold_again['id']}")
        judge(qa, password="wrong")
        expect(qa.page.get_by_test_id("message").first).to_have_attribute("data-code", "WrongPassword")
        judge(qa, password=demo.password("qa"))
        expect(qa.page.get_by_test_id("excursion-status")).to_have_attribute("data-status", "dispositioned")
        qa.picture("4-signed")
        qa.go("/lots")
        for number in numbers:
            expect(qa.page.get_by_test_id(f"lot-row-{number}")).to_have_attribute("data-hold", "false")
        close_deviation(qa, cold_again["deviation"]["id"], demo.password("qa"))
    whole = demo.get(f"/api/excursions/{cold_again['id']}")
    assert whole["status"] == "closed"
    assert whole["deviation"]["status"] == "closed"
    assert demo.get("/api/lots", hold="true")["items"] == []
    rejected = {lot["number"] for lot in whole["lots"] if lot["quality_status"] == "rejected"}
    assert rejected == {REJECTED}
    verified(demo)


def test_its_report_is_made_opened_and_proves_itself(demo: Demo, cold_again: dict[str, Any], tmp_path: Path) -> None:
    with signed_in(demo.url, "qa", demo.password("qa")) as qa:
        qa.go(f"/excursions/{cold_again['id']}")
        qa.click("excursion-report")
        qa.page.wait_for_url("**/reports**")
        kept = wait_for(lambda: kept_report(qa), "the report to be printed", 90)
        qa.go(kept)
        told = qa.page.get_by_test_id("file-sha256").inner_text()
        printed = qa.page.get_by_test_id("content-sha256").inner_text()
        with qa.page.expect_download() as download:
            qa.click("report-download")
        path = tmp_path / "report.pdf"
        download.value.save_as(path)
        qa.picture("5-report")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == told
    text = "".join(page.extract_text() for page in PdfReader(path).pages)
    assert cold_again["number"] in text
    assert printed in text.replace("\n", "").replace(" ", "")


def kept_report(qa: Person) -> str | None:
    """Where the newest report that is printed stands."""
    qa.page.reload()
    link = qa.page.locator("a[href^='/reports/kept/']").first
    return link.get_attribute("href") if link.count() else None


def test_who_signed_what_and_why_is_on_record(demo: Demo, cold_again: dict[str, Any]) -> None:
    trail = demo.get("/api/audit", entity="excursion", id=cold_again["id"])["items"]
    actions = [row["action"] for row in trail]
    assert any(action.startswith("excursion.open") for action in actions)
    assert any("disposition" in action for action in actions)
    failures = demo.sql("select count(*) from audit where action like '%password%' or action like '%refused%'")
    assert failures[0][0] >= 2


def test_a_stop_leaves_nothing_behind_and_the_next_start_goes_on(demo: Demo, cold_again: dict[str, Any]) -> None:
    family = psutil.Process(demo.process.pid).children(recursive=True)
    began = time.monotonic()
    demo.process.terminate()
    assert demo.process.wait(15) == 0
    assert time.monotonic() - began < 10
    assert [each for each in family if each.is_running()] == []
    again = start(demo.var)
    demo.process, demo.facts = again.process, again.facts
    assert demo.get(f"/api/excursions/{cold_again['id']}")["number"] == cold_again["number"]
    caught_up(demo)
    invariants(demo)


def judge(qa: Person, *, password: str) -> None:
    """One decision for all lots, another for one of them, signed."""
    qa.choose("disposition-all", "no_impact")
    qa.write("disposition-reason-all", "short, and within the product's stability data")
    qa.choose(f"disposition-{REJECTED}", "reject")
    qa.write(f"disposition-reason-{REJECTED}", "stood beside the door")
    qa.write("sign-password", password)
    qa.choose("sign-meaning", "approved")
    qa.write("sign-reason", "peak and duration judged")
    qa.click("sign-submit")


def close_deviation(qa: Person, number: int, password: str) -> None:
    qa.go(f"/deviations/{number}")
    qa.click("deviation-open-classify")
    qa.choose("deviation-severity", "minor")
    qa.click("deviation-classify")
    expect(qa.page.get_by_test_id("deviation-status")).to_have_attribute("data-status", "classified")
    if not qa.page.get_by_test_id("deviation-close").is_visible():
        qa.click("deviation-open-close")
    qa.write("sign-password", password)
    qa.choose("sign-meaning", "approved")
    qa.write("sign-reason", "compressor mended, lots judged")
    qa.click("deviation-close")
    expect(qa.page.get_by_test_id("deviation-status")).to_have_attribute("data-status", "closed")


def invariants(demo: Demo) -> None:
    """Every reading once, every fate counted, no sequence missing.

    History fills in behind what is live, so a hole may be there for a while; what is lost stays lost.
    """
    holes = "select edge, epoch from ingest_batch group by 1, 2 having max(sequence) <> count(*)"
    wait_for(lambda: demo.sql(holes) == [], "every sequence to be there", 90)
    assert demo.sql("select point_id, time from reading group by 1, 2 having count(*) > 1") == []
    assert demo.sql("select edge from ingest_fate where taken <> stored + duplicate + rejected") == []
    kept = "select (select sum(n) from ingest_batch), (select count(*) from reading)"  # one look: readings still come
    [(told, stored)] = demo.sql(kept)
    assert told == stored


def decisions(excursion: dict[str, Any], disposition: str) -> dict[str, Any]:
    each = [{"lot_id": lot["lot_id"], "disposition": disposition, "reason": "peak"} for lot in excursion["lots"]]
    return {"version": excursion["version"], "dispositions": each, "meaning": "approved", "reason": "judged"}


def caught_up(demo: Demo) -> None:
    """All edges' batches are stored and watched again."""

    def fresh() -> bool:
        health = demo.get("/api/health")
        return bool(health["unwatched_batches"] <= 3 and health["newest_reading_age_s"] < 5)

    wait_for(fresh, "the plant to catch up", 90)


def verified(demo: Demo) -> None:
    done = demo.command("audit", "verify")
    assert done.returncode == 0, done.stdout
    assert "whole" in done.stdout
