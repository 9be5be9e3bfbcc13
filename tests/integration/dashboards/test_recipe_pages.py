"""A master record written in its form without JavaScript: parts added and moved, mistakes at their fields, compared."""

from __future__ import annotations

from tests.integration.dashboards.test_proof_pages import PASSWORD, Visit, visit
from tests.integration.dashboards.visitor import Page, Visitor

__all__ = ["visit"]

TOP = {"product": "RM-INSULIN", "title.en": "Insulin", "title.zh": "胰岛素", "batch_size": "100", "unit": "g"}
FIRST = {
    "operations.0.code": "fill",
    "operations.0.name.en": "Filling",
    "operations.0.name.zh": "灌装",
    "operations.0.clearance": "true",
}


def a_step(at: int, code: str, kind: str = "confirm", **more: str) -> dict[str, str]:
    here = f"operations.0.steps.{at}"
    told = {"code": code, "kind": kind, "text.en": code, "text.zh": code, "mandatory": "true"}
    return {f"{here}.{name}": value for name, value in (told | more).items()}


def field(page: Page, place: str) -> str:
    element = page.marked(f"field-{place}")
    chosen = [e.attributes["value"] for e in page.elements if e.tag == "option" and "selected" in e.attributes]
    return element.attributes.get("value", "") if element.tag == "input" else ",".join(chosen)


async def press(who: Visitor, action: str, do: str, **fields: str) -> Page:
    return await who.send(action, do=do, **fields)


async def drafted(who: Visitor, reason: str, **fields: str) -> Page:
    await who.open("/recipes/new/form")
    whole = TOP | FIRST | a_step(0, "look") | {"reason": reason} | fields
    return await who.send("/recipes/form", do="save", **whole)


async def test_a_record_is_built_part_by_part(visit: Visit) -> None:
    author = await visit("engineer")
    page = await author.open("/recipes/new/form")
    page = await press(author, "/recipes/form", "operations.0.steps.add", **TOP | FIRST)
    assert page.status == 200
    assert field(page, "title.zh") == "胰岛素"  # what was typed stays
    both = TOP | FIRST | a_step(0, "look") | a_step(1, "ph", "value")
    page = await press(author, "/recipes/form", "look", **both)
    assert page.has("field-operations.0.steps.1.limits.alert_high")
    assert not page.has("field-operations.0.steps.0.limits.alert_high")
    both |= a_step(1, "ph", "value", **{"limits.low": "7.0", "limits.high": "7.8", "critical": "true"})
    page = await press(author, "/recipes/form", "operations.0.steps.1.up", **both)
    assert [field(page, f"operations.0.steps.{n}.code") for n in (0, 1)] == ["ph", "look"]
    page = await press(author, "/recipes/form", "save", **both | {"batch_size": "many", "reason": "first"})
    assert (page.status, page.has("faults"), page.has("fault-batch_size")) == (422, True, True)
    assert field(page, "batch_size") == "many"
    page = await press(author, "/recipes/form", "save", **both | {"reason": "first"})
    assert (page.code, page.marked("recipe-status").attributes["data-status"]) == ("recipe.draft", "draft")
    page = await author.open("/recipes/1/form")
    assert field(page, "operations.0.steps.1.limits.high") == "7.8"
    assert "checked" in page.marked("field-operations.0.steps.1.critical").attributes


async def test_a_draft_is_written_anew_by_who_saw_it_last(visit: Visit) -> None:
    author = await visit("engineer")
    await drafted(author, "first")
    await author.open("/recipes/1/form")
    whole = TOP | FIRST | a_step(0, "look") | {"reason": "larger", "batch_size": "200"}
    stale = author.page.hidden("/recipes/1/form") | whole | {"do": "save"}
    assert (await author.send("/recipes/1/form", do="save", **whole)).code == "recipe.write"
    answer = await author.client.post("/recipes/1/form", data=stale | {"idempotency_key": "another"})
    assert "StaleVersion" in str(answer.headers.get("location", "")) + answer.text
    operator = await visit("operator")
    assert (await operator.open("/recipes/1/form")).status == 403
    await author.open("/recipes/1/form")
    gone = await press(author, "/recipes/1/form", "operations.9.steps.add")
    assert gone.code == "PartUnknown"


async def test_any_two_versions_are_compared(visit: Visit) -> None:
    author = await visit("engineer")
    for size in ("100", "200", "300"):
        await drafted(author, f"for {size}", batch_size=size)
    for page, told in (("3", "200300"), ("3?against=1", "100300"), ("1?against=3", "300100")):
        await author.open(f"/recipes/{page}")
        rows = [e.text for e in author.page.elements if e.attributes.get("data-testid") == "difference"]
        assert rows == [f"batch_size{told}"]


async def test_the_author_signs_and_the_form_is_shut(visit: Visit) -> None:
    author, qa = await visit("engineer"), await visit("qa")
    await drafted(author, "first")
    signature = {"username": "engineer", "password": PASSWORD, "meaning": "authored", "reason": "written"}
    page = await author.send("/recipes/1/submit", **signature)
    assert page.marked("recipe-status").attributes["data-status"] == "review"
    assert not page.has("recipe-form")
    assert (await author.open("/recipes/1/form")).code == "DraftOver"
    await qa.open("/recipes/1")
    refused = await qa.send("/recipes/1/return", reason=" ")
    assert refused.refused == {"reason_given"}


async def test_mistakes_are_told_with_their_place_in_the_readers_language(visit: Visit) -> None:
    author = await visit("engineer")
    page = await author.open("/recipes")
    assert page.marked("recipe-new").attributes["href"] == "/recipes/new/form"
    page = await drafted(author, "first", **a_step(0, "speed", "capture", measure="spede"))
    assert "operations/fill/speed" in page.marked("recipe-problems").text
    assert "measure `spede` is not known; allowed: nothing yet" in page.marked("recipe-problems").text
    await author.client.post("/language", data={"language": "zh", "to": "/", **page.hidden("/language")})
    told = (await author.open("/recipes/1")).marked("recipe-problems").text
    assert "测量量 `spede` 不存在；允许：暂无" in told
    signature = {"username": "engineer", "password": PASSWORD, "meaning": "authored", "reason": "written"}
    refused = await author.send("/recipes/1/submit", **signature)
    assert refused.code == "RecipeWrong"
    assert "is not known" not in refused.html
