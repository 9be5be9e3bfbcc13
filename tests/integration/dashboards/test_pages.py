"""Pages as a browser without JavaScript gets them: who may see what, in which language, and what they say."""

from __future__ import annotations

import re

import httpx
import pytest

from telemetry.batch import Gap
from telemetry.clock import to_us
from tests.integration.dashboards.furnish import give_up
from tests.integration.dashboards.visitor import Plant, Visitor
from tests.plugins.database import NOW

PAGES = [
    "/",
    "/overview/zones",
    "/trends",
    "/trends?window=4w",
    "/alarms",
    "/alarms?state=rtn_unacked",
    "/excursions",
    "/excursions?status=all",
    "/excursions/1",
    "/deviations",
    "/deviations/1",
    "/lots",
    "/lots?hold=true&zone=1",
    "/maintenance",
    "/maintenance/1",
    "/maintenance?whose=mine&kind=preventive&status=all",
    "/maintenance/plans",
    "/maintenance/parts",
    "/maintenance/machines",
    "/maintenance/machines/1",
    "/maintenance/figures?days=90",
    "/edges",
    "/edges/edge-fleet",
    "/edges/set-aside/1",
]


async def test_nobody_looks_without_signing_in(plant: Plant) -> None:
    stranger = await plant.visit()
    for path in PAGES:
        page = await stranger.open(path)
        assert page.url.startswith("http://plant/sign-in"), path
        assert page.has("sign-in")


async def test_who_signs_in_arrives_where_they_wanted_to_go(plant: Plant) -> None:
    stranger = await plant.visit()
    await stranger.open("/lots?hold=true")
    page = await stranger.send("/sign-in", username="qa", password="a password of the tests")
    assert page.url == "http://plant/lots"
    assert page.marked("who").text == "qa (demo)"


@pytest.mark.parametrize("to", ["//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example"])
async def test_signing_in_never_leads_to_another_site(plant: Plant, to: str) -> None:
    stranger = await plant.visit()
    await stranger.open("/sign-in")
    page = await stranger.send("/sign-in", username="qa", password="a password of the tests", to=to)
    assert page.url == "http://plant/"


async def test_a_wrong_password_is_told_and_the_name_stays(plant: Plant) -> None:
    stranger = await plant.visit(language="zh")
    page = await stranger.sign_in("qa", "not the password")
    assert (page.status, page.code) == (401, "WrongPassword")
    assert "用户名或密码错误" in page.html
    assert page.marked("username").attributes["value"] == "qa"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("plant_in_words", [("海南演示工厂", "Hainan demo plant")])
async def test_every_page_opens_in_both_languages(plant: Plant, language: str, plant_in_words: tuple[str, str]) -> None:
    qa = await plant.visit("qa", language)
    for path in PAGES:
        page = await qa.open(path)
        assert page.status == 200, path
        if path != "/overview/zones":
            assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in page.html
            assert plant_in_words[language == "en"] in page.html
            assert "Asia/Shanghai" in page.html


async def test_chinese_pages_hold_no_english_sentences(plant: Plant) -> None:
    """A text that was written into a template without _() shows up here: letters outside codes, names and units."""
    qa = await plant.visit("qa", "zh")
    for path in PAGES:
        html = (await qa.open(path)).html
        ours = re.sub(
            r'<(\w+) [^>]*lang="en".*?</\1>', " ", html, flags=re.DOTALL
        )  # what a program said, as it said it
        shown = re.sub(r"<(script|style|noscript)\b.*?</\1>|<[^>]+>", " ", ours, flags=re.DOTALL)
        sentences = re.findall(r"\b[a-z]{3,} [a-z]{2,} [a-z]{2,}\b", shown)
        assert [s for s in sentences if not s.startswith("isotherm ")] == [], path


async def test_the_language_is_kept_by_the_browser(plant: Plant) -> None:
    engineer = await plant.visit("engineer", "zh")
    await engineer.open("/alarms")
    page = await engineer.send("/language", language="en")
    assert page.url == "http://plant/alarms"
    assert "<h1>Alarms</h1>" in page.html


async def test_a_warm_room_stands_out_and_the_others_do_not(plant: Plant) -> None:
    page = await (await plant.visit("operator")).open("/")
    assert page.marked("zone-card-cold-room-2").attributes["data-state"] == "normal"  # cold again
    assert page.marked("zone-card-truck-1").attributes["data-state"] == "normal"
    assert page.marked("summary-held").text == "3"
    assert "3 on hold" in page.marked("held-cold-room-2").text


@pytest.mark.parametrize("furnished_database", ["still_warm"], indirect=True)
async def test_while_it_is_warm_the_card_says_why(plant: Plant) -> None:
    page = await (await plant.visit("operator")).open("/")
    card = page.marked("zone-card-cold-room-2").attributes
    assert (card["data-state"], card["data-tone"]) == ("abnormal", "high")
    why = page.marked("why-cold-room-2").text
    assert "above 8 °C" in why
    assert "EXC-2026-0001" in page.marked("excursion-link-cold-room-2").text
    states = {
        c: page.marked(f"zone-card-{c}").attributes["data-state"] for c in ("cold-room-1", "freezer-1", "truck-1")
    }
    assert set(states.values()) == {"normal"}


async def test_times_are_the_plants_to_read_and_utc_for_programs(plant: Plant) -> None:
    page = await (await plant.visit("qa")).open("/excursions/1")
    assert re.search(r'datetime="2026-01-15T00:\d\d:\d\dZ"[^>]*>2026-01-15 08:\d\d:\d\d<', page.html)


async def test_a_silent_point_says_why(plant: Plant) -> None:
    page = await (await plant.visit("engineer")).open("/edges")
    assert "fill-weight" in page.marked("point-ill").text
    assert "no edge has ever sent it" in page.marked("point-ill").text
    assert "84951" in page.marked("edge-row-edge-line").text


async def test_what_an_edge_gave_up_is_shown_with_its_reason_in_both_languages(plant: Plant) -> None:
    await give_up(plant.pool, Gap("bulk", 3, 9, to_us(NOW) - 60_000_000, to_us(NOW), 3517, "full"))
    english = (await (await plant.visit("engineer")).open("/edges")).marked("given-up").text
    for told in ("edge-test", "3517", "bulk", "09:19:00", "09:20:00", "the edge's buffer was full"):
        assert told in english
    await give_up(plant.pool, Gap("all", 0, 0, 0, 0, 0, "damaged", 7))
    chinese = (await (await plant.visit("qa", "zh")).open("/edges")).marked("given-up").text
    assert "所有类别" in chinese
    assert "未知" in chinese  # nobody knows how many there were: that is not 0
    assert "边缘网关缓存已损坏" in chinese


async def test_a_trend_comes_as_columns_with_limits_and_episodes(plant: Plant) -> None:
    engineer = await plant.visit("engineer")
    point = plant.facts.point_ids["hainan/cold-store/cold-room-2/air-1"]
    answer = await engineer.client.get("/trends/data", params={"point": point, "window": "8h", "width": 400})
    trend = answer.json()
    assert {limit["value"] for limit in trend["limits"]} == {2, 8}
    assert len(trend["episodes"]) == 1
    (trace,) = trend["traces"]
    assert len(trace["mean"]) == len(trend["times"]) <= 401
    assert None in trace["mean"]  # six hours in which nothing was measured stay a gap
    assert max(v for v in trace["max"] if v is not None) > 8


@pytest.mark.parametrize(
    "query", ["window=2y", "from=yesterday&to=now", "from=2026-01-15T10:00:00&to=2026-01-15T09:00:00"]
)
async def test_a_window_that_is_none_is_refused_in_words(plant: Plant, query: str) -> None:
    page = await (await plant.visit("engineer")).open(f"/trends?{query}")
    assert (page.status, page.code) == (422, "WindowUnreadable")


@pytest.mark.parametrize("path", ["/excursions/4711", "/deviations/4711", "/maintenance/4711", "/trends?point=4711"])
async def test_what_is_not_there_gets_a_page_that_says_so(plant: Plant, path: str) -> None:
    page = await (await plant.visit("qa")).open(path)
    assert page.status == 404
    assert page.marked("message").attributes["data-kind"] == "refused"


async def test_built_files_may_be_kept_for_a_year(plant: Plant) -> None:
    visitor: Visitor = await plant.visit()
    html = (await visitor.open("/sign-in")).html
    found = re.search(r'href="(/static/app-[A-Z0-9]+\.css)"', html)
    assert found
    answer: httpx.Response = await visitor.client.get(found[1])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
