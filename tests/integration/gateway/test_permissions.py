"""Who may do what: every administrator's door against every role, and writes that are sent twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from mes.border import transaction
from mes.people.model import Role
from telemetry.clock import HeldClock
from tests.plugins.web import PASSWORD, Web, problem

ADMIN = frozenset({"admin"})
JUDGES = frozenset({"qa", "qp", "admin"})
ALL = frozenset(role.value for role in Role)
CHANGE = {"version": 1, "reason": "as asked"}
DOORS: tuple[tuple[str, str, dict[str, Any] | None, frozenset[str]], ...] = (
    ("GET", "/api/people", None, ADMIN),
    ("GET", "/api/people/1", None, ADMIN),
    ("POST", "/api/people", {}, ADMIN),
    ("POST", "/api/people/1/roles", CHANGE | {"roles": ["qa"]}, ADMIN),
    ("POST", "/api/people/1/unlock", CHANGE, ADMIN),
    ("POST", "/api/people/1/password", CHANGE | {"password": PASSWORD}, ADMIN),
    ("POST", "/api/people/1/active", CHANGE | {"active": True}, ADMIN),
    ("GET", "/api/keys", None, ADMIN),
    ("POST", "/api/keys", {}, ADMIN),
    ("POST", "/api/keys/99/revoke", {"reason": "lost"}, ADMIN),
    ("POST", "/api/audit/verify", None, JUDGES),
    ("GET", "/api/audit", None, ALL),
    ("GET", "/api/audit/checkpoint", None, ALL),
    ("GET", "/api/signatures?record_type=lot&record_id=1", None, ALL),
    ("GET", "/api/points", None, ALL),
    ("GET", "/api/edges", None, ALL),
    ("GET", "/api/rejected", None, ALL),
    ("GET", "/api/gaps", None, ALL),
    ("GET", "/api/me", None, ALL),
)


async def test_a_door_opens_for_its_roles_only(web: Web, subtests: pytest.Subtests) -> None:
    for method, path, body, allowed in DOORS:
        for role in Role:
            with subtests.test(f"{method} {path} as {role}"):
                answer = await web.program(role).request(method, path, json=body)
                assert (answer.status_code == 403) == (role not in allowed), answer.text
                assert answer.status_code != 403 or problem(answer)["code"] == "RoleMissing"


async def test_roles_that_are_taken_away_are_gone_at_the_next_request_and_come_back(web: Web) -> None:
    qa, admin = await web.person("qa"), web.program("admin")
    person = (await qa.get("/api/me")).json()["person_id"]
    for version, roles in ((1, ["operator", "qc"]), (2, ["qa"])):
        told = {"version": version, "roles": roles, "reason": "moved"}
        assert (await admin.post(f"/api/people/{person}/roles", json=told)).status_code == 200
        assert (await qa.get("/api/me")).json()["roles"] == roles
    stale = await admin.post(f"/api/people/{person}/roles", json={"version": 2, "roles": [], "reason": "old page"})
    assert (stale.status_code, problem(stale)["code"]) == (409, "PersonChanged")


async def test_who_has_left_is_out_at_once(web: Web) -> None:
    qa, admin = await web.person("qa"), web.program("admin")
    person = (await qa.get("/api/me")).json()["person_id"]
    told = {"version": 1, "active": False, "reason": "left the company"}
    assert (await admin.post(f"/api/people/{person}/active", json=told)).status_code == 200
    assert (await qa.get("/api/me")).status_code == 401
    again = await web.open().post("/api/session", json={"username": "qa-1", "password": PASSWORD})
    assert problem(again)["code"] == "WrongPassword"


async def test_a_new_password_ends_the_sessions_of_the_old_one(web: Web) -> None:
    qa, admin = await web.person("qa"), web.program("admin")
    person = (await qa.get("/api/me")).json()["person_id"]
    told = {"version": 1, "password": "another-one", "reason": "forgotten"}
    answer = await admin.post(f"/api/people/{person}/password", json=told)
    assert answer.status_code == 200
    assert "another-one" not in answer.text
    assert (await qa.get("/api/me")).status_code == 401
    again = await web.open().post("/api/session", json={"username": "qa-1", "password": "another-one"})
    assert again.status_code == 200


async def test_a_person_makes_a_password_of_their_own(web: Web) -> None:
    qa = await web.person("qa")
    guessed = {"old_password": "guess", "new_password": "mine-alone"}
    assert problem(await qa.post("/api/me/password", json=guessed))["code"] == "WrongPassword"
    short = {"old_password": PASSWORD, "new_password": "mine"}
    assert problem(await qa.post("/api/me/password", json=short))["code"] == "PasswordTooShort"
    mine = {"old_password": PASSWORD, "new_password": "mine-alone"}
    assert (await qa.post("/api/me/password", json=mine)).status_code == 204
    assert (await qa.get("/api/me")).status_code == 401
    again = await web.open().post("/api/session", json={"username": "qa-1", "password": "mine-alone"})
    assert again.status_code == 200
    assert problem(await web.program("qa").post("/api/me/password", json=mine))["code"] == "NoPassword"


async def written(web: Web) -> int:
    async with transaction(web.doors, "qa") as work:
        found: int = await work.scalar("select count(*) from audit where action = 'person.unlock'")
        return found


async def test_a_write_sent_twice_is_done_once_and_answered_twice(web: Web, clock: HeldClock) -> None:
    await web.hire("qa")
    client = web.program("admin")
    client.headers["Idempotency-Key"] = "double-tap"
    first = await client.post("/api/people/1/unlock", json=CHANGE)
    clock.advance(timedelta(hours=23))
    again = await client.post("/api/people/1/unlock", json=CHANGE)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert again.headers["idempotent-replay"] == "true"
    assert await written(web) == 1


async def test_two_taps_at_the_same_moment_are_one(web: Web) -> None:
    await web.hire("qa")
    client = web.program("admin")
    client.headers["Idempotency-Key"] = "double-tap"
    answers = await asyncio.gather(*(client.post("/api/people/1/unlock", json=CHANGE) for _ in range(4)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 200
    assert set(codes) <= {200, 409}
    assert {problem(a)["code"] for a in answers if a.status_code == 409} <= {"AnswerNotKept"}
    assert await written(web) == 1


async def test_a_refusal_is_answered_the_same_way_again_and_counted_once(web: Web) -> None:
    person = await web.hire("qa")
    client = web.program("admin")
    client.headers["Idempotency-Key"] = "stale"
    old = CHANGE | {"version": 7}
    answers = [await client.post(f"/api/people/{person.id}/unlock", json=old) for _ in range(2)]
    assert [problem(answer)["code"] for answer in answers] == ["PersonChanged"] * 2


async def test_a_key_is_one_callers_one_routes_and_one_bodys(web: Web, clock: HeldClock) -> None:
    await web.hire("qa")
    await web.hire("qc")
    client = web.program("admin")
    client.headers["Idempotency-Key"] = "k"
    assert (await client.post("/api/people/1/unlock", json=CHANGE)).status_code == 200
    other_body = await client.post("/api/people/1/unlock", json=CHANGE | {"reason": "another"})
    assert (other_body.status_code, problem(other_body)["code"]) == (409, "KeyReused")
    assert (await client.post("/api/people/2/unlock", json=CHANGE)).json()["id"] == 2
    assert (await web.program("qa").post("/api/people/1/unlock", json=CHANGE)).status_code == 403
    clock.advance(timedelta(hours=25))
    fresh = await client.post("/api/people/1/unlock", json=CHANGE | {"version": 2})
    assert (fresh.status_code, fresh.json()["version"]) == (200, 3)


async def test_a_secret_is_not_kept_for_a_second_answer(web: Web) -> None:
    client = web.program("admin")
    client.headers["Idempotency-Key"] = "new-key"
    made = await client.post("/api/keys", json={"name": "report", "roles": ["qa"]})
    again = await client.post("/api/keys", json={"name": "report", "roles": ["qa"]})
    assert problem(again)["code"] == "AnswerNotKept"
    async with transaction(web.doors, "qa") as work:
        kept = await (await work.db.execute("select * from api_answer")).fetchall()
    assert made.json()["secret"] not in repr(kept)


async def test_an_absurd_key_is_refused(web: Web) -> None:
    answer = await web.program("admin").post("/api/keys", json={}, headers={"Idempotency-Key": "x" * 201})
    assert problem(answer)["code"] == "KeyTooLong"
