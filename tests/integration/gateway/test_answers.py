"""What is answered to bad requests: always problem+json with a code, never what was sent, never our own insides."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from fastapi import APIRouter

from mes.border import Signed, Transaction
from tests.plugins.web import PASSWORD, Web, problem

NEW = {"username": "op-2", "printed_name": "Operator 2", "roles": ["operator"], "password": PASSWORD}
JSON = {"Content-Type": "application/json"}
QUESTIONS = (
    ("/api/no-such-thing", 404, "NotFound"),
    ("/api/people/999999", 404, "PersonNotFound"),
    ("/api/people/99999999999999999999", 404, "PersonNotFound"),
    ("/api/people/seven", 422, "InvalidRequest"),
    ("/api/people/NaN", 422, "InvalidRequest"),
    ("/api/signatures/4711", 404, "SignatureNotFound"),
    ("/api/audit?from=yesterday", 422, "InvalidRequest"),
    ("/api/audit?from=2026-01-15", 422, "InvalidRequest"),
    ("/api/audit?from=2026-01-15T01:20:00", 422, "InvalidRequest"),  # of which zone?
    ("/api/audit?from=1768440000", 422, "InvalidRequest"),
    ("/api/audit?from=0001-01-01T00:00:00%2B14:00", 422, "InvalidRequest"),  # before the year 1 in UTC
    ("/api/audit?limit=many", 422, "InvalidRequest"),
    ("/api/audit?limit=0", 422, "InvalidRequest"),
    ("/api/audit?entity=%00", 422, "TextNotStorable"),
    ("/api/points/999999", 404, "PointNotFound"),
    ("/api/points/0", 422, "InvalidRequest"),
    ("/api/points/999999/series", 404, "PointNotFound"),
    ("/api/points/1/series?from=2026-13-45T00:00:00Z", 422, "InvalidRequest"),
    ("/api/points/1/series?buckets=NaN", 422, "InvalidRequest"),
    ("/api/points/1/series?buckets=1000000", 422, "InvalidRequest"),
    ("/api/points/1/series?from=2026-01-15T02:00:00Z&to=2026-01-15T01:00:00Z", 422, "WindowInverted"),
    ("/api/points/1/series?from=1926-01-15T02:00:00Z", 422, "WindowTooLong"),
    ("/api/live?topics=../../etc", 422, "TopicUnknown"),
    ("/api/live?after=last", 422, "InvalidRequest"),
)
BODIES = (
    (b'{"username": "op-2", ', "InvalidRequest"),
    (b"[]", "InvalidRequest"),
    (b"", "InvalidRequest"),
    (b'\xff\xfe{"a": 1}', "InvalidRequest"),
    (b'{"version": NaN, "reason": "x"}', "NotANumber"),
    (b'{"version": -Infinity, "reason": "x"}', "NotANumber"),
    (b'{"version": "one", "reason": "x"}', "InvalidRequest"),
    (b'{"version": 1.5, "reason": "x"}', "InvalidRequest"),
    (b'{"version": 1, "reason": ""}', "InvalidRequest"),
    (b'{"version": 1, "reason": "x", "typo": 1}', "InvalidRequest"),
    (b'{"version": 77, "reason": "x"}', "PersonChanged"),
    (b'{"version": 1, "reason": "' + b"x" * 3_000_000 + b'"}', "BodyTooLarge"),
)


async def test_a_question_that_makes_no_sense(web: Web, subtests: pytest.Subtests) -> None:
    for path, status, code in QUESTIONS:
        with subtests.test(path):
            answer = await web.program("admin").get(path)
            assert (answer.status_code, problem(answer)["code"]) == (status, code)


@pytest.mark.parametrize("sent", ["+08:00", "%2B08:00", "Z"])
async def test_a_time_is_understood_with_any_zone_even_with_an_unescaped_plus(web: Web, sent: str) -> None:
    answer = await web.program().get(f"/api/audit?from=2026-01-15T09:20:00{sent}")
    assert answer.status_code == 200


async def test_a_body_that_makes_no_sense(web: Web, subtests: pytest.Subtests) -> None:
    await web.hire("qa")
    admin = web.program("admin")
    for body, code in BODIES:
        with subtests.test(str(body[:40])):
            answer = await admin.post("/api/people/1/unlock", content=body, headers=JSON)
            assert answer.status_code in {409, 413, 422}
            assert problem(answer)["code"] == code


async def test_the_word_nan_in_a_reason_is_a_word(web: Web) -> None:
    await web.hire("qa")
    admin = web.program("admin")
    assert (await admin.post("/api/people/1/unlock", json={"version": 1, "reason": "NaN seen"})).status_code == 200


async def test_what_was_sent_does_not_come_back(web: Web) -> None:
    admin = web.program("admin")
    answer = await admin.post("/api/people", json=NEW | {"roles": "operator", "language": "fr"})
    assert PASSWORD not in answer.text
    assert {one["where"] for one in problem(answer)["facts"]["errors"]} == {"body.roles", "body.language"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "short"}, "PasswordTooShort"),
        ({"roles": ["king"]}, "InvalidRequest"),
        ({"username": "qa-1"}, "NameTaken"),
        ({"username": " "}, "InvalidRequest"),
        ({"username": "op\u0000"}, "TextNotStorable"),
    ],
)
async def test_a_person_who_can_not_be_added(web: Web, change: dict[str, Any], code: str) -> None:
    await web.hire("qa")
    assert problem(await web.program("admin").post("/api/people", json=NEW | change))["code"] == code


async def test_a_method_that_is_not_there(web: Web) -> None:
    answer = await web.program("admin").put("/api/people", json={})
    assert (answer.status_code, problem(answer)["code"]) == (405, "MethodNotAllowed")
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]


async def test_an_error_of_ours_is_logged_and_told_as_an_id_only(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    broken = APIRouter()

    @broken.get("/api/broken")
    async def fail(_: Signed) -> None:
        raise RuntimeError("the inside of the plant")

    web.app.include_router(broken)
    answer = await web.program().get("/api/broken")
    assert (answer.status_code, problem(answer)["code"]) == (500, "Unexpected")
    assert "inside" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert f"request {answer.headers['x-request-id']} failed" in caplog.text
    assert "the inside of the plant" in caplog.text


async def test_every_answer_carries_what_a_browser_needs(web: Web) -> None:
    for answer in (await web.open().get("/api/health"), await web.open().get("/api/points")):
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert answer.headers["x-frame-options"] == "DENY"
        assert len(answer.headers["x-request-id"]) == 16


async def test_the_request_log_tells_who_and_where_and_no_secret(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "isotherm.requests")
    await (await web.person("qa")).get("/api/points/7/series?from=secret")
    lines = [record.message for record in caplog.records if record.name == "isotherm.requests"]
    assert '"who": "qa-1"' in lines[-1]
    assert '"route": "/api/points/{point_id}/series"' in lines[-1]
    assert '"status": 422' in lines[-1]
    assert PASSWORD not in caplog.text
    assert "secret" not in caplog.text


async def test_a_refused_write_leaves_nothing_of_itself(web: Web) -> None:
    half = APIRouter()

    @half.post("/api/half")
    async def do_half(work: Transaction) -> None:
        await work.emit("lot.held", lot_id=1)
        raise RuntimeError("in the middle")

    web.app.include_router(half)
    assert (await web.program().post("/api/half")).status_code == 500
    assert (await web.program().get("/api/health")).json()["unsent_events"] == 0
