"""What Modbus knows: four areas, each with the function that reads it, and the numbers that registers hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

Area = Literal["input", "holding", "discrete", "coil"]
"""Input and holding registers (words of 16 bits), discrete inputs and coils (bits)."""

FUNCTIONS: Mapping[Area, int] = MappingProxyType({"coil": 1, "discrete": 2, "holding": 3, "input": 4})
"""The functions that read, and the only ones that ever leave this driver."""

LAST_ADDRESS = 65_535
WORD_BITS = 16

Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
"""Bytes as they arrive. CDAB: low word first. BADC: low byte first in each word. DCBA: both."""

ValueType = Literal[
    "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bcd16", "bcd32", "bcd64", "bit"
]
VALUE_TYPES: tuple[ValueType, ...] = get_args(ValueType)

FORMATS: Mapping[ValueType, str] = MappingProxyType(
    {
        "int16": "h",
        "uint16": "H",
        "int32": "i",
        "uint32": "I",
        "int64": "q",
        "uint64": "Q",
        "float32": "f",
        "float64": "d",
        "bcd16": "H",
        "bcd32": "I",
        "bcd64": "Q",
        "bit": "H",
    }
)
"""How `struct` reads each, once its bytes are in order."""

WORDS: Mapping[ValueType, int] = MappingProxyType(
    {kind: {"h": 1, "i": 2, "f": 2, "q": 4, "d": 4}[code.lower()] for kind, code in FORMATS.items()}
)
"""How many registers each takes."""


def is_bit_area(area: Area) -> bool:
    """Whether addresses of this area are bits."""
    return area in {"coil", "discrete"}


def width_of(kind: ValueType) -> int:
    """How many registers a number takes."""
    return WORDS[kind]
