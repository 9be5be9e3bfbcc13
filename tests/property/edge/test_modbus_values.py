"""Whatever stands in registers becomes a value or a quality, and what was put in comes out."""

from __future__ import annotations

import struct
from math import isfinite, isnan
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edge.drivers.modbus.config import ModbusPoint
from edge.drivers.modbus.planner import request_for
from edge.drivers.modbus.types import FORMATS, VALUE_TYPES, WORDS, Order, ValueType
from telemetry.quality import Quality, is_bad

ORDERS: list[Order] = ["ABCD", "CDAB", "BADC", "DCBA"]
orders = st.sampled_from(ORDERS)
numbers = st.floats(allow_nan=False, allow_infinity=False)


def a_point(address: int, kind: ValueType, **more: Any) -> ModbusPoint:
    told = {"point": "a/b/c/d", "area": "input", "address": address, "group": "g", "type": kind, **more}
    return ModbusPoint.model_validate({**told, "bit": 3} if kind == "bit" else told)


@st.composite
def any_points(draw: st.DrawFn) -> list[ModbusPoint]:
    places = draw(
        st.lists(st.tuples(st.integers(0, 60), st.sampled_from(VALUE_TYPES), orders), min_size=1, max_size=20)
    )
    scaling = st.fixed_dictionaries({"scale": numbers, "offset": numbers})
    ranges = st.none() | st.tuples(numbers, numbers).map(sorted)
    outside = st.sampled_from(["bad", "uncertain"])
    return [
        a_point(at, kind, order=order, range=draw(ranges), outside=draw(outside), **draw(scaling))
        for at, kind, order in places
    ]


@given(st.data(), any_points())
def test_any_bytes_give_one_sound_value_for_each_point(data: st.DataObject, points: list[ModbusPoint]) -> None:
    request = request_for(points)
    answer = data.draw(st.binary(min_size=request.bytes_due, max_size=request.bytes_due))
    told = request.decoder.values(answer)
    assert len(told) == len(points)
    assert all(isnan(value) if is_bad(quality) else isfinite(value) for value, quality in told)


def as_sent(kind: ValueType, order: Order, number: float) -> bytes:
    """The registers of a number, made by the definition of the orders and not by the decoder's way."""
    data = struct.pack(">" + FORMATS[kind], number)
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if order in {"CDAB", "DCBA"}:
        words.reverse()
    return b"".join(word[::-1] if order in {"BADC", "DCBA"} else word for word in words)


@st.composite
def numbers_of_a_kind(draw: st.DrawFn) -> tuple[ValueType, Order, float]:
    kind = draw(st.sampled_from([kind for kind in VALUE_TYPES if kind[:3] not in {"bit", "bcd"}]))
    width = WORDS[kind] * 16
    if kind.startswith("float"):
        drawn = st.floats(allow_nan=False, allow_infinity=False, width=32 if width == 32 else 64)
    elif kind.startswith("uint"):
        drawn = st.integers(0, 2**width - 1)
    else:
        drawn = st.integers(-(2 ** (width - 1)), 2 ** (width - 1) - 1)
    return kind, draw(orders), draw(drawn)


@given(st.lists(numbers_of_a_kind(), min_size=1, max_size=25))
def test_numbers_that_stand_one_after_the_other_all_come_out(sent: list[tuple[ValueType, Order, float]]) -> None:
    address, points, answer = 7, [], b""
    for kind, order, number in sent:
        points.append(a_point(address, kind, order=order))
        answer += as_sent(kind, order, number)
        address += WORDS[kind]
    told = request_for(points).decoder.values(answer)
    assert told == [(float(number), Quality.GOOD) for _, _, number in sent]


@given(st.lists(st.booleans(), min_size=1, max_size=300), st.integers(0, 1000))
def test_each_bit_stays_at_its_address(bits: list[bool], start: int) -> None:
    points = [
        ModbusPoint.model_validate({"point": f"a/b/c/{k}", "area": "coil", "address": start + k, "group": "g"})
        for k in range(len(bits))
    ]
    answer = sum(bit << k for k, bit in enumerate(bits)).to_bytes((len(bits) + 7) // 8, "little")
    assert [value for value, _ in request_for(points).decoder.values(answer)] == [float(bit) for bit in bits]


@given(st.integers(0, 9999_9999), orders)
def test_decimal_digits_are_read_as_they_are_written(number: int, order: Order) -> None:
    registers = as_sent("uint32", order, int(f"{number:08}", 16))
    ((value, quality),) = request_for([a_point(0, "bcd32", order=order)]).decoder.values(registers)
    assert (value, quality) == (float(number), Quality.GOOD)


@given(st.integers(0, 2**32 - 1), st.integers(0, 31), st.integers(0, 31))
def test_a_bit_field_is_the_number_between_its_bits(number: int, one: int, other: int) -> None:
    first, last = sorted((one, other))
    point = a_point(0, "uint32", bits=(first, last))
    ((value, _),) = request_for([point]).decoder.values(number.to_bytes(4, "big"))
    assert value == int(f"{number:032b}"[31 - last : 32 - first], 2)
