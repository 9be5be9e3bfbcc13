"""Words of failures: those that come with the program, and those that a plant folder adds and takes back."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mes.maintenance import codes
from mes.maintenance.codes import FailureCodeUnknown
from mes.plant.apply import apply, difference
from mes.plant.check import read_plant
from telemetry.work import Work

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"


async def problems(work: Work) -> set[str]:
    return {each.code for each in (await codes.failure_codes(work))["problem"]}


async def test_a_plant_adds_words_of_its_own_and_takes_them_back(work: Work) -> None:
    before, model = await problems(work), read_plant(DEMO)
    await apply(work, model, "test")
    assert await problems(work) == before | {"needle_blocked"}
    await codes.demand_codes(work, {"problem_code": "needle_blocked", "cause_code": "ice_on_seal"})
    with pytest.raises(FailureCodeUnknown):
        await codes.demand_codes(work, {"cause_code": "needle_blocked"})
    assert await difference(work, model) == []
    without = dataclasses.replace(model, failure_codes=())
    changes = await apply(work, without, "test")
    assert {(each.entity, each.action, each.key) for each in changes} == {
        ("failure_code", "retire", "problem/needle_blocked"),
        ("failure_code", "retire", "cause/ice_on_seal"),
    }
    assert await problems(work) == before, "words of the program stay"
