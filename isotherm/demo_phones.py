"""The demo's people have phones: messages about alarms ring at a receiver on this machine, and stand in its log."""

from __future__ import annotations

import asyncio
import sys

from isotherm.connection import connected
from isotherm.engines import postgres
from isotherm.engines.ports import free_port
from isotherm.private import read_facts, write_facts
from isotherm.progress import step
from isotherm.running import Plant
from isotherm.supervisor import Service
from mes.notifications.addresses import add_address, addresses
from mes.notifications.model import Channel
from mes.people import service as people
from telemetry.clock import SystemClock
from telemetry.work import Work, begin

LOG = "phones.log"


async def give_phones(plant: Plant) -> None:
    """Start the receiver on the port of the last start, and let everybody in the plant have a phone there."""
    path = plant.choice.var / "run" / "phones.json"
    port = int(read_facts(path).get("port") or free_port())
    write_facts(path, {"port": port})
    with step("Giving people phones"):
        command = [sys.executable, "-m", "simulators.phones", str(port), str(plant.choice.var / LOG)]
        await plant.supervisor.start(Service("phones", command))
        await plant.answers(lambda: _rings(port))
        url, now = plant.cluster.dsn(postgres.APP), SystemClock().now()
        async with connected(url, largest=1) as pool, begin(pool, "demo", now) as work:
            await _enter(work, port)


async def _enter(work: Work, port: int) -> None:
    reached = {address.person_id for address in await addresses(work)}
    for person in await people.people(work):
        if person.id not in reached:
            await add_address(work, person.id, Channel.WEBHOOK, f"json://127.0.0.1:{port}/{person.username}")


async def _rings(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
