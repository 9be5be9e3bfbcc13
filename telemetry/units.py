"""Units of measuring points, as UCUM codes (ucum.org), and how a person writes them."""

from __future__ import annotations

from types import MappingProxyType

SHOWN = MappingProxyType(
    {
        "Cel": "°C",
        "K": "K",
        "%": "%",
        "A": "A",
        "V": "V",
        "W": "W",
        "kW": "kW",
        "Pa": "Pa",
        "bar": "bar",
        "m3/h": "m³/h",
        "N.m": "N·m",
        "mm/s": "mm/s",
        "/min": "/min",
        "km/h": "km/h",
        "deg": "°",
        "g": "g",
        "1": "",
    }
)
"""UCUM code to what screens and reports print. `1` is a pure number: a state, a count, a switch."""


def is_unit(code: str) -> bool:
    """Whether the plant knows this UCUM code."""
    return code in SHOWN


def shown(code: str) -> str:
    """How a person writes the unit."""
    return SHOWN.get(code, code)
