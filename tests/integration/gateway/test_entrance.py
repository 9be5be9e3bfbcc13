"""Who gets in: keys, sessions, time-outs, locks, forged requests, rates."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from gateway.app import build_api
from gateway.rates import Rate, Rates
from mes.border import Doors, transaction
from mes.people.sessions import keys, revoke_key
from telemetry.clock import HeldClock
from telemetry.work import Pool
from tests.plugins.web import PASSWORD, Web, problem


async def sign_in(client: httpx.AsyncClient, password: str, username: str = "qa-1") -> httpx.Response:
    return await client.post("/api/session", json={"username": username, "password": password})


async def test_a_program_with_a_key_is_let_in_and_named(web: Web) -> None:
    me = (await web.program("engineer").get("/api/me")).json()
    assert (me["name"], me["roles"], me["person_id"]) == ("key:engineer", ["engineer"], None)


@pytest.mark.parametrize("header", ["Bearer iso_guessed", "Bearer ", "Basic cWE6cWE="])
async def test_nobody_gets_in_with_a_key_that_is_none(web: Web, header: str) -> None:
    answer = await web.open(headers={"Authorization": header}).get("/api/points")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert problem(answer)["code"] in {"KeyUnknown", "Unauthenticated"}


async def test_a_revoked_key_opens_nothing_from_that_moment(web: Web) -> None:
    client = web.program("engineer")
    assert (await client.get("/api/me")).status_code == 200
    async with transaction(web.doors, "admin-1") as work:
        (key,) = [key for key in await keys(work) if key.name == "engineer"]
        await revoke_key(work, key.id, reason="laptop lost")
    assert problem(await client.get("/api/me"))["code"] == "KeyUnknown"


async def test_everything_is_shut_but_health_and_the_description(web: Web) -> None:
    client = web.open()
    for path, methods in (await client.get("/api/openapi.json")).json()["paths"].items():
        for method in methods:
            answer = await client.request(method, path.replace("{", "").replace("}", ""))
            is_open = (method, path) in {("get", "/api/health"), ("post", "/api/session")}
            assert (answer.status_code != 401) == is_open, (method, path)
    assert (await client.get("/api/no-such-thing")).status_code == 401


async def test_a_session_ends_when_it_is_left_unused(web: Web, clock: HeldClock) -> None:
    client = await web.person("qa")
    for _ in range(3):
        clock.advance(timedelta(minutes=29))
        assert (await client.get("/api/me")).json()["name"] == "qa-1"
    clock.advance(timedelta(minutes=31))
    assert problem(await client.get("/api/me"))["code"] == "Unauthenticated"


async def test_who_signs_out_is_out_in_every_window(web: Web) -> None:
    client = await web.person("qa")
    other = web.open(cookies=dict(client.cookies), headers={"X-CSRF-Token": client.headers["X-CSRF-Token"]})
    assert (await client.delete("/api/session")).status_code == 204
    assert not client.cookies
    assert (await other.get("/api/me")).status_code == 401


async def test_the_cookie_is_out_of_a_scripts_reach_and_the_database_does_not_know_it(web: Web) -> None:
    await web.hire("qa")
    client = web.open()
    answer = await sign_in(client, PASSWORD)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("isotherm_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    async with transaction(web.doors, "qa") as work:
        (kept,) = await (await work.db.execute("select id from session")).fetchall()
    assert kept[0] not in cookie
    assert client.cookies["isotherm_session"] not in kept[0]


async def test_a_wrong_password_and_an_unknown_name_sound_the_same(web: Web) -> None:
    await web.hire("qa")
    wrong, nobody = await sign_in(web.open(), "guess"), await sign_in(web.open(), "guess", "nobody")
    assert problem(wrong) == problem(nobody)
    assert (wrong.status_code, problem(wrong)["code"]) == (401, "WrongPassword")
    assert "guess" not in wrong.text


async def test_the_fifth_wrong_password_locks_and_the_administrator_opens_again(web: Web) -> None:
    inside = await web.person("qa")
    for _ in range(5):
        assert (await sign_in(web.open(), "guess")).status_code == 401
    locked = await sign_in(web.open(), PASSWORD)
    assert (locked.status_code, problem(locked)["code"]) == (403, "PersonLocked")
    assert (await inside.get("/api/me")).status_code == 401

    admin = await web.person("admin")
    (person,) = [p for p in (await admin.get("/api/people")).json()["items"] if p["username"] == "qa-1"]
    unlocked = {"version": person["version"], "reason": "it was their own keyboard"}
    assert (await admin.post(f"/api/people/{person['id']}/unlock", json=unlocked)).status_code == 200
    assert problem(await admin.post(f"/api/people/{person['id']}/unlock", json=unlocked))["code"] == "PersonChanged"
    assert (await sign_in(web.open(), PASSWORD)).status_code == 200
    trail = (await admin.get("/api/audit", params={"entity": "person", "id": person["id"]})).json()["items"]
    assert [row["action"] for row in trail[:4]] == [
        "session.open", "person.unlock", "person.enter.refused", "person.lock",
    ]  # fmt: skip


async def test_a_write_by_cookie_needs_the_token_of_our_pages(web: Web) -> None:
    client = await web.person("admin")
    token = client.headers.pop("X-CSRF-Token")
    key = {"name": "line-report", "roles": ["engineer"]}
    assert problem(await client.post("/api/keys", json=key))["code"] == "CrossSite"
    assert problem(await client.post("/api/keys", json=key, headers={"X-CSRF-Token": "0" * 64}))["code"] == "CrossSite"
    assert (await client.post("/api/keys", json=key, headers={"X-CSRF-Token": token})).status_code == 201


async def test_a_form_may_carry_the_token_as_a_field(web: Web) -> None:
    client = await web.person("qa")
    token = client.headers.pop("X-CSRF-Token")
    answer = await client.request("DELETE", "/api/session", data={"csrf_token": token})
    assert answer.status_code == 204


async def test_a_write_that_another_site_started_is_refused_even_at_the_sign_in(web: Web) -> None:
    await web.hire("qa")
    answer = await sign_in(web.open(headers={"Sec-Fetch-Site": "cross-site"}), PASSWORD)
    assert problem(answer)["code"] == "CrossSite"


async def test_a_key_that_asks_too_often_waits(pool: Pool, clock: HeldClock, web: Web) -> None:
    app = build_api(Doors(pool, clock), rates=Rates(caller=Rate(per_s=0.5, burst=3)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://plant") as client:
        client.headers["Authorization"] = f"Bearer {web.keys['engineer']}"
        answers = [await client.get("/api/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert problem(answers[-1])["code"] == "RateExceeded"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 2
        client.headers["Authorization"] = f"Bearer {web.keys['qa']}"
        assert (await client.get("/api/me")).status_code == 200


async def test_guessing_passwords_is_slowed_down_by_address(pool: Pool, clock: HeldClock, web: Web) -> None:
    app = build_api(Doors(pool, clock), rates=Rates(sign_in=Rate(per_s=0.01, burst=2)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://plant") as client:
        codes = [(await sign_in(client, "guess", f"nobody-{i}")).status_code for i in range(3)]
    assert codes == [401, 401, 429]


async def test_the_secret_of_a_key_is_shown_once(web: Web) -> None:
    admin = await web.person("admin")
    made = await admin.post("/api/keys", json={"name": "line-report", "roles": ["engineer"]})
    assert made.headers["cache-control"] == "no-store"
    secret = made.json()["secret"]
    assert (await web.open(headers={"Authorization": f"Bearer {secret}"}).get("/api/me")).status_code == 200
    assert secret not in (await admin.get("/api/keys")).text
    async with transaction(web.doors, "admin-1") as work:
        dump = await (await work.db.execute("select * from api_key, audit")).fetchall()
    assert secret not in repr(dump)
