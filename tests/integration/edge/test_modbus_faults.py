"""What goes wrong between an edge and Modbus devices: silent units, cuts, holes, late answers. Nobody else suffers."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from pymodbus.constants import ExcCodes

from edge.drivers.modbus import probes
from edge.drivers.modbus.line import Line
from edge.drivers.modbus.planner import requests
from edge.strict import Group
from simulators.cable import Cable
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import Notebook, running
from .modbus_plc import Asked, a_bare_plc, a_device, a_driver, a_plc, name, own_addresses, planned

FRAMINGS = pytest.mark.parametrize("framing", ["tcp", "rtu"])


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes come more often than in a plant."""
    monkeypatch.setattr(probes, "FIRST_S", 0.3)
    monkeypatch.setattr(probes, "LONGEST_S", 0.5)


def qualities(notebook: Notebook, point: str) -> list[int]:
    """Qualities in their order, each once until it changes, and bad ones as often as they were told."""
    told = [r.quality for r in notebook.of(point)]
    return [q for i, q in enumerate(told) if i == 0 or q != told[i - 1] or q != Quality.GOOD]


async def test_a_dead_unit_on_the_bus_goes_bad_once_and_does_not_delay_the_others(notebook: Notebook) -> None:
    async with a_plc(units=(1, 2, 3)) as plc:
        plc.dead = {2}
        driver, device = a_driver(plc.port, [(1, 0), (2, 0), (2, 30), (3, 0)], timeout_s=1)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(3, 0))) >= 10)
            steps = [b.received_us - a.received_us for a, b in pairwise(notebook.of(name(3, 0)))]
            assert max(steps) < 900_000  # a time-out is a second: none fell between two rounds
            first = notebook.of(name(3, 0))[0].received_us - notebook.of(name(1, 0))[0].received_us
            assert first < 1_900_000  # it cost one time-out, though the unit has two requests in a round
            assert [r.quality for k in (0, 30) for r in notebook.of(name(2, k))] == [Quality.BAD_NO_COMMUNICATION] * 2
            assert {r.quality for r in notebook.of(name(1, 0))} == {Quality.GOOD}
            assert driver.health().link == "degraded"
            assert driver.health().point_reasons.keys() == {name(2, 0), name(2, 30)}
            plc.dead = set()
            await until(lambda: notebook.last(name(2, 30)).quality == Quality.GOOD)
            await until(lambda: driver.health().link == "connected")
            await until(lambda: plc.open == 1)  # the connection for probing is given back
        assert driver.health().point_reasons == {}


async def test_a_unit_that_misses_an_answer_now_and_then_is_asked_again_before_it_counts_as_dead(
    notebook: Notebook,
) -> None:
    async with a_bare_plc() as plc:
        misses = {4, 5, 9, 10, 11}

        def forgetful(asked: Asked) -> bytes | None:
            return None if len(plc.asked) in misses else own_addresses(asked)

        plc.answer = forgetful
        driver, device = a_driver(plc.port, [(1, 7)], timeout_s=0.15, degrade_after=3)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(plc.asked) > 8)
            assert {r.quality for r in notebook.readings} == {Quality.GOOD}  # two in a row are forgiven
            await until(lambda: notebook.last(name(1, 7)).quality != Quality.GOOD)
            assert qualities(notebook, name(1, 7)) == [Quality.GOOD, Quality.BAD_NO_COMMUNICATION]
            await until(lambda: notebook.last(name(1, 7)).quality == Quality.GOOD)


async def test_a_unit_that_is_not_given_up_yet_costs_one_time_out_a_round(notebook: Notebook) -> None:
    async with a_bare_plc() as plc:
        plc.answer = lambda asked: None if asked.unit == 2 else own_addresses(asked)
        registers = [(1, 7), (2, 0), (2, 20), (2, 40)]
        driver, device = a_driver(plc.port, registers, timeout_s=0.1, degrade_after=3)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: notebook.of(name(2, 40)) != [])
        assert [asked.unit for asked in plc.asked][:6] == [1, 2, 1, 2, 1, 2]


async def test_a_unit_that_lives_again_makes_the_others_be_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_bare_plc() as plc:
        device = a_device(plc.port, [(1, 7), (2, 8)])
        one, other = requests(device.points, device.limits_of)
        waiting = probes.Probes(Line(device), None, 1)
        waiting.want((one, other))
        for request, first_s in ((other, 600.0), (one, 0.05)):
            monkeypatch.setattr(probes, "FIRST_S", first_s)
            monkeypatch.setattr(probes, "LONGEST_S", first_s)
            waiting.give_up(request)
            await asyncio.sleep(0)  # its task takes up the patience that is set now
        assert set(waiting.silent) == {1, 2}
        await until(lambda: not waiting.silent, 10)
        await waiting.stop()


async def test_a_gateways_word_that_nobody_is_behind_it_counts_as_silence(notebook: Notebook, soon: None) -> None:
    async with a_plc(units=(1, 2)) as plc:
        plc.dead, plc.gateway_says = {2}, ExcCodes.GATEWAY_NO_RESPONSE
        driver, device = a_driver(plc.port, [(1, 0), (2, 0)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 0))) >= 10)
            assert [r.quality for r in notebook.of(name(2, 0))] == [Quality.BAD_NO_COMMUNICATION]
            assert "11 gateway target does not answer" in driver.health().point_reasons[name(2, 0)]
            plc.dead = set()
            await until(lambda: notebook.last(name(2, 0)).quality == Quality.GOOD)


async def test_after_a_cut_every_point_is_bad_once_and_then_comes_back(notebook: Notebook, cable: Cable) -> None:
    async with a_plc() as plc:
        cable.lead_to("127.0.0.1", plc.port)
        driver, device = a_driver(cable.port, [(1, 0), (1, 30)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 4)
            cable.cut("story")
            refused = cable.refused
            await until(lambda: cable.refused >= refused + 2, 20)
            assert driver.health().link == "lost"
            cable.mend("story")
            await until(lambda: all(notebook.last(name(1, k)).quality == Quality.GOOD for k in (0, 30)), 30)
        for register in (0, 30):
            told = [Quality.GOOD, Quality.BAD_NO_COMMUNICATION, Quality.GOOD]
            assert qualities(notebook, name(1, register)) == told


async def test_in_a_hole_every_point_of_every_unit_is_bad_once_and_all_come_back_together(
    notebook: Notebook, cable: Cable, soon: None
) -> None:
    async with a_plc(units=(1, 2, 3)) as plc:
        cable.lead_to("127.0.0.1", plc.port)
        registers = [(unit, k) for unit in (1, 2, 3) for k in (0, 30)]
        driver, device = a_driver(cable.port, registers)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 12)
            cable.hole("story")
            await until(lambda: all(notebook.last(name(*r)).quality != Quality.GOOD for r in registers))
            await until(lambda: driver.health().link == "lost")
            cable.fill("story")
            await until(lambda: all(notebook.last(name(*r)).quality == Quality.GOOD for r in registers))
        for unit, register in registers:
            told = [Quality.GOOD, Quality.BAD_NO_COMMUNICATION, Quality.GOOD]
            assert qualities(notebook, name(unit, register)) == told
            assert {r.value for r in notebook.of(name(unit, register)) if r.value > 0} == {100.0 * unit + register}


async def test_a_device_that_meets_a_request_by_closing_the_connection_is_connected_to_again_without_a_gap(
    notebook: Notebook,
) -> None:
    async with a_bare_plc() as plc:
        plc.patience = 2
        driver, device = a_driver(plc.port, [(1, 7)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 5)
        assert {(r.value, r.quality) for r in notebook.readings} == {(7.0, Quality.GOOD)}
        assert plc.connections >= 3


@FRAMINGS
async def test_an_answer_that_comes_after_its_time_out_is_never_taken_for_the_next(
    notebook: Notebook, framing: str
) -> None:
    """Two registers of one unit in turn: an answer of either has the form of the other's."""
    groups = {"one": Group(period_s=0.2), "other": Group(period_s=0.2, phase_s=0.1)}
    async with a_bare_plc(framing) as plc:
        driver, device = a_driver(plc.port, [(1, 7), (1, 30)], framing=framing, timeout_s=0.25, degrade_after=100)
        points = [p.model_copy(update={"group": g}) for p, g in zip(device.points, groups, strict=True)]
        async with running(driver.run(driver.plan(points, groups), notebook.sink)):
            for _ in range(3):
                good = len(notebook.readings)
                await until(lambda good=good: len(notebook.readings) >= good + 4)  # type: ignore[misc]
                plc.go.clear()
                connected = plc.connections
                await until(lambda before=connected: plc.connections > before)  # type: ignore[misc]
                plc.go.set()  # the answer given up comes down the line, on the connection that was made since
        assert len(plc.asked) > len(notebook.readings)
        for register in (7, 30):
            assert {r.value for r in notebook.of(name(1, register))} == {float(register)}


async def test_where_a_device_takes_one_connection_only_a_dead_unit_is_still_found_alive(
    notebook: Notebook, soon: None
) -> None:
    async with a_bare_plc() as plc:
        dead, plc.most = {2}, 1
        plc.answer = lambda asked: None if asked.unit in dead else own_addresses(asked)
        driver, device = a_driver(plc.port, [(1, 7), (2, 8)], timeout_s=0.1)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: sum(asked.unit == 2 for asked in plc.asked) >= 3)
            dead.clear()
            await until(lambda: notebook.last(name(2, 8)).quality == Quality.GOOD)
        assert {r.quality for r in notebook.of(name(1, 7))} == {Quality.GOOD}


async def test_on_a_serial_line_a_bent_frame_gives_no_value(notebook: Notebook) -> None:
    async with a_bare_plc("rtu") as plc:
        driver, device = a_driver(plc.port, [(1, 7)], framing="rtu", timeout_s=0.1, degrade_after=100)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 2)
            plc.raw = lambda frame: frame[:4] + bytes([frame[4] ^ 1]) + frame[5:]
            sent = plc.sent
            await until(lambda: plc.sent >= sent + 3)
            plc.raw = bytes
            good = len(notebook.readings)
            await until(lambda: len(notebook.readings) >= good + 2)
        assert {r.value for r in notebook.readings} == {7.0}
        assert plc.sent > len(notebook.readings)


async def test_on_a_serial_line_a_dead_unit_is_probed_over_the_one_connection(notebook: Notebook, soon: None) -> None:
    async with a_bare_plc("rtu") as plc:
        dead = {2}
        plc.answer = lambda asked: None if asked.unit in dead else own_addresses(asked)
        driver, device = a_driver(plc.port, [(1, 7), (2, 8)], framing="rtu", timeout_s=0.1)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: sum(asked.unit == 2 for asked in plc.asked) >= 3)
            assert [r.quality for r in notebook.of(name(2, 8))] == [Quality.BAD_NO_COMMUNICATION]
            dead.clear()
            await until(lambda: notebook.last(name(2, 8)).quality == Quality.GOOD)
        assert {r.quality for r in notebook.of(name(1, 7))} == {Quality.GOOD}
