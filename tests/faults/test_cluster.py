"""A cluster of three nats-servers, two gateways, an edge that knows all three: any one of them may die under load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from nats.js import JetStreamContext

from gateway.streams import LIVE, READINGS
from tests.faults.conftest import Tell
from tests.faults.laying import Plant, Wishes, a_line, three_servers
from tests.faults.line import Line, lasting
from tests.faults.programs import Program

RESUMED_WITHIN_S = 20.0


@asynccontextmanager
async def asking(plant: Plant) -> AsyncIterator[JetStreamContext]:
    """JetStream, asked with a gateway's rights."""
    client = await nats.connect(plant.urls.split(","), user="gateway", password=plant.passwords["gateway"])
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def leader_of_the_stream(plant: Plant) -> Program:
    """The server that orders the readings' stream."""
    async with asking(plant) as js:
        found = (await js.stream_info(READINGS)).cluster
    assert found is not None
    return next(program for program in plant.programs if program.name == found.leader)


async def leader_of_the_consumer(plant: Plant) -> Program:
    """The server that hands the live readings out to the gateways."""
    async with asking(plant) as js:
        found = (await js.consumer_info(READINGS, LIVE.consumer)).cluster
    assert found is not None
    return next(program for program in plant.programs if program.name == found.leader)


async def dies(line: Line, program: Program, lasts_s: float) -> Mapping[str, float]:
    """kill -9; how long until readings flow while it is dead; then it comes back."""
    line.fault_begins()
    await asyncio.to_thread(program.kill)
    back_s = await line.fault_ended()
    await lasting(max(0.0, lasts_s - max(back_s.values())))
    await asyncio.to_thread(program.start)
    return back_s


async def test_any_one_of_three_servers_and_two_gateways_dies_and_readings_flow_on(
    tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell
) -> None:
    plant = three_servers(tmp_path)
    async with a_line(tmp_path, database, plant=plant, wishes=Wishes(gateways=2)) as line:
        victims = {
            "NATS stream leader killed": await leader_of_the_stream(plant),
            "gateway 1 of 2 killed": line.gateways[0],
            "gateway 2 of 2 killed": line.gateways[1],
        }
        rows = []
        for fault, victim in victims.items():
            back_s = await dies(line, victim, lasts_s)
            rows += await line.fates(fault, f"{lasts_s:g} s", back_s)
        back_s = await dies(line, await leader_of_the_consumer(plant), lasts_s)
        rows += await line.last_fates("NATS consumer leader killed", f"{lasts_s:g} s", back_s)
        tell(rows)
        assert max(row.back_s for row in rows) < RESUMED_WITHIN_S
