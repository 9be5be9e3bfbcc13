"""Quality of a reading: the OPC classic byte, two bits of quality and four of sub-status (OPC DA 3.0, 6.8).

A reading of bad quality has no value (NaN in columns, NULL in the database); its quality still says why.
"""

from __future__ import annotations

from enum import IntEnum


class Quality(IntEnum):
    BAD = 0  # no reason given
    BAD_CONFIGURATION = 4  # the point is not configured at the device, or does not exist there
    BAD_NOT_CONNECTED = 8  # the input is not wired
    BAD_DEVICE_FAILURE = 12  # the device says that it failed
    BAD_SENSOR_FAILURE = 16  # the probe is broken, or its value can't be read as a number
    BAD_NO_COMMUNICATION = 24  # the device can't be reached; told once when it is lost
    BAD_OUT_OF_SERVICE = 28  # switched off on purpose
    UNCERTAIN = 64  # no reason given
    UNCERTAIN_LAST_USABLE = 68  # an old value, held by the device
    UNCERTAIN_SENSOR = 80  # at the edge of its range, or out of calibration
    UNCERTAIN_TIME = 88  # the device's time stamp was not believed; received time stands in its place
    GOOD = 192
    GOOD_LOCAL_OVERRIDE = 216  # forced by hand at the device


def is_good(quality: int) -> bool:
    """Whether the value may be relied upon."""
    return quality & 0xC0 == 0xC0


def is_bad(quality: int) -> bool:
    """Whether there is no usable value."""
    return quality & 0xC0 == 0


def is_uncertain(quality: int) -> bool:
    """Whether there is a value that must be taken with care."""
    return quality & 0xC0 == 0x40
