"""The network fails on either side of the edge: cut, or open and without a byte."""

from __future__ import annotations

from pathlib import Path

from tests.faults.conftest import Tell
from tests.faults.laying import a_line
from tests.faults.line import STORY, Loss, lasting

ASKED_ONCE = Loss("an answer that did not come in time is not given again; the next question gets the next number")


async def test_the_cables_between_devices_and_edge_are_cut(
    tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell
) -> None:
    async with a_line(tmp_path, database) as line:
        line.fault_begins()
        for cable in line.field_cables:
            cable.cut(STORY)
        await lasting(lasts_s)
        for cable in line.field_cables:
            cable.mend(STORY)
        back_s = await line.fault_ended()
        tell(await line.last_fates("cut device-edge", f"{lasts_s:g} s", back_s, modbus=ASKED_ONCE))


async def test_the_cables_between_devices_and_edge_carry_no_bytes(
    tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell
) -> None:
    async with a_line(tmp_path, database) as line:
        line.fault_begins()
        for cable in line.field_cables:
            cable.hole(STORY)
        await lasting(lasts_s)
        for cable in line.field_cables:
            cable.fill(STORY)
        back_s = await line.fault_ended()
        tell(await line.last_fates("hole device-edge", f"{lasts_s:g} s", back_s, modbus=ASKED_ONCE))


async def test_the_cable_between_edge_and_stream_is_cut(
    tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell
) -> None:
    async with a_line(tmp_path, database) as line:
        line.fault_begins()
        line.cables["stream"].cut(STORY)
        await lasting(lasts_s)
        line.cables["stream"].mend(STORY)
        back_s = await line.fault_ended()
        tell(await line.last_fates("cut edge-stream", f"{lasts_s:g} s", back_s))


async def test_the_cable_between_edge_and_stream_carries_no_bytes(
    tmp_path: Path, database: tuple[str, str], lasts_s: float, tell: Tell
) -> None:
    async with a_line(tmp_path, database) as line:
        line.fault_begins()
        line.cables["stream"].hole(STORY)
        await lasting(lasts_s)
        line.cables["stream"].fill(STORY)
        back_s = await line.fault_ended()
        tell(await line.last_fates("hole edge-stream", f"{lasts_s:g} s", back_s))
