"""A hostile device: whatever it sends, the edge lives on, and each point gets a reading or a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.drivers.modbus.line import Line, NoAnswer, Nonsense, Refused, Unreachable
from edge.drivers.modbus.planner import request_for
from tests.integration.edge.conftest import Notebook, running
from tests.integration.edge.modbus_plc import (
    BarePlc,
    a_bare_plc,
    a_device,
    a_driver,
    name,
    own_addresses,
    planned,
)
from tests.plugins.waiting import until

framings = st.sampled_from(["tcp", "rtu"])
frames = st.binary(max_size=300)
pdus = st.binary(min_size=1, max_size=260) | st.tuples(
    st.sampled_from([3, 4, 0x83, 0x84, 1, 16, 43]), st.binary(max_size=40)
).map(lambda told: bytes([told[0]]) + told[1])
Lie = Callable[[BarePlc], None]


def a_frame(data: bytes) -> Lie:
    def lie(plc: BarePlc) -> None:
        plc.raw = lambda _: data

    return lie


def a_pdu(data: bytes) -> Lie:
    def lie(plc: BarePlc) -> None:
        plc.answer = lambda _: data

    return lie


def bent(at: int, by: int) -> Lie:
    """An honest frame with one byte that is not."""

    def lie(plc: BarePlc) -> None:
        plc.raw = lambda frame: bytes(b ^ (by if i == at % len(frame) else 0) for i, b in enumerate(frame))

    return lie


of_another_length = st.binary(max_size=12).map(lambda data: bytes([4, len(data)]) + data)
lies = (
    frames.map(a_frame)
    | of_another_length.map(a_pdu)
    | pdus.map(a_pdu)
    | st.builds(bent, st.integers(0, 30), st.integers(1, 255))
)


async def ask_a_liar_and_then_an_honest_device(framing: str, lie: Lie) -> None:
    async with a_bare_plc(framing) as plc:
        device = a_device(plc.port, [(1, 7), (1, 8)], framing=framing, timeout_s=0.03)
        line, request = Line(device), request_for(device.points)
        lie(plc)
        try:
            assert len(await line.read(request)) == request.bytes_due
        except (NoAnswer, Nonsense, Refused, Unreachable) as error:
            reason = str(error)
            assert reason
        plc.raw, plc.answer = bytes, own_addresses
        for _ in range(2):
            try:
                assert await line.read(request) == bytes([0, 7, 0, 8])
                break
            except Unreachable:
                line = Line(device)  # the first one waits a second before it connects again
        else:
            raise AssertionError("the honest device was not heard")
        line.drop()


@settings(max_examples=120, deadline=None)
@given(framings, lies)
def test_any_bytes_end_in_an_answer_or_a_reason_and_spoil_nothing_that_follows(framing: str, lie: Lie) -> None:
    asyncio.run(ask_a_liar_and_then_an_honest_device(framing, lie))


async def ask_over_a_noisy_serial_line(lie: Lie) -> None:
    async with a_bare_plc("rtu") as plc:
        device = a_device(plc.port, [(1, 7), (1, 8)], framing="rtu", timeout_s=0.03)
        line = Line(device)
        lie(plc)
        with pytest.raises(NoAnswer):
            await line.read(request_for(device.points))
        line.drop()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.integers(1, 255))
def test_on_a_serial_line_no_bent_frame_is_taken_for_an_answer(at: int, by: int) -> None:
    asyncio.run(ask_over_a_noisy_serial_line(bent(at, by)))


async def run_a_driver_on_a_liar(framing: str, lie: Lie) -> None:
    notebook = Notebook()
    points = [name(1, 7), name(1, 8), name(1, 200)]
    async with a_bare_plc(framing) as plc:
        lie(plc)
        registers = [(1, 7), (1, 8), (1, 200)]
        driver, device = a_driver(plc.port, registers, framing=framing, timeout_s=0.03)
        async with running(driver.run(planned(driver, device), notebook.sink)) as task:

            def all_told() -> bool:
                reasons = driver.health().point_reasons
                return all(notebook.of(point) or reasons.get(point) for point in points)

            await until(all_told, 20)
            assert not task.done()


@settings(max_examples=25, deadline=None)
@given(framings, lies)
def test_a_driver_lives_on_and_each_point_gets_a_reading_or_a_reason(framing: str, lie: Lie) -> None:
    asyncio.run(run_a_driver_on_a_liar(framing, lie))
