"""Pages of codes: a genealogy with its pictures, the scanner's test page, labels to print."""

from __future__ import annotations

import pytest

from telemetry.work import begin
from tests.integration.dashboards.visitor import Plant
from tests.integration.genealogy.plant_of_lots import plant_of_lots
from tests.plugins.database import NOW


@pytest.mark.parametrize(("language", "words"), [("en", "used in"), ("zh", "用于")])
async def test_a_genealogy_shows_what_went_in_and_what_it_went_through(plant: Plant, language: str, words: str) -> None:
    pen = plant.facts.lot_ids["P2601C"]
    async with begin(plant.pool, "lead", NOW) as work:
        made = await plant_of_lots(work, {})
        made.lots["P2601C"] = pen
        await made.lot("API-1", "API")
        await made.lot("API-2", "API")
        await made.batch("KIT-1", "KIT", **{"P2601C": "3", "API-1": "1.5", "API-2": "2"})
        await made.batch("KIT-2", "KIT", **{"KIT-1": "1"})
    visitor = await plant.visit("qa", language)
    await visitor.open("/genealogy")
    page = await visitor.send("/genealogy", text="KIT-1")
    assert page.url.endswith(f"/genealogy/{made.lots['KIT-1']}")
    assert words in page.html
    assert page.has("lot-graph")
    assert page.has("lot-courses")
    for number in ("P2601C", "API-1", "API-2", "KIT-1", "KIT-2"):
        assert page.has(f"node-{number}")
    assert sum(e.attributes.get("data-testid") == "edge" for e in page.elements) == 4
    assert "EXC-2026-0001" in page.marked("exposure-row").text
    await visitor.open("/genealogy")
    assert (await visitor.send("/genealogy", text="nothing-of-that")).code == "NothingHasThisCode"
    await visitor.open("/genealogy")
    assert (await visitor.send("/genealogy", text="IT.LOC.cold-room-2")).code == "NoLotOnThisCode"


async def test_the_scanner_page_shows_bytes_meaning_and_doubts(plant: Plant) -> None:
    visitor = await plant.visit("engineer", "en")
    await visitor.open("/scanner")
    page = await visitor.send("/scanner", text="]d201069012345678921729011410P2601C21X")
    assert page.has("doubt-separator_recovered")
    assert page.has("scanner-found")
    assert page.has("disagreement-expiry")
    page = await visitor.send("/scanner", text="]d201069012345678921729011410NEW21X")
    assert page.has("doubt-lot_swallowed")
    assert page.marked("scanner-why").attributes["data-code"] == "NothingHasThisCode"
    page = await visitor.send("/scanner", text="0106901234567890\x1d")
    assert page.marked("scanner-why").attributes["data-code"] == "CheckDigitWrong"
    assert "GS1D" in page.marked("scanner-characters").text
    page = await visitor.send("/scanner", text="P2601C\x00")
    assert page.marked("scanner-why").attributes["data-code"] == "ElementUnknown"
    assert "00" in page.marked("scanner-characters").text
    page = await visitor.send("/scanner/setting", separators="~", reason="old scanners of line 1")
    assert page.code == "scanner.set"
    assert "~" in page.marked("scanner-setting").text


@pytest.mark.parametrize(("language", "words"), [("en", ("Read as", "Plain text")), ("zh", ("读作", "普通文本"))])
async def test_why_a_code_is_not_known_is_told_in_words(plant: Plant, language: str, words: tuple[str, str]) -> None:
    visitor = await plant.visit("operator", language)
    await visitor.open("/scanner")
    told = (await visitor.send("/scanner", text="8385793000087976666")).marked("scanner-refused").text
    assert all(word in told for word in words)
    assert "kind" not in told
    await visitor.open("/scanner")
    other = await visitor.send("/scanner", text="+H123PARTNO1234567890120")
    assert "HIBC" in other.marked("doubt-other_issuer").text


async def test_labels_are_shown_and_printed(plant: Plant) -> None:
    visitor = await plant.visit("qa", "en")
    page = await visitor.open("/labels?kind=LOT&code=P2601C&symbol=qr")
    fields = page.hidden("/labels/print")
    assert (fields["code"], fields["symbol"]) == ("P2601C", "qr")
    page = await visitor.send("/labels/print", copies=2, form="page")
    assert page.html.count('class="label"') == 2
    await visitor.open("/labels?code=P2601C")
    answer = await visitor.client.post(
        "/labels/print", data=visitor.page.hidden("/labels/print") | {"copies": "2", "form": "pdf"}
    )
    assert answer.content.startswith(b"%PDF")
