"""Ids, names and questions of EPCIS events, against known answers.

The ids in tests/golden/epcis/events.json are those of GS1's reference, `epcis-event-hash-generator` 1.9.3.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.epcis.identity import event_id
from gateway.epcis.naming import Naming, NotABase, NotAGtin, check_digit, naming_of
from gateway.epcis.question import QueryParameterUnknown, QueryParameterWrong, read_question

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[2] / "golden/epcis/events.json").read_text("utf-8"))
EVENTS: list[dict[str, Any]] = GOLDEN["epcisBody"]["eventList"]
NAMESPACES = {"isotherm": "https://id.example.invalid/voc/"}
WARM = {"type": "Temperature", "value": 8.0, "uom": "CEL"}


@pytest.mark.parametrize("event", EVENTS, ids=[f"{e['bizStep']}-{n}" for n, e in enumerate(EVENTS)])
def test_an_id_is_the_one_that_the_reference_makes(event: dict[str, Any]) -> None:
    assert event_id(event, NAMESPACES) == event["eventID"]


@given(st.sampled_from(EVENTS), st.randoms(use_true_random=False))
def test_neither_order_nor_what_is_said_of_the_event_changes_its_id(event: dict[str, Any], chance: Any) -> None:
    again = json.loads(json.dumps(event))
    for name in ("quantityList", "sensorElementList"):
        chance.shuffle(again.get(name, []))
    for element in again.get("sensorElementList", []):
        chance.shuffle(element["sensorReport"])
    names = list(again)
    chance.shuffle(names)
    told = {name: again[name] for name in names}
    told |= {"recordTime": "2026-02-01T00:00:00.000Z", "errorDeclaration": {"declarationTime": "2026-02-01T00:00:00Z"}}
    assert event_id(told, NAMESPACES) == event["eventID"]


@given(st.sampled_from(EVENTS), st.data())
def test_any_other_fact_makes_another_id(event: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["eventTime", "bizStep", "disposition", "eventTimeZoneOffset", "action"]))
    assert event_id(event | {name: "another"}, NAMESPACES) != event["eventID"]


def test_a_lot_has_a_gs1_name_only_where_its_item_has_a_gtin() -> None:
    naming = naming_of("https://ids.example.com/", "FG-PEN=09506000134352, FG-KIT = 00614141123452")
    assert naming.lot("FG-PEN", "PEN/1") == "https://id.gs1.org/01/09506000134352/10/PEN%2F1"
    assert naming.lot("RM", "A 1") == "https://ids.example.com/items/RM/lots/A%201"
    assert naming_of("", "").lot("RM", "1") == "https://id.example.invalid/items/RM/lots/1"


@pytest.mark.parametrize("gtin", ["09506000134353", "9506000134352", "0950600013435X", "", "０9506000134352"])
def test_no_gtin_is_taken_that_is_none(gtin: str) -> None:
    with pytest.raises(NotAGtin):
        Naming(gtins={"FG-PEN": gtin})


@pytest.mark.parametrize("base", ["https://ids.example.com", "ids.example.com/", "ftp://x/", "https:///"])
def test_no_address_is_taken_that_is_none(base: str) -> None:
    with pytest.raises(NotABase):
        Naming(base)


def test_the_check_digit_is_that_of_the_specifications() -> None:
    assert check_digit("629104150021") == "3"  # GS1's own example of a GTIN-13
    assert check_digit("0950600013435") == "2"


def test_a_value_is_found_in_any_unit_of_temperature() -> None:
    def holds(name: str, figure: str) -> bool:
        event = {"sensorElementList": [{"sensorReport": [WARM]}]}
        return read_question([(name, figure)]).matches(event)

    assert holds("EQ_value_CEL", "8")
    assert holds("EQ_value_KEL", "281.15")
    assert holds("EQ_value_FAH", "46.4")
    assert not holds("GT_value_KEL", "281.15")
    assert holds("LE_value_KEL", "281.15")
    assert not holds("EQ_value_P1", "8")
    assert not holds("EQ_maxValue_CEL", "8")


@given(st.floats(-90, 90), st.floats(-90, 90))
def test_a_comparison_in_kelvin_is_one_in_celsius(value: float, asked: float) -> None:
    event = {"sensorElementList": [{"sensorReport": [WARM | {"value": value}]}]}
    near = abs(value - asked) < 1e-6
    for compare in ("GE", "LT"):
        celsius = read_question([(f"{compare}_value_CEL", repr(asked))]).matches(event)
        kelvin = read_question([(f"{compare}_value_KEL", repr(asked + 273.15))]).matches(event)
        assert celsius == kelvin or near


def test_conditions_on_reports_hold_in_one_report() -> None:
    cold = {"type": "Temperature", "value": 3.0, "uom": "CEL"}
    event = {"sensorElementList": [{"sensorReport": [WARM, cold]}, {"sensorReport": [cold]}]}
    assert read_question([("GE_value_CEL", "7"), ("EQ_type", "Temperature")]).matches(event)
    assert not read_question([("GT_value_CEL", "4"), ("LT_value_CEL", "7")]).matches(event)
    assert not read_question([("EQ_exception", "ALARM_CONDITION")]).matches(event)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("EQ_bizsteps", "holding", QueryParameterUnknown),
        ("GE_value_CEL", "eight", QueryParameterWrong),
        ("GE_value_CEL", "nan", QueryParameterWrong),
        ("GE_eventTime", "2026-01-15T01:00:00", QueryParameterWrong),
        ("GE_eventTime", "2026-01-15T01:00:00Z|2026-01-16T01:00:00Z", QueryParameterWrong),
        ("GE_eventTime", "", QueryParameterWrong),
    ],
)
def test_what_can_not_be_asked_is_said(name: str, value: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_question([(name, value)])


def test_the_golden_events_are_different() -> None:
    ids = sorted(event["eventID"] for event in EVENTS)
    assert all(one != other for one, other in pairwise(ids))
