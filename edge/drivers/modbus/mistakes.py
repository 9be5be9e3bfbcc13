"""What does not fit together in a Modbus device's config, though each key by itself is well written."""

from __future__ import annotations

from collections.abc import Iterator

from edge.driver import Mistake
from edge.drivers.modbus.config import Limits, ModbusDevice, ModbusPoint
from edge.drivers.modbus.types import LAST_ADDRESS, VALUE_TYPES, WORD_BITS, WORDS
from telemetry.lines import Where

Found = Iterator[tuple[str, str]]
"""Key of a point, and what is wrong there."""


def mistakes(device: ModbusDevice) -> list[Mistake]:
    """Every mistake, in the order of the file."""
    own: dict[Where, Limits] = {("limits",): device.limits}
    own |= {("units", str(unit)): limits for unit, limits in device.units.items()}
    spans = [
        Mistake((*where, "forbidden", i), f"from {span.first} to {span.last} is nothing: `first` is beyond `last`")
        for where, limits in own.items()
        for i, span in enumerate(limits.forbidden)
        if span.first > span.last
    ]
    unused = [
        Mistake(("units", str(unit)), f"no point is read from unit {unit}")
        for unit in device.units
        if unit not in {point.unit for point in device.points}
    ]
    points = [
        Mistake(("points", i, key), text)
        for i, point in enumerate(device.points)
        for check in (_type, _bit, _bits, _range)
        for key, text in check(point)
    ]
    return [*spans, *unused, *_line(device), *_nobody(device), *points, *_beyond_limits(device)]


def _line(device: ModbusDevice) -> list[Mistake]:
    if device.framing == "rtu" and device.connections == 2:
        return [Mistake(("connections",), "two connections would speak at once on a serial line; allowed with rtu: 1")]
    return []


def _nobody(device: ModbusDevice) -> list[Mistake]:
    return [
        Mistake(("points", i, "unit"), "unit 0 is everybody on a serial line: nobody answers")
        for i, point in enumerate(device.points)
        if device.framing == "rtu" and point.unit == 0
    ]


def _beyond_limits(device: ModbusDevice) -> list[Mistake]:
    found: list[Mistake] = []
    for i, point in enumerate(device.points):
        limits = device.limits_of(point.unit)
        found.extend(Mistake(("points", i, key), text) for key, text in _address(point, limits))
    return found


def _address(point: ModbusPoint, limits: Limits) -> Found:
    if point.last > LAST_ADDRESS:
        yield "address", f"`{point.value_type}` at {point.address} reaches beyond {LAST_ADDRESS}"
    for span in limits.forbidden:
        if span.touches(point.area, point.address, point.last):
            yield "address", f"{point.source} lies in the forbidden range {span}"
    if point.width > limits.longest(point.area):
        longest = limits.longest(point.area)
        yield "type", f"`{point.value_type}` takes {point.width} registers, a request to unit {point.unit} {longest}"


def _type(point: ModbusPoint) -> Found:
    if point.is_bit_area and point.type not in {None, "bit"}:
        yield "type", f"area `{point.area}` has bits, not `{point.type}`"
    if not point.is_bit_area and point.type is None:
        yield "type", f"`type` is missing; allowed: {', '.join(VALUE_TYPES)}"


def _bit(point: ModbusPoint) -> Found:
    if not point.is_bit_area and point.type == "bit" and point.bit is None:
        yield "bit", "`bit` is missing: which bit of the register, 0 to 15"
    if point.bit is not None and (point.is_bit_area or point.type not in {None, "bit"}):
        yield "bit", "`bit` goes with a register of type `bit` only"


def _bits(point: ModbusPoint) -> Found:
    if point.bits is None:
        return
    if point.is_bit_area or point.value_type not in {"uint16", "uint32", "uint64"}:
        yield "bits", "`bits` goes with registers of type uint16, uint32 or uint64 only"
        return
    first, last = point.bits
    highest = WORDS[point.value_type] * WORD_BITS - 1
    if not 0 <= first <= last <= highest:
        yield "bits", f"`bits` is [first, last] within 0 to {highest}, not [{first}, {last}]"


def _range(point: ModbusPoint) -> Found:
    if point.range is not None and point.range[0] > point.range[1]:
        yield "range", f"`range` is [lowest, highest], not [{point.range[0]:g}, {point.range[1]:g}]"
    if point.range is None and "outside" in point.model_fields_set:
        yield "outside", "`outside` goes with a `range` only"
