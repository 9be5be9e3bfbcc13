"""A Modbus device's config: each mistake is told with its line; what a unit says counts before the device's word."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.config import BadConfig, load
from edge.drivers.modbus.config import Limits, ModbusDevice

HEAD = """\
edge: edge-line
site: hainan
uplink: {url: "nats://127.0.0.1:4222"}
buffer: {folder: var}
groups: {line: {period_s: 1, class: process}}
devices:
  - name: plc
    driver: modbus
    host: 127.0.0.1
"""


def problems(tmp_path: Path, settings: str, *points: str) -> list[str]:
    """What is wrong with a device: the lines of its settings start at 10, its points follow."""
    listed = "".join(f"      - {{point: hainan/a/b/p{n}, group: line, {point}}}\n" for n, point in enumerate(points))
    path = tmp_path / "edge.yaml"
    path.write_text(f"{HEAD}{settings}    points:\n{listed}")
    try:
        load(path, {})
    except BadConfig as refused:
        return [f"{problem.line}: {problem.text}" for problem in refused.problems]
    return []


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ("area: input, address: 0", "`type` is missing; allowed: int16, uint16, int32"),
        ("area: coil, address: 0, type: int16", "area `coil` has bits, not `int16`"),
        ("area: input, address: 0, type: bit", "`bit` is missing: which bit of the register, 0 to 15"),
        ("area: input, address: 0, type: int16, bit: 3", "`bit` goes with a register of type `bit` only"),
        ("area: input, address: 65534, type: int64", "`int64` at 65534 reaches beyond 65535"),
        ("area: input, address: 0, type: int16, bits: [0, 3]", "`bits` goes with registers of type uint16, uint32"),
        ("area: input, address: 0, type: uint16, bits: [4, 16]", "`bits` is [first, last] within 0 to 15, not [4, 16]"),
        ("area: input, address: 0, type: uint32, bits: [9, 4]", "`bits` is [first, last] within 0 to 31, not [9, 4]"),
        ("area: input, address: 0, type: int16, range: [9, 4]", "`range` is [lowest, highest], not [9, 4]"),
        ("area: input, address: 0, type: int16, outside: bad", "`outside` goes with a `range` only"),
        ("area: input, address: 0, type: utf8", "`type` is `utf8`; allowed: int16, uint16"),
        ("area: input, address: 0, type: int16, order: ABDC", "`order` is `ABDC`; allowed: ABCD, CDAB, BADC, DCBA"),
    ],
)
def test_what_does_not_fit_together_in_a_point_is_told(tmp_path: Path, point: str, told: str) -> None:
    (found,) = problems(tmp_path, "", point)
    assert found.startswith(f"11: {told}")


def test_a_point_may_not_lie_in_a_forbidden_range_nor_be_wider_than_a_request(tmp_path: Path) -> None:
    settings = (
        "    limits: {forbidden: [{area: holding, first: 40, last: 49}]}\n"
        "    units: {2: {registers: 3}, 3: {forbidden: []}}\n"
    )
    found = problems(
        tmp_path,
        settings,
        "area: holding, address: 39, type: float32",
        "unit: 2, area: input, address: 0, type: float64",
        "unit: 3, area: holding, address: 40, type: int16",
    )
    assert found == [
        "13: unit 1 holding 39-40 float32 lies in the forbidden range 40-49",
        "14: `float64` takes 4 registers, a request to unit 2 3",
    ]


def test_a_range_the_wrong_way_round_and_a_unit_nobody_reads_are_told(tmp_path: Path) -> None:
    settings = (
        "    limits: {forbidden: [{area: input, first: 9, last: 4}]}\n"
        "    units:\n"
        "      7: {gap: 0}\n"
        "      300: {gap: 0}\n"
        "      1: {gpa: 0}\n"
    )
    found = problems(
        tmp_path, settings.replace("      300: {gap: 0}\n      1: {gpa: 0}\n", ""), "area: coil, address: 0"
    )
    assert found == ["10: from 9 to 4 is nothing: `first` is beyond `last`", "12: no point is read from unit 7"]
    told = problems(tmp_path, settings, "area: coil, address: 0")
    assert [line.split(":")[0] for line in told] == ["13", "14"]
    assert "`gpa` is not known here; allowed: registers, bits, gap" in told[1]
    assert "did you mean `gap`?" in told[1]


def test_two_connections_on_a_serial_line_and_a_word_to_everybody_are_refused(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "    framing: rtu\n    connections: 2\n", "area: coil, address: 0")
    (nobody,) = problems(tmp_path, "    framing: rtu\n", "unit: 0, area: coil, address: 0")
    assert nobody == "12: unit 0 is everybody on a serial line: nobody answers"
    assert found == "11: two connections would speak at once on a serial line; allowed with rtu: 1"


def a_device(**settings: object) -> ModbusDevice:
    point = {"point": "a/b/c/d", "area": "coil", "address": 0, "group": "g"}
    return ModbusDevice.model_validate(
        {"name": "plc", "driver": "modbus", "host": "plc", "points": [point], **settings}
    )


def test_what_a_unit_says_counts_before_what_the_device_says_and_the_rest_stays() -> None:
    device = a_device(limits={"registers": 60, "gap": 4, "pause_s": 0.1}, units={12: {"gap": 0, "registers": 125}})
    assert device.limits_of(1) == device.limits
    assert device.limits_of(12) == Limits(registers=125, gap=0, pause_s=0.1)


def test_a_serial_line_has_one_connection_and_a_network_two() -> None:
    assert not a_device(framing="rtu").probes_apart
    assert a_device().probes_apart
    assert not a_device(connections=1).probes_apart
