"""What was found at an exception is read in words, with units, in the reader's language."""

from __future__ import annotations

from dashboards.findings import told
from dashboards.language import catalog
from dashboards.words import WORDS

GAP = {"tag": "line/room", "n": 0, "min": None, "mean": None, "unit": "Cel", "gap_s": 150.0, "coverage_pct": 2.5}


def test_a_value_beyond_its_limits_is_told_with_its_unit() -> None:
    said = {"step": "ph", "name": "sample-2", "value": "7.9", "unit": "g", "note": "", "alert_high": "7.7", "high": "8"}
    assert told(said, catalog("en")) == [
        ("Which value", "2"),
        ("Value", "7.9 g"),
        ("Upper alert limit", "7.7 g"),
        ("Upper action limit", "8 g"),
    ]
    assert told(said, catalog("zh"))[2:] == [("警戒上限", "7.7 g"), ("行动上限", "8 g")]


def test_a_gap_is_told_in_minutes_and_what_is_unknown_is_left_out() -> None:
    assert told(GAP | {"low": "2"}, catalog("en")) == [
        ("Point", "line/room"),
        ("Readings in the window", "0"),
        ("Time that is unknown", "2 min 30 s"),
        ("Time that is known", "2.5 %"),
        ("Lower action limit", "2 °C"),
    ]


def test_codes_are_words() -> None:
    said = {"operation": "fill", "status": "under_maintenance"}
    assert told(said, catalog("en")) == [("Operation", "fill"), ("Machine's status", "Under maintenance")]
    assert told({"late_min": 16.5}, catalog("zh")) == [("补录延迟", "16.5 分")]


def test_every_word_has_its_chinese() -> None:
    assert [w for w in WORDS["exception_fact"].values() if catalog("zh").gettext(w) == w] == []
