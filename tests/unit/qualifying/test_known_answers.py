"""`isotherm qualify` asks every known answer of the cold chain, and sees one that is not as it must be (point d10).

Where the points of the cold chain's ten demands are shown, each with the story to read first:

    d1  never miss, never invent: models/test_limits (E1 to E10), test_b4_a_buffer_delivers_an_excursion_into_a_gap
    d2  status, alarm, excursion apart: watch/test_whole_policies, watch/test_times_that_add_up
    d3  silence is an alarm: watch/test_episodes_and_alarms, watch/test_what_lasts, epcis/test_silence_and_sums (b8)
    d4  people are called: notify/, plant/test_ladders_in_a_folder, notify/test_people_at_run_time
    d5  Part 11 by construction: integration/audit/, integration/people/
    d6  policy packs: unit/policies/test_packs, integration/policies/test_changes
    d7  the right MKT: models/test_kinetics (M1 to M14), models/test_worst_window, models/test_assessment
    d8  lots, not rooms: models/test_exposure (b7), integration/mes/stability/, integration/epcis/
    d9  told before: models/test_forecast (b6), models/test_kinetics (b5), integration/mes/forecast/
    d10 the installation proves itself: this module, qualifying/test_on_site, integration/mapping/, integration/sensors/
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import inf
from typing import Any

import pytest

from gateway.epcis.events import Language
from isotherm.qualifying import program
from isotherm.qualifying.answers import Answer, Part, is_same, said
from isotherm.qualifying.installed import PROGRAM, program_facts
from isotherm.qualifying.protocol import Protocol, as_json
from models.kinetics import mean_kinetic_c

VECTORS = {f"M{n}" for n in range(1, 15)} | {f"E{n}" for n in (1, 2, 3, 4, 5, 6, 9, 10)}
NOW = datetime(2026, 1, 15, 1, tzinfo=UTC)


def a_protocol(*answers: Answer) -> Protocol:
    return Protocol(made_at=NOW, made_by="engineer", program=program_facts(), database=None, answers=answers)


def test_every_vector_is_asked_and_the_program_knows_it() -> None:
    answers = list(program.program_answers())
    assert [f"{a.id}: {a.found}" for a in answers if not a.passed] == []
    ids = [a.id for a in answers]
    assert len(set(ids)) == len(ids)
    assert set(ids) >= VECTORS
    assert {a.part for a in answers} == set(Part) - {Part.INSTALLED, Part.DATABASE}
    assert {f"b{n}" for n in range(3, 10)} <= {id_.partition(" ")[0] for id_ in ids}


def test_a_program_that_averages_without_time_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def unweighted(value: list[float], weight: list[float]) -> float:
        return mean_kinetic_c(value, [1.0] * len(weight))

    monkeypatch.setattr("isotherm.qualifying.program.mean_kinetic_c", unweighted)
    failed = {a.id for a in program.program_answers() if not a.passed}
    assert {"M2", "M5", "M9"} <= failed
    assert not failed & {"E1", "b6 fit", "M1", "M12"}


def test_an_event_that_says_a_thing_twice_or_takes_silence_for_good_does_not_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def careless(_: Language, metadata: dict[str, str], __: str) -> dict[str, Any]:
        report = {"type": "Temperature", "deviceID": metadata["deviceID"], "exception": "ALARM_CONDITION"}
        return {"sensorMetadata": metadata, "sensorReport": [report]}

    monkeypatch.setattr(Language, "_unknown", careless)
    assert {a.id for a in program.program_answers() if not a.passed} == {"b8 silence", "b8 said once"}


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        (5.0, 5.00004, True),
        (5.0, 5.00006, False),
        (inf, inf, True),
        (inf, 1e300, False),
        (None, None, True),
        (None, 0, False),
        (1, True, False),
        ([("high", 5, None)], [("high", 5.0, None)], True),
        ([("high", 5, None)], [], False),
        ("abc", ["a", "b", "c"], False),
    ],
)
def test_answers_are_compared_number_by_number(expected: object, found: object, same: bool) -> None:
    assert is_same(expected, found, 5e-5) is same


def test_a_protocol_says_what_is_installed_and_carries_the_digest_of_all_that_it_says() -> None:
    right = Answer(id="E1", part=Part.EPISODES, expected=1, found=1)
    wrong = Answer(id="E2", part=Part.EPISODES, expected=(1, None), found=(2, None))
    told = json.loads(as_json(a_protocol(right, wrong)))
    assert (told["passed"], [a["passed"] for a in told["answers"]]) == (False, [True, False])
    assert told["answers"][1]["found"] == said((2, None)) == "(2, –)"
    assert set(told["program"]["sha256"]) == set(PROGRAM)
    assert all(len(digest) == 64 for digest in told["program"]["sha256"].values())
    assert json.loads(as_json(a_protocol(right)))["sha256"] != told["sha256"]
    assert a_protocol(right).passed
    assert not a_protocol().passed  # nothing asked is nothing proved
