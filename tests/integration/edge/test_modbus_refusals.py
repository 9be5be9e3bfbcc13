"""Registers that a device refuses: they are found, told with their address and exception, and hold nobody up."""

from __future__ import annotations

from itertools import pairwise

import pytest
from pymodbus.constants import ExcCodes

from edge.drivers.modbus import refusals
from simulators.cable import Cable
from telemetry.batch import Batch
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import Notebook, running
from .modbus_plc import a_driver, a_plc, name, planned

CODES = pytest.mark.parametrize(
    ("code", "words"),
    [
        (ExcCodes.ILLEGAL_FUNCTION, "1 illegal function"),
        (ExcCodes.ILLEGAL_ADDRESS, "2 illegal data address"),
        (ExcCodes.ILLEGAL_VALUE, "3 illegal data value"),
    ],
)


@CODES
async def test_registers_that_the_device_refuses_are_found_at_once_and_the_others_are_read_together(
    notebook: Notebook, code: ExcCodes, words: str
) -> None:
    async with a_plc() as plc:
        plc.refuses, plc.refuses_with = {7, 20}, code
        driver, device = a_driver(plc.port, [(1, k) for k in range(32)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 31))) >= 1)
            assert {r.point for r in notebook.readings} == {name(1, k) for k in range(32)}  # all in the first round
            learning = len(plc.requests)
            await until(lambda: len(notebook.of(name(1, 31))) >= 4)
        for register in range(32):
            told = {(r.quality, r.value) for r in notebook.of(name(1, register)) if r.quality == Quality.GOOD}
            assert told == (set() if register in {7, 20} else {(Quality.GOOD, 100.0 + register)})
        assert [r.quality for r in notebook.of(name(1, 7))] == [Quality.BAD_CONFIGURATION]
        assert set(plc.requests[learning:]) == {(1, 0, 7), (1, 8, 12), (1, 21, 11)}
        reasons = driver.health().point_reasons
        assert reasons.keys() == {name(1, 7), name(1, 20)}
        assert f"unit 1 input 20, exception={words}" in reasons[name(1, 20)]


async def test_the_exception_travels_with_the_reading(notebook: Notebook) -> None:
    batches: list[Batch] = []

    async def keep(batch: Batch) -> None:
        batches.append(batch)

    async with a_plc() as plc:
        plc.refuses = {1}
        driver, device = a_driver(plc.port, [(1, 0), (1, 1)])
        async with running(driver.run(planned(driver, device), keep)):
            await until(lambda: len(batches) >= 1)
    assert [(r.point, batches[0].status.get(i, 0)) for i, r in enumerate(batches[0])] == [
        (name(1, 0), 0),
        (name(1, 1), 2),
    ]


async def test_a_device_that_fails_says_so_each_time_and_is_asked_again(notebook: Notebook) -> None:
    async with a_plc() as plc:
        plc.refuses, plc.refuses_with = {3}, ExcCodes.DEVICE_FAILURE
        driver, device = a_driver(plc.port, [(1, 3), (1, 30)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 3))) >= 3)
            assert {r.quality for r in notebook.of(name(1, 3))} == {Quality.BAD_DEVICE_FAILURE}
            assert "4 device failure" in driver.health().point_reasons[name(1, 3)]
            plc.refuses = set()
            await until(lambda: notebook.last(name(1, 3)).quality == Quality.GOOD)
        assert driver.health().point_reasons == {}


async def test_a_register_nobody_asked_for_that_may_not_be_read_along_costs_no_value(notebook: Notebook) -> None:
    async with a_plc() as plc:
        plc.refuses = {5}
        driver, device = a_driver(plc.port, [(1, k) for k in (0, 1, 2, 8, 9)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 9))) >= 5)
        assert {r.quality for r in notebook.readings} == {Quality.GOOD}
        assert set(plc.requests[-4:]) == {(1, 0, 3), (1, 8, 2)}
        assert plc.requests.count((1, 0, 10)) == 1  # it learns from one refusal


async def test_a_device_that_gives_less_at_once_than_its_config_says_is_read_in_smaller_pieces(
    notebook: Notebook,
) -> None:
    async with a_plc() as plc:
        plc.longest = 12
        driver, device = a_driver(plc.port, [(1, k) for k in range(32)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 31))) >= 5)
            known = len(plc.requests)
            await until(lambda: len(plc.requests) >= known + 12)
        assert {(r.point, r.value) for r in notebook.readings} == {(name(1, k), 100.0 + k) for k in range(32)}
        assert {count for _, _, count in plc.requests[known:]} == {8}


async def test_a_refused_register_is_asked_for_again_later_and_read_when_it_is_there(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "ASK_AGAIN_S", 0.4)
    async with a_plc() as plc:
        plc.refuses = {1}
        driver, device = a_driver(plc.port, [(1, k) for k in range(3)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: plc.requests.count((1, 1, 1)) >= 3)
            assert plc.requests.count((1, 0, 1)) > plc.requests.count((1, 1, 1))  # not in every round
            plc.refuses = set()
            await until(lambda: notebook.last(name(1, 1)).quality == Quality.GOOD)
            known = len(plc.requests)
            await until(lambda: len(plc.requests) >= known + 2)
        assert plc.requests[-1] == (1, 0, 3)  # together again
        assert driver.health().point_reasons == {}


async def test_an_area_that_is_refused_as_a_whole_is_asked_for_again_a_few_places_a_round(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "ASK_AGAIN_S", 0.3)
    monkeypatch.setattr(refusals, "AGAIN_A_ROUND", 3)
    async with a_plc() as plc:
        plc.refuses = set(range(20))
        driver, device = a_driver(plc.port, [(1, k) for k in (*range(20), 30)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 30))) >= 2)
            learned = len(plc.requests)
            await until(lambda: all(plc.requests[learned:].count((1, k, 1)) >= 2 for k in range(20)))
        rounds = [i for i, asked in enumerate(plc.requests) if i >= learned and asked == (1, 30, 1)]
        assert max(b - a for a, b in pairwise(rounds)) == 1 + 3


async def test_what_is_refused_is_remembered_when_the_connection_was_lost(notebook: Notebook, cable: Cable) -> None:
    async with a_plc() as plc:
        plc.refuses = {1}
        cable.lead_to("127.0.0.1", plc.port)
        driver, device = a_driver(cable.port, [(1, 0), (1, 1)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 0))) >= 3)
            cable.cut("story")
            await until(lambda: notebook.last(name(1, 1)).quality == Quality.BAD_NO_COMMUNICATION)
            cable.mend("story")
            await until(lambda: notebook.last(name(1, 0)).quality == Quality.GOOD, 30)
            await until(lambda: notebook.last(name(1, 1)).quality == Quality.BAD_CONFIGURATION)
        assert plc.requests.count((1, 1, 1)) == 1
        told = [Quality.BAD_CONFIGURATION, Quality.BAD_NO_COMMUNICATION, Quality.BAD_CONFIGURATION]
        assert [r.quality for r in notebook.of(name(1, 1))] == told
