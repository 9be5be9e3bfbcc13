"""From a register in a PLC to a signature on a lot, in the demo plant as a newcomer starts it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Demo, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
COLD_ROOM_2 = "cold-room-2"


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
    assert demo.sql("select edge, epoch from ingest_batch group by 1, 2 having max(sequence) <> count(*)") == []
    twice = "select point_id, time from reading group by 1, 2 having count(*) > 1"
    assert demo.sql(twice) == []
    assert demo.sql("select edge from ingest_fate where taken <> stored + duplicate + rejected") == []
    assert demo.sql("select sum(n) from ingest_batch") == demo.sql("select count(*) from reading")
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
