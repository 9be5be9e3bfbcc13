"""Programs die by kill -9, stay dead for a while, and are started again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from isotherm.engines import postgres
from tests.faults.conftest import Tell
from tests.faults.laying import a_line
from tests.faults.line import Line, Loss, lasting
from tests.faults.programs import Program

IN_HAND_S = 1.0
"""A period of sampling, one of publishing, the time a block is filled, and a sync."""
BACK_WITHIN_S = 15.0
NOBODY_ASKED = Loss("given to the dead edge and not on its disk yet", IN_HAND_S)


async def killed(line: Line, program: Program, lasts_s: float) -> dict[str, float]:
    """kill -9, dead for so long, started again; how long until readings flow."""
    line.fault_begins()
    await asyncio.to_thread(program.kill)
    await lasting(lasts_s)
    await asyncio.to_thread(program.start)
    return await line.fault_ended()


async def test_the_gateway_is_killed(tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell) -> None:
    async with a_line(tmp_path, database) as line:
        back_s = await killed(line, line.gateways[0], lasts_s)
        tell(await line.last_fates("gateway kill -9", f"{lasts_s:g} s", back_s))


async def test_the_edge_is_killed(tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell) -> None:
    async with a_line(tmp_path, database) as line:
        back_s = await killed(line, line.edge, lasts_s)
        assert max(back_s.values()) < BACK_WITHIN_S  # what nobody could take meanwhile is excused, but not for long
        tell(await line.last_fates("edge kill -9", f"{lasts_s:g} s", back_s, modbus=NOBODY_ASKED))


async def test_the_stream_is_killed(tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell) -> None:
    async with a_line(tmp_path, database) as line:
        back_s = await killed(line, line.streams[0], lasts_s)
        tell(await line.last_fates("nats kill -9", f"{lasts_s:g} s", back_s))


async def test_the_database_is_killed(
    tmp_path: Path,
    durable: tuple[postgres.Cluster, Program],
    database: tuple[str, str],
    lasts_s: float,
    tell: Tell,
) -> None:
    async with a_line(tmp_path, database) as line:
        back_s = await killed(line, durable[1], lasts_s)
        tell(await line.last_fates("database kill -9", f"{lasts_s:g} s", back_s))
