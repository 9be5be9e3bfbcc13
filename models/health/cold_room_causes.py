"""What may be wrong with a cold room, as bits beside those of every detector, and what each means to a person.

Advice only: the record of an excursion is the business of fixed limits, and nothing told here drops or hides it.
"""

from __future__ import annotations

from enum import IntFlag

SIGNALS_A = ("air",)
"""Variant A: a room of which only the air's temperature is known, in °C."""

SIGNALS_C = ("air", "power", "door", "coil", "ambient")
"""Variant C: °C, kW of the whole unit, 1 while the door is open, °C of the evaporator, °C around the room."""


class ColdAlarm(IntFlag):
    """Causes, from bit 16 on; several may stand at once."""

    COOLING = 1 << 16  # heat is not taken away; from the air alone nobody can tell why
    COMPRESSOR = 1 << 17
    FAN = 1 << 18  # of the evaporator: the coil is far colder than the air
    POWER = 1 << 19
    DOOR = 1 << 20
    DEFROST_STUCK = 1 << 21  # the heater doesn't go off
    LEAK = 1 << 22  # cooling runs ever longer for the same work
    SENSOR_STUCK = 1 << 23
    SENSOR_DROPOUT = 1 << 24
    SENSOR_DRIFT = 1 << 25
    SENSOR_SPIKE = 1 << 26
    RISK = 1 << 27  # warmer or longer out than ever while healthy, cause unknown
    LIMIT = 1 << 28  # still learning: over the limit for an hour


LOST = (
    ColdAlarm.COOLING | ColdAlarm.COMPRESSOR | ColdAlarm.FAN | ColdAlarm.POWER | ColdAlarm.DOOR
    | ColdAlarm.DEFROST_STUCK | ColdAlarm.LEAK | ColdAlarm.RISK
)  # fmt: skip
"""While one of these stands and the air is out of its band, the time to the breach is told."""

CAUSES: dict[ColdAlarm, str] = {
    ColdAlarm.COOLING: "cooling",
    ColdAlarm.COMPRESSOR: "compressor",
    ColdAlarm.FAN: "fan",
    ColdAlarm.POWER: "power",
    ColdAlarm.DOOR: "door",
    ColdAlarm.DEFROST_STUCK: "defrost_stuck",
    ColdAlarm.LEAK: "leak",
    ColdAlarm.SENSOR_STUCK: "sensor_stuck",
    ColdAlarm.SENSOR_DROPOUT: "sensor_dropout",
    ColdAlarm.SENSOR_DRIFT: "sensor_drift",
    ColdAlarm.SENSOR_SPIKE: "sensor_spike",
    ColdAlarm.RISK: "risk",
    ColdAlarm.LIMIT: "limit",
}

ACUTE = (
    ColdAlarm.COOLING | ColdAlarm.COMPRESSOR | ColdAlarm.FAN | ColdAlarm.POWER | ColdAlarm.DOOR
    | ColdAlarm.DEFROST_STUCK | ColdAlarm.RISK | ColdAlarm.SENSOR_STUCK | ColdAlarm.SENSOR_DROPOUT
)  # fmt: skip
"""While one of these stands, and for a day after it, nothing slow is judged: the room is not in its usual state."""


def causes_of(alarm: int) -> tuple[str, ...]:
    """The names of the causes in one room's alarm, in the order of their bits."""
    return tuple(name for cause, name in CAUSES.items() if alarm & cause)
