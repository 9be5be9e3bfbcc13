"""Status codes of OPC UA to quality bytes, and what a status says besides. Pure.

Status codes: OPC 10000-4, 7.39, and OPC 10000-8, 6.3; the quality byte: OPC DA 3.0, 6.8.
"""

from __future__ import annotations

from types import MappingProxyType

from telemetry.quality import Quality

_BAD, _UNCERTAIN = 0x8000_0000, 0x4000_0000
_DATA_VALUE, _INFO_TYPE, _OVERFLOW = 0x0400, 0x0C00, 0x0080

QUALITIES = MappingProxyType(
    {
        0x0000_0000: Quality.GOOD,
        0x0096_0000: Quality.GOOD_LOCAL_OVERRIDE,
        0x408F_0000: Quality.UNCERTAIN_LAST_USABLE,  # no communication, last usable value
        0x4090_0000: Quality.UNCERTAIN_LAST_USABLE,
        0x4093_0000: Quality.UNCERTAIN_SENSOR,  # not accurate
        0x4094_0000: Quality.UNCERTAIN_SENSOR,  # beyond its range
        0x8005_0000: Quality.BAD_NO_COMMUNICATION,
        0x800A_0000: Quality.BAD_NO_COMMUNICATION,  # time-out
        0x801F_0000: Quality.BAD_CONFIGURATION,  # access denied
        0x8031_0000: Quality.BAD_NO_COMMUNICATION,
        0x8032_0000: Quality.BAD_NO_COMMUNICATION,  # waiting for the first value
        0x8033_0000: Quality.BAD_CONFIGURATION,  # node id invalid
        0x8034_0000: Quality.BAD_CONFIGURATION,  # node id unknown
        0x8035_0000: Quality.BAD_CONFIGURATION,  # attribute invalid
        0x803A_0000: Quality.BAD_CONFIGURATION,  # not readable
        0x8089_0000: Quality.BAD_CONFIGURATION,
        0x808A_0000: Quality.BAD_NOT_CONNECTED,
        0x808B_0000: Quality.BAD_DEVICE_FAILURE,
        0x808C_0000: Quality.BAD_SENSOR_FAILURE,
        0x808D_0000: Quality.BAD_OUT_OF_SERVICE,
        0x80DB_0000: Quality.BAD_CONFIGURATION,  # too many monitored items
    }
)
"""Status codes with a meaning of their own; all others count by their severity."""


def quality_of(status: int) -> Quality:
    """The quality byte of a status code; the lower 16 bits (limit, overflow) do not matter."""
    known = QUALITIES.get(status & 0xFFFF_0000)
    if known is not None:
        return known
    if status & _BAD:
        return Quality.BAD
    return Quality.UNCERTAIN if status & _UNCERTAIN else Quality.GOOD


def has_overflowed(status: int) -> bool:
    """Whether the server's queue gave up values of this node just before this one (OPC 10000-4, table 174)."""
    return status & _INFO_TYPE == _DATA_VALUE and bool(status & _OVERFLOW)
