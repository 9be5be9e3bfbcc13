"""The driver's contract at a server that is not of the library that we use as client: node-opcua."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge.strict import Group
from simulators.cable import Cable
from telemetry.batch import Batch
from telemetry.quality import Quality, is_good
from tests.plugins.opcua_peer import a_peer
from tests.plugins.opcua_server import GROUPS, a_driver, name
from tests.plugins.waiting import until

from .conftest import Notebook, running

LIMITS = {"maxMonitoredItemsPerCall": 30, "maxNodesPerRead": 40, "maxNodesPerBrowse": 10}


@pytest.fixture(autouse=True)
def short_keep_alives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.drivers.opcua.subscription.KEEP_ALIVE_S", 1)


@pytest.mark.parametrize("mode", ["subscribe", "poll"])
async def test_each_value_keeps_its_name_within_every_limit_and_one_bad_node_holds_nobody_up(
    tmp_path: Path, unused_tcp_port: int, notebook: Notebook, mode: str
) -> None:
    async with a_peer(tmp_path, unused_tcp_port, nodes=200, limits=LIMITS) as peer:
        await peer.fail(7)
        driver, device = a_driver(peer.port, range(201))
        groups = {"line": Group.model_validate({"period_s": 0.5, "mode": mode})}
        async with running(driver.run(driver.plan(device.points, groups), notebook.sink)):
            await until(lambda: len({reading.point for reading in notebook.readings}) == 201)
        found = {reading.point: reading.value for reading in notebook.readings if is_good(reading.quality)}
        assert found == {name(k): float(k) for k in range(200) if k != 7}
        assert notebook.last(name(7)).quality == Quality.BAD_SENSOR_FAILURE
        assert notebook.last(name(200)).quality == Quality.BAD_CONFIGURATION
        assert driver.health().point_reasons == {name(200): "BadNodeIdUnknown"}


@pytest.mark.parametrize("fault", ["cut", "hole"])
async def test_what_it_kept_in_an_outage_comes_once_and_each_point_is_bad_once(
    tmp_path: Path, unused_tcp_port: int, notebook: Notebook, cable: Cable, fault: str
) -> None:
    async with a_peer(tmp_path, unused_tcp_port, nodes=2) as peer:
        cable.lead_to("127.0.0.1", peer.port)
        driver, device = a_driver(cable.port, range(2), timeout_s=2)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) == 2)
            (cable.cut if fault == "cut" else cable.hole)("story")
            for value in range(1, 31):
                await peer.write(0, value)
                await asyncio.sleep(0.1)  # the server samples as often as we asked it to
            await until(lambda: driver.health().link == "lost")
            (cable.mend if fault == "cut" else cable.fill)("story")
            await until(lambda: driver.health().link == "connected", 30)
            await until(lambda: notebook.last(name(0)).value == 30 and len(notebook.of(name(1))) == 3)
        kept = [r.value for r in notebook.of(name(0)) if is_good(r.quality)]
        assert kept == sorted(set(kept))
        assert len(kept) > 20  # two writes may have met one of its samples
        assert [r.value for r in notebook.of(name(1)) if is_good(r.quality)] == [1.0, 1.0]
        assert [q for k in range(2) for r in notebook.of(name(k)) if not is_good(q := r.quality)] == [24, 24]
        assert driver.health().gaps == 0


async def test_a_queue_that_overflowed_is_told_by_the_server_and_by_us(
    tmp_path: Path, unused_tcp_port: int, notebook: Notebook, cable: Cable
) -> None:
    async with a_peer(tmp_path, unused_tcp_port, nodes=1) as peer:
        cable.lead_to("127.0.0.1", peer.port)
        driver, device = a_driver(cable.port, range(1), timeout_s=2, outage_s=0.5)
        statuses: list[int] = []

        async def sink(batch: Batch) -> None:
            statuses.extend(batch.status.values())
            await notebook.sink(batch)

        async with running(driver.run(driver.plan(device.points, GROUPS), sink)):
            await until(lambda: len(notebook.readings) == 1)
            cable.cut("story")
            for value in range(1, 31):
                await peer.write(0, value)
                await asyncio.sleep(0.05)
            cable.mend("story")
            await until(lambda: notebook.last(name(0)).value == 30, 30)
            await until(lambda: driver.health().gaps == 1)
        assert [status & 0x480 for status in statuses] == [0x480]  # one value, with information and overflow
        gap, after = [r for r in notebook.of(name(0)) if r.received_us >= notebook.readings[-1].received_us][:2]
        assert (is_good(gap.quality), is_good(after.quality)) == (False, True)
