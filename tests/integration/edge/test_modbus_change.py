"""A Modbus plan changes while a unit is silent or a request is out: what is wrong in the old one haunts nobody."""

from __future__ import annotations

import pytest

from edge.drivers.modbus import probes
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import Notebook, running
from .modbus_plc import GROUPS, Asked, a_bare_plc, a_driver, name, own_addresses, planned


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes come more often than in a plant."""
    monkeypatch.setattr(probes, "FIRST_S", 0.3)
    monkeypatch.setattr(probes, "LONGEST_S", 0.5)


def silent_at_30(asked: Asked) -> bytes | None:
    """A device that meets a register it does not have with silence."""
    return None if asked.address <= 30 < asked.address + asked.count else own_addresses(asked)


async def test_a_unit_that_an_address_of_the_old_plan_made_silent_is_read_by_the_new_one(notebook: Notebook) -> None:
    async with a_bare_plc() as plc:
        plc.answer = silent_at_30
        driver, device = a_driver(plc.port, [(1, 30)], timeout_s=0.1)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: driver.health().link == "lost")
            await driver.change(planned(*a_driver(plc.port, [(1, 7)])))
            await until(lambda: notebook.of(name(1, 7)) != [] and notebook.last(name(1, 7)).quality == Quality.GOOD, 5)
        assert notebook.last(name(1, 7)).value == 7.0


async def test_one_address_that_is_met_with_silence_does_not_take_the_whole_unit_away_for_ever(
    notebook: Notebook,
) -> None:
    async with a_bare_plc() as plc:
        plc.answer = silent_at_30
        driver, device = a_driver(plc.port, [(1, 7), (1, 30)], timeout_s=0.1)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: Quality.BAD_NO_COMMUNICATION in {r.quality for r in notebook.of(name(1, 7))})
            before = len(notebook.of(name(1, 7)))
            await until(lambda: len(notebook.of(name(1, 7))) > before, 5)
        assert {r.value for r in notebook.of(name(1, 7)) if r.quality == Quality.GOOD} == {7.0}


async def test_an_address_that_a_device_meets_by_hanging_up_does_not_take_other_units_away(notebook: Notebook) -> None:
    async with a_bare_plc() as plc:
        plc.hangs_up = lambda asked: asked.unit == 2
        driver, device = a_driver(plc.port, [(1, 7), (2, 8), (3, 9)], timeout_s=0.2)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(3, 9))) >= 20, 5)
        assert [r.quality for r in notebook.of(name(2, 8))] == [Quality.BAD_NO_COMMUNICATION]
        for unit, register in ((1, 7), (3, 9)):
            assert {(r.value, r.quality) for r in notebook.of(name(unit, register))} == {
                (float(register), Quality.GOOD)
            }


async def test_an_answer_that_was_under_way_when_the_plan_changed_is_no_value_of_a_point_that_moved_or_went(
    notebook: Notebook,
) -> None:
    async with a_bare_plc() as plc:
        driver, device = a_driver(plc.port, [(1, 7), (1, 8), (1, 9)], timeout_s=2)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 9))) >= 2)
            plc.go.clear()
            asked = len(plc.asked)
            await until(lambda: len(plc.asked) > asked)
            before = len(notebook.of(name(1, 8)))
            moved = device.points[0].model_copy(update={"address": 30})
            await driver.change(driver.plan([moved, device.points[2]], GROUPS))
            at, others = len(notebook.of(name(1, 7))), len(notebook.of(name(1, 9)))
            plc.go.set()
            await until(lambda: len(notebook.of(name(1, 9))) > others + 1)
        assert len(notebook.of(name(1, 8))) == before
        assert {reading.value for reading in notebook.of(name(1, 7))[at:]} == {30.0}
