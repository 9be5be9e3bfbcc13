"""Every route of the plant, as its own description lists them: nothing that is sent makes one of them fall over."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from mes.border import transaction
from mes.people.model import Role
from mes.people.sessions import issue_key
from tests.plugins.web import Web, problem

STREAM = "/api/live"
NO_ID = ("999999", "0", "-1", "99999999999999999999")
WORDS = ("seven", "NaN", "1.5", "%00", "'; drop table lot; --")
JSON = {"Content-Type": "application/json"}
BODIES = (b"", b"{", b"[]", b"null", b'"text"', b'{"version": NaN}', b'{"version": "one"}', b"{}", b"\xff")


@pytest.fixture
async def anyone(web: Web) -> httpx.AsyncClient:
    """A program with every role, so that only what it sends is wrong."""
    async with transaction(web.doors, "admin-1") as work:
        issued = await issue_key(work, "anyone", list(Role))
    return web.open(headers={"Authorization": f"Bearer {issued.secret}"})


def routes(web: Web, *methods: str) -> Iterator[tuple[str, str]]:
    for path, operations in web.app.openapi()["paths"].items():
        yield from ((method.upper(), path) for method in operations if method in methods and path != STREAM)


def filled(path: str, value: str) -> str:
    return re.sub(r"\{\w+\}", value, path)


async def test_every_list_answers_in_an_empty_plant(web: Web, anyone: httpx.AsyncClient) -> None:
    plain = [path for _, path in routes(web, "get") if "{" not in path]
    assert len(plain) > 15
    for path in plain:
        answer = await anyone.get(path)
        assert answer.status_code in {200, 422}, (path, answer.text)  # 422: a question that must name something


async def test_an_id_that_does_not_exist_is_not_found(web: Web, anyone: httpx.AsyncClient) -> None:
    with_id = [path for _, path in routes(web, "get") if "_id}" in path]
    assert len(with_id) > 8
    for path in with_id:
        for value in NO_ID:
            answer = await anyone.get(filled(path, value))
            assert answer.status_code in {404, 422}, (path, value, answer.text)
            problem(answer)
        assert (await anyone.get(filled(path, "999999"))).status_code == 404, path


async def test_a_word_in_place_of_an_id_is_refused(web: Web, anyone: httpx.AsyncClient) -> None:
    for _, path in routes(web, "get"):
        for word in WORDS if "_id}" in path else ():
            answer = await anyone.get(filled(path, word))
            assert answer.status_code in {404, 422}, (path, word, answer.text)
            problem(answer)


async def test_no_body_makes_a_write_fall_over(web: Web, anyone: httpx.AsyncClient) -> None:
    writes = [route for route in routes(web, "post", "put", "patch") if route[1] != "/api/session"]
    assert len(writes) > 20
    for method, path in writes:
        for body in BODIES:
            answer = await anyone.request(method, filled(path, "999999"), content=body, headers=JSON)
            assert answer.status_code in {200, 400, 401, 404, 409, 422}, (method, path, body, answer.text)
            assert answer.status_code == 200 or problem(answer)


async def test_no_query_makes_a_list_fall_over(web: Web, anyone: httpx.AsyncClient) -> None:
    for path, operations in web.app.openapi()["paths"].items():
        asked = operations.get("get", {}).get("parameters", []) if path != STREAM else []
        for name in [parameter["name"] for parameter in asked if parameter["in"] == "query"]:
            for value in ("NaN", "\x00", "-1", "99999999999999999999", "2026-02-30T00:00:00Z", "'"):
                answer = await anyone.get(filled(path, "1"), params={name: value})
                assert answer.status_code in {200, 404, 422}, (path, name, value, answer.text)


def is_signed(web: Web, path: str) -> bool:
    """Whether the body brings somebody's password: then it is the signer's role that counts, once the body is whole."""
    described = web.app.openapi()
    schema = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    names = re.findall(r"#/components/schemas/(\w+)", str(schema))
    return any("password" in described["components"]["schemas"][name]["properties"] for name in names)


async def test_programs_of_no_role_change_nothing(web: Web) -> None:
    async with transaction(web.doors, "admin-1") as work:
        issued = await issue_key(work, "guest", [])
    guest = web.open(headers={"Authorization": f"Bearer {issued.secret}"})
    for method, path in routes(web, "post"):
        if path not in {"/api/session", "/api/me/password", "/api/barcodes/read", "/api/barcodes/resolve"}:
            answer = await guest.request(method, filled(path, "1"), json={})
            by_word = re.search(r"\{(?!\w+_id\})\w+\}", path)  # a step's name: one that is none is told first
            told = {403, 422} if by_word or is_signed(web, path) else {403}
            assert answer.status_code in told, (method, path, answer.text)
