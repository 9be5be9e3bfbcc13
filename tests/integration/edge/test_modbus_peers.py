"""The driver against a Modbus server that is not made with the library the driver uses: npm's modbus-serial."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from simulators.cable import Cable
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import Notebook, running
from .modbus_plc import a_driver, name, planned

PEERS = Path(__file__).parents[2] / "peers"
FRAMINGS = pytest.mark.parametrize("framing", ["tcp", "rtu"])


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Where modbus-serial listens, by framing."""
    if not (PEERS / "node_modules").exists():
        pytest.fail("modbus-serial is not installed: run `npm ci` in tests/peers, or `make test`")
    ours = Path(sysconfig.get_path("scripts")) / "node"
    node = str(ours) if ours.exists() else shutil.which("node") or "node"
    with subprocess.Popen([node, "modbus.js"], cwd=PEERS, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                pytest.fail(f"modbus-serial did not start: exit code {process.wait(10)}")
            yield json.loads(line)
        finally:
            process.terminate()


def value(unit: int, register: int) -> float:
    return float((1000 * unit + register) % 65_536)


@FRAMINGS
async def test_a_thousand_registers_of_three_units_keep_their_names(
    notebook: Notebook, ports: dict[str, int], framing: str
) -> None:
    registers = [(unit, 1000 + k) for unit in (1, 2, 3) for k in range(334)]
    driver, device = a_driver(ports[framing], registers, framing=framing)
    async with running(driver.run(planned(driver, device), notebook.sink)):
        await until(lambda: len(notebook.readings) >= 2 * len(registers))
    found = {(r.point, r.value, r.quality) for r in notebook.readings}
    assert found == {(name(u, k), value(u, k), Quality.GOOD) for u, k in registers}
    assert driver.health().requests_planned == 9


@FRAMINGS
async def test_all_areas_types_and_bits_are_read(notebook: Notebook, ports: dict[str, int], framing: str) -> None:
    points = [
        {"point": "a/b/c/coil", "area": "coil", "address": 9, "group": "fast"},
        {"point": "a/b/c/switch", "area": "discrete", "address": 10, "group": "fast"},
        {"point": "a/b/c/long", "area": "holding", "address": 7, "type": "uint32", "order": "CDAB", "group": "fast"},
        {"point": "a/b/c/field", "area": "input", "address": 7, "type": "uint16", "bits": [3, 6], "group": "fast"},
    ]
    driver, device = a_driver(ports[framing], [], framing=framing, points=points)
    async with running(driver.run(planned(driver, device), notebook.sink)):
        await until(lambda: len(notebook.readings) >= 4)
    values = {r.point[-4:]: r.value for r in notebook.readings}
    assert values == {"coil": 1.0, "itch": 0.0, "long": float(1008 << 16 | 1007), "ield": float(1007 >> 3 & 0b1111)}


@FRAMINGS
async def test_a_refused_register_a_failed_unit_and_a_silent_one_hold_nobody_up(
    notebook: Notebook, ports: dict[str, int], framing: str
) -> None:
    registers = [*((1, k) for k in range(490, 510)), (8, 1), (9, 1), (9, 100), (3, 1)]
    driver, device = a_driver(ports[framing], registers, framing=framing)
    async with running(driver.run(planned(driver, device), notebook.sink)):
        await until(lambda: len(notebook.of(name(3, 1))) >= 8)
        reasons = driver.health().point_reasons
    assert reasons.keys() == {name(1, 500), name(8, 1), name(9, 1), name(9, 100)}
    assert {r.quality for r in notebook.of(name(1, 500))} == {Quality.BAD_CONFIGURATION}
    assert {r.quality for r in notebook.of(name(8, 1))} == {Quality.BAD_DEVICE_FAILURE}
    assert [r.quality for r in notebook.of(name(9, 1))] == [Quality.BAD_NO_COMMUNICATION]
    good = {(r.point, r.value) for r in notebook.readings if r.quality == Quality.GOOD}
    assert good == {(name(u, k), value(u, k)) for u, k in registers if u not in {8, 9} and k != 500}


@pytest.mark.parametrize("fault", ["cut", "hole"])
@FRAMINGS
async def test_after_a_cut_or_a_hole_each_point_was_bad_once_and_comes_back_under_its_name(
    notebook: Notebook, cable: Cable, ports: dict[str, int], framing: str, fault: str
) -> None:
    cable.lead_to("127.0.0.1", ports[framing])
    registers = [(1, 0), (1, 100), (2, 0)]
    driver, device = a_driver(cable.port, registers, framing=framing, timeout_s=0.2)
    async with running(driver.run(planned(driver, device), notebook.sink)):
        await until(lambda: len(notebook.readings) >= 6)
        begin, end = (cable.cut, cable.mend) if fault == "cut" else (cable.hole, cable.fill)
        begin("story")
        await until(lambda: all(notebook.last(name(*r)).quality != Quality.GOOD for r in registers))
        end("story")
        await until(lambda: all(notebook.last(name(*r)).quality == Quality.GOOD for r in registers), 60)
    for unit, register in registers:
        told = [r.quality for r in notebook.of(name(unit, register))]
        turns = [b for a, b in pairwise(told) if a != b]
        assert turns == [Quality.BAD_NO_COMMUNICATION, Quality.GOOD]
        assert told.count(Quality.BAD_NO_COMMUNICATION) == 1
        good = {r.value for r in notebook.of(name(unit, register)) if r.quality == Quality.GOOD}
        assert good == {value(unit, register)}
