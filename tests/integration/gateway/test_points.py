"""What is measured, over HTTP: last values, trends, raw readings with what brought them, fates, health."""

from __future__ import annotations

from datetime import timedelta
from math import nan

import psycopg

from telemetry.batch import Gap
from telemetry.clock import HeldClock, to_us
from telemetry.quality import Quality
from tests.integration.gateway.readings import AIR, disbelieved, given_up, read, the_plant, unreadable
from tests.plugins.database import NOW, Database
from tests.plugins.web import Web


async def test_every_point_shows_its_newest_reading_and_where_it_is(web: Web) -> None:
    await the_plant(web.doors)
    await read(web.doors, 5.1, 5.2)
    items = (await web.program().get("/api/points")).json()["items"]
    assert len(items) == 75
    (air,) = [item for item in items if item["name"] == AIR]
    assert (air["value"], air["quality"], air["good"], air["stale"]) == (5.2, Quality.GOOD, True, False)
    assert (air["unit"], air["zone"]["code"], air["policy"]) == ("Cel", "cold-room-2", "cold-2-8")
    assert air["time"] == "2026-01-15T01:20:00Z"
    assert air["name_zh"]
    silent = [item for item in items if item["name"] != AIR]
    assert all(item["value"] is None and item["stale"] for item in silent)
    assert (await web.program().get(f"/api/points/{air['id']}")).json() == air


async def test_a_broken_probe_has_no_value_and_says_why(web: Web) -> None:
    await the_plant(web.doors)
    await read(web.doors, 5.1, nan)
    (air,) = [i for i in (await web.program().get("/api/points")).json()["items"] if i["name"] == AIR]
    assert (air["value"], air["quality"], air["good"]) == (None, Quality.BAD_SENSOR_FAILURE, False)


async def test_a_point_that_has_fallen_silent_is_stale(web: Web, clock: HeldClock) -> None:
    await the_plant(web.doors)
    await read(web.doors, 5.1)
    clock.advance(timedelta(hours=1))
    (air,) = [i for i in (await web.program().get("/api/points")).json()["items"] if i["name"] == AIR]
    assert (air["value"], air["stale"]) == (5.1, True)


async def test_a_point_that_the_plant_does_not_know_is_shown_as_such(web: Web) -> None:
    await read(web.doors, 1.0, point="hainan/attic/fan/speed")
    (fan,) = (await web.program().get("/api/points")).json()["items"]
    assert (fan["name"], fan["configured"], fan["unit"], fan["value"]) == ("hainan/attic/fan/speed", False, None, 1.0)


async def test_a_trend_keeps_its_gaps(web: Web) -> None:
    await read(web.doors, 5.0, 6.0, nan, 7.0)
    (point,) = (await web.program().get("/api/points")).json()["items"]
    asked = {"from": "2026-01-15T09:19:50+08:00", "to": "2026-01-15T01:20:01Z", "buckets": "11"}
    told = (await web.program().get(f"/api/points/{point['id']}/series", params=asked)).json()
    assert (told["width_s"], told["name"]) == (1, AIR)
    assert told["t"][-1] == to_us(NOW) // 1000
    assert told["mean"] == [None] * 7 + [5.0, 6.0, None, 7.0]
    assert told["n"] == [0] * 7 + [1] * 4
    assert told["bad"] == [0] * 9 + [1, 0]


async def test_a_raw_reading_leads_back_to_the_message_that_brought_it(web: Web) -> None:
    await read(web.doors, 5.0, nan, 7.0)
    (point,) = (await web.program().get("/api/points")).json()["items"]
    asked = {"to": "2026-01-15T01:20:01Z", "raw": "true", "limit": "2"}
    told = (await web.program().get(f"/api/points/{point['id']}/series", params=asked)).json()
    assert [row["value"] for row in told["items"]] == [7.0, None]
    assert told["truncated"] is True
    assert (told["items"][0]["edge"], told["items"][0]["epoch"]) == ("edge-cold-store", 1)


async def test_a_raw_reading_tells_what_its_device_claimed_and_said(web: Web) -> None:
    await disbelieved(web.doors)
    (point,) = (await web.program().get("/api/points")).json()["items"]
    asked = {"to": "2026-01-15T01:20:01Z", "raw": "true"}
    told = (await web.program().get(f"/api/points/{point['id']}/series", params=asked)).json()
    assert [(row["value"], row["claimed_us"], row["status"]) for row in told["items"]] == [
        (None, None, 0x808C0000),
        (5.2, 86_400_000_000, None),
    ]


async def test_every_fate_is_counted_and_what_was_set_aside_is_shown(web: Web) -> None:
    await read(web.doors, 5.0, 6.0)
    await unreadable(web.doors)
    fates = {edge["edge"]: edge for edge in (await web.program().get("/api/edges")).json()["items"]}
    assert (fates["edge-cold-store"]["taken"], fates["edge-cold-store"]["stored"]) == (2, 2)
    assert fates["edge-cold-store"]["unwatched"] == 1
    assert (fates["edge-line"]["taken"], fates["edge-line"]["rejected"]) == (3, 3)
    (aside,) = (await web.program().get("/api/rejected", params={"edge": "edge-line"})).json()["items"]
    assert (aside["code"], aside["n"], aside["bytes"]) == ("Malformed", 3, 1)
    assert (await web.program().get("/api/rejected", params={"code": "WrongEdge"})).json()["items"] == []


async def test_what_edges_gave_up_is_told_with_class_and_reason(web: Web) -> None:
    at_us = to_us(NOW)
    full = Gap("bulk", 3, 9, at_us - 60_000_000, at_us, 3500, "full")
    await given_up(web.doors, full, Gap("all", 0, 0, 0, 0, 0, "damaged", 7))
    await given_up(web.doors, full._replace(lane="process", n=20))
    (fates,) = (await web.program().get("/api/edges")).json()["items"]
    assert (fates["edge"], fates["taken"], fates["given_up"], fates["gaps"]) == ("edge-line", 0, 3520, 3)
    page = (await web.program().get("/api/gaps", params={"limit": "2"})).json()
    rest = (await web.program().get("/api/gaps", params={"cursor": page["next"]})).json()
    told = [*page["items"], *rest["items"]]
    assert [(gap["lane"], gap["reason"], gap["n"]) for gap in told] == [
        ("process", "full", 20),
        ("all", "damaged", None),
        ("bulk", "full", 3500),
    ]
    assert (told[2]["first_time"], told[2]["last_time"]) == ("2026-01-15T01:19:00Z", "2026-01-15T01:20:00Z")
    assert (told[1]["of_epoch"], told[1]["first_time"], told[1]["first_sequence"]) == (7, None, None)
    assert (await web.program().get("/api/gaps", params={"edge": "edge-other"})).json()["items"] == []


async def test_health_tells_the_age_of_the_newest_reading_and_what_waits(web: Web, clock: HeldClock) -> None:
    empty = (await web.open().get("/api/health")).json()
    assert (empty["status"], empty["newest_reading_age_s"]) == ("ok", None)
    await read(web.doors, 5.0)
    clock.advance(timedelta(seconds=7))
    told = (await web.open().get("/api/health")).json()
    assert (told["newest_reading_age_s"], told["unwatched_batches"]) == (7.0, 1)


async def test_without_the_database_health_says_so_and_every_other_answer_is_a_503(
    web: Web, database: Database
) -> None:
    with psycopg.connect(database.owner.replace("/story_", "/postgres?application_name=story_", 1)) as owner:
        owner.autocommit = True
        name = database.owner.rpartition("/")[2]
        owner.execute(f"alter database {name} allow_connections false")
        owner.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        health = await web.open().get("/api/health")
        answer = await web.program().get("/api/points")
        owner.execute(f"alter database {name} allow_connections true")
    assert (health.status_code, health.json()["status"]) == (503, "unavailable")
    assert (answer.status_code, answer.json()["code"]) == (503, "DatabaseUnavailable")
