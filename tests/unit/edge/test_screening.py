"""Screening: what a point keeps to itself, and what it never does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from edge.screening.config import RAW, Rule, Screening
from edge.screening.screening import Screen
from telemetry.batch import Batch, Reading, batch_of
from telemetry.quality import Quality

CASES = json.loads((Path(__file__).parents[2] / "golden" / "screening" / "cases.json").read_text())
T0, S = 1_768_440_000_000_000, 1_000_000
POINT = "hainan/cold-store/freezer-1/air-1"


class Notes:
    """What went on."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    async def sink(self, batch: Batch) -> None:
        self.readings.extend(batch)

    @property
    def values(self) -> list[float]:
        return [reading.value for reading in self.readings]


def at(second: float, value: float, quality: int = Quality.GOOD, point: str = POINT) -> Reading:
    us = T0 + round(second * S)
    return Reading(point, us, us, value, quality)


def rule(limits: Sequence[float] = (), **screening: Any) -> Rule:
    return Rule(Screening.model_validate(screening), tuple(limits))


@pytest.mark.parametrize("case", CASES, ids=[case["story"] for case in CASES])
async def test_known_answers(case: dict[str, Any]) -> None:
    notes = Notes()
    screen = Screen(notes.sink, lambda _: rule(case.get("limits", ()), **case["screening"]))
    names = {q.name.lower(): q for q in Quality}
    came = [at(second, value, names[quality]) for second, value, quality in case["came"]]
    await screen.sink(batch_of(came))
    assert [[(r.device_us - T0) / S, r.value] for r in notes.readings] == case["goes_on"]


async def test_a_point_in_raw_mode_costs_nothing_and_its_batch_is_handed_on_as_it_is() -> None:
    handed: list[Batch] = []

    async def sink(batch: Batch) -> None:
        handed.append(batch)

    batch = batch_of([at(k, 5.0) for k in range(100)])
    await Screen(sink, lambda _: RAW).sink(batch)
    assert handed[0] is batch


async def test_screened_and_raw_points_of_one_batch_keep_their_order() -> None:
    notes = Notes()
    screen = Screen(notes.sink, lambda name: RAW if name.endswith("raw") else rule(mode="deadband", absolute=1))
    raw = "hainan/a/b/raw"
    await screen.sink(batch_of([at(0, 5.0), at(0, 5.0, point=raw), at(1, 5.1), at(1, 5.1, point=raw), at(2, 7.0)]))
    assert [(r.point, r.value) for r in notes.readings] == [(POINT, 5.0), (raw, 5.0), (raw, 5.1), (POINT, 7.0)]
    assert (screen.taken, screen.passed, screen.held, screen.screened) == (5, 4, 0, 1)


async def test_a_claimed_time_and_a_status_go_with_a_reading_that_was_held_back() -> None:
    handed: list[Batch] = []

    async def sink(batch: Batch) -> None:
        handed.append(batch)

    screen = Screen(sink, lambda _: rule(mode="swinging-door", deviation=1))
    plain = batch_of([at(0, 5.0), at(1, 5.0)])
    columns = (plain.point, plain.device_us, plain.received_us, plain.value, plain.quality)
    await screen.sink(Batch(plain.points, *columns, {1: 42}, {1: 0x80AB0000}))
    await screen.sink(batch_of([at(2, 9.0)]))
    assert (handed[1].claimed_us, handed[1].status) == ({0: 42}, {0: 0x80AB0000})


async def test_a_reading_held_back_goes_on_when_its_device_falls_silent() -> None:
    notes = Notes()
    screen = Screen(notes.sink, lambda _: rule(mode="deadband", absolute=1, max_interval_s=60))
    await screen.sink(batch_of([at(0, 5.0), at(20, 5.2)]))
    await screen.let_go_overdue(T0 + 59 * S)
    assert notes.values == [5.0]
    await screen.let_go_overdue(T0 + 60 * S)
    await screen.let_go_overdue(T0 + 600 * S)
    assert notes.values == [5.0, 5.2]


async def test_a_point_with_another_rule_begins_anew_and_the_end_of_its_line_goes_on() -> None:
    notes, rules = (
        Notes(),
        {POINT: rule(mode="swinging-door", deviation=1), "a/b/c/d": rule(mode="deadband", absolute=1)},
    )
    screen = Screen(notes.sink, rules.__getitem__)
    for k in range(3):
        await screen.sink(batch_of([at(k, 5.0), at(k, 7.0, point="a/b/c/d")]))
    rules[POINT] = rule(mode="deadband", absolute=1)
    await screen.change()
    await screen.sink(batch_of([at(3, 5.0), at(3, 7.0, point="a/b/c/d")]))
    assert [(r.device_us - T0) // S for r in notes.readings if r.point == POINT] == [0, 2, 3]
    assert [(r.device_us - T0) // S for r in notes.readings if r.point != POINT] == [0]


async def test_after_a_restart_the_first_reading_goes_on() -> None:
    notes = Notes()
    for k in range(2):
        await Screen(notes.sink, lambda _: rule(mode="deadband", absolute=1)).sink(batch_of([at(k, 5.0)]))
    assert notes.values == [5.0, 5.0]
