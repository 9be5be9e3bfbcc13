"""Which edge is abnormal and why, decided without a database: from its words, its alarm, what was lost or set aside."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import edge
from dashboards.edgecards import EdgeCard, Facts, card, in_order
from dashboards.edgefigures import GROUPS, figures, spoken
from dashboards.edgewords import OwnWords, own_words
from dashboards.language import catalog
from dashboards.render import TEMPLATES
from gateway.edge_configs import Told
from gateway.edges import EdgeFate, Lately
from mes.alarms.model import Alarm, Kind, Priority
from telemetry.quality import Quality
from telemetry.store import LastValue, Trend

NOW = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
FATE = EdgeFate(
    "edge-line", taken=100, stored=90, duplicate=6, rejected=4, last_at=NOW, unwatched=0, given_up=0, gaps=0
)
WELL = {
    "backlog": 2.0,
    "backlog-age": 1.0,
    "stale": 0.0,
    "clock-offset": 0.01,
    "certificate-days": 300.0,
    "link-plc": 2.0,
}
TOLD = Told("edge-line", NOW, 4, "ab", "rolled-back", ["plc: not reached"], NOW)


def own(measure: str, value: float, *, ago_s: float = 0, edge: str = "edge-line") -> LastValue:
    at = NOW - timedelta(seconds=ago_s)
    return LastValue(1, f"hainan/edges/{edge}/{measure}", at, at, value, Quality.GOOD)


def words(**changed: float) -> OwnWords:
    values = WELL | {name.replace("_", "-"): value for name, value in changed.items()}
    return OwnWords(NOW, values, dict.fromkeys(values, 1))


def lost() -> Alarm:
    blank = dict.fromkeys(
        ("point_id", "zone_id", "equipment_id", "episode_id", "excursion_id", "upgraded_at", "cleared_at", "acked_at")
    )
    texts = {"message_en": "", "message_zh": "", "acked_by": None, "ack_comment": None}
    facts = {"id": 1, "kind": Kind.EDGE_LOST, "source": "edge-line", "priority": Priority.HIGH, "version": 1}
    return Alarm(**(blank | texts | facts), raised_at=NOW, detected_at=NOW)  # type: ignore[arg-type]


def counter(*lows: float | None) -> Trend:
    columns: list[float | None] = list(lows)
    return Trend(1, 30, [0] * len(lows), columns, columns, columns, [1] * len(lows), [1] * len(lows), [0] * len(lows))


def told(facts: Facts) -> list[tuple[str, str]]:
    return [(reason.priority, reason.code) for reason in card(facts).reasons]


def test_an_edge_that_is_well_gives_no_reason_and_has_no_colour() -> None:
    found = card(Facts(fate=FATE, now=NOW, own=words()))
    assert (found.reasons, found.tone, found.is_silent) == ((), None, False)


@pytest.mark.parametrize(
    ("changed", "priority", "code"),
    [
        ({"link_plc": 0.0}, "high", "not-reached"),
        ({"link_plc": 1.0}, "medium", "degraded"),
        ({"backlog_age": 61.0}, "medium", "waits"),
        ({"stale": 3.0}, "medium", "stale"),
        ({"clock_offset": 2.1}, "medium", "clock-ahead"),
        ({"clock_offset": -2.1}, "medium", "clock-behind"),
        ({"certificate_days": 29.9}, "medium", "expires"),
        ({"certificate_days": 6.9}, "high", "expires"),
        ({"certificate_days": -1.0}, "high", "expired"),
    ],
)
def test_what_an_edge_says_makes_it_abnormal(changed: dict[str, float], priority: str, code: str) -> None:
    assert told(Facts(fate=FATE, now=NOW, own=words(**changed))) == [(priority, code)]


@pytest.mark.parametrize("at_the_limit", [{"clock_offset": 2.0}, {"certificate_days": 30.0}, {"backlog_age": 60.0}])
def test_what_is_just_within_its_limit_is_normal(at_the_limit: dict[str, float]) -> None:
    assert told(Facts(fate=FATE, now=NOW, own=words(**at_the_limit))) == []


def test_readings_without_a_fate_are_told_first() -> None:
    facts = Facts(fate=replace(FATE, stored=88), now=NOW, own=words(clock_offset=5.0))
    assert told(facts) == [("high", "sum"), ("medium", "clock-ahead")]
    assert card(facts).reasons[0].n == 2


def test_of_a_lost_edge_it_is_not_said_how_it_is_now() -> None:
    silent = replace(words(link_plc=0.0), at=NOW - timedelta(hours=1))
    found = card(Facts(fate=FATE, now=NOW, own=silent, lost=lost()))
    assert [reason.code for reason in found.reasons] == ["lost"]
    assert found.is_silent


def test_an_edge_whose_readings_come_without_its_own_points_is_told_apart_from_a_lost_one() -> None:
    assert told(Facts(fate=FATE, now=NOW, own=replace(words(), at=NOW - timedelta(seconds=151)))) == [
        ("medium", "mute")
    ]
    assert told(Facts(fate=FATE, now=NOW, own=None)) == []  # another publisher: it never spoke of itself


def test_what_was_given_up_or_set_aside_lately_counts_and_of_some_nobody_knows_how_much() -> None:
    facts = Facts(fate=FATE, now=NOW, own=words(), lately=Lately("edge-line", given_up=0, gaps=1, aside=2))
    assert told(facts) == [("high", "given-up"), ("low", "aside")]
    assert told(replace(facts, lately=Lately("edge-line", 0, 0, 0))) == []


def test_a_disk_that_refused_something_long_ago_is_no_news_and_one_that_refuses_now_is() -> None:
    facts = Facts(fate=FATE, now=NOW, own=words(failed_writes=7.0))
    assert told(replace(facts, trends={"failed-writes": counter(7.0, None, 7.0)})) == []
    growing = replace(facts, trends={"failed-writes": counter(None, 2.0, 7.0)})
    assert told(growing) == [("medium", "failed-writes")]
    assert card(growing).reasons[0].n == 5


@pytest.mark.parametrize(
    ("fate", "abnormal"), [("refused", True), ("rolled-back", True), ("applied", False), ("accepted", False)]
)
def test_the_last_word_about_a_config_from_afar_counts(fate: str, abnormal: bool) -> None:
    assert bool(told(Facts(fate=FATE, now=NOW, own=words(), config=replace(TOLD, fate=fate)))) is abnormal


def test_abnormal_edges_stand_first_the_most_urgent_before_the_others() -> None:
    def named(name: str, **changed: float) -> EdgeCard:
        return card(Facts(fate=replace(FATE, edge=name), now=NOW, own=words(**changed)))

    aside = card(Facts(fate=replace(FATE, edge="e"), now=NOW, own=words(), lately=Lately("e", 0, 0, aside=1)))
    gone = card(Facts(fate=replace(FATE, edge="f"), now=NOW, lost=lost()))
    cards = [aside, gone, named("a"), named("b", stale=1.0), named("d", link_plc=0.0), named("c", link_plc=0.0)]
    assert [each.fate.edge for each in in_order(cards)] == ["f", "c", "d", "b", "e", "a"]


def test_how_long_readings_waited_is_drawn_within_a_band_of_a_minute_and_breaks_over_silence() -> None:
    trend = counter(1.0, 1.0, *[None] * 8, 1.0)
    spark = card(Facts(fate=FATE, now=NOW, own=words(), trends={"backlog-age": trend})).spark
    assert spark is not None
    assert spark.band is not None
    assert spark.paths[0].count("M") == 2


def test_words_of_edges_are_gathered_by_edge_and_a_device_that_was_taken_out_is_not_there() -> None:
    said = own_words(
        [
            own("backlog", 3),
            own("link-plc", 1),
            own("round-trip-plc", 0.02),
            own("link-old-plc", 2, ago_s=151),
            own("backlog", 9, edge="edge-fleet", ago_s=3600),
            LastValue(2, "hainan/cold-store/cold-room-2/air-1", NOW, NOW, 5.0, Quality.GOOD),
        ]
    )
    assert {name: words.count("backlog") for name, words in said.items()} == {"edge-line": 3, "edge-fleet": 9}
    (device,) = said["edge-line"].devices
    assert (device.name, device.link, device.round_trip_s, device.planned) == ("plc", 1, 0.02, None)


@pytest.mark.parametrize(
    ("form", "value", "english", "chinese"),
    [
        ("s", 0.0074, "7.4 ms", "7.4 毫秒"),
        ("s", 1.5, "1.50 s", "1.50 秒"),
        ("signed", -0.0012, "-0.001 s", "-0.001 秒"),
        ("bytes", 51e6, "51.0 MB", "51.0 MB"),
        ("span", 3700.0, "1 h 1 min", "1 小时 1 分"),
        ("n", None, "–", "–"),
    ],
)
def test_figures_are_printed_with_their_unit(form: str, value: float | None, english: str, chinese: str) -> None:
    assert (spoken(form, value, catalog("en")), spoken(form, value, catalog("zh"))) == (english, chinese)


def test_what_an_edge_does_not_tell_is_not_shown_as_zero() -> None:
    shown = {each.measure for _, group in figures(words(), catalog("en")) for each, _ in group}
    assert shown == WELL.keys() - {"link-plc"}


def test_every_measure_that_an_edge_tells_has_a_name_on_its_page() -> None:
    readme = (Path(edge.__file__).parent / "README.md").read_text(encoding="utf-8")
    table = readme.split("| measure | means | unit |")[1].split("\n\n")[0]
    told = {name for row in table.splitlines()[2:] for name in re.findall(r"`([a-z0-9-]+)`", row.split("|")[1])}
    assert {"backlog", "certificate-days"} <= told
    assert told - {each.measure for _, group in GROUPS for each in group} == set()


def test_every_reason_has_words_and_an_advice() -> None:
    source = (TEMPLATES.parent / "edgecards.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'Reason\([^"\n]*"([a-z-]+)"', source)) | {
        "clock-ahead",
        "clock-behind",
        "failed-writes",
        "reload-failures",
    }
    why, advice = (TEMPLATES / "edge-marks.html").read_text(encoding="utf-8").split("{% macro advice(code) %}")
    assert len(codes) >= 14
    assert [code for code in codes if f'"{code}"' not in why or f'"{code}"' not in advice] == []
