"""The cold store's PLC, Modbus TCP: readings in, registers out. Units 1, 2, 3 are cold-room-1, cold-room-2, freezer-1.

Input registers (FC4): 0 air-1, 1 air-2, 2 product, 3 coil-temperature as int16 in 0.1 °C (-32768: probe broken), 4
humidity as uint16 in 0.1 %, 5-6 compressor current as float32, high word first; 7, unit 1 only, ambient as int16 in
0.1 °C; 10-11 compressor power in kW as float32; 12 suction pressure as uint16 in 0.01 bar, absolute; 13 current of the
evaporator's fans as uint16 in 0.01 A. Discrete inputs (FC2): 0 door, 1 compressor running, 2 defrost, 3 mains. Anything
else answers exception 2.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from math import isnan

from simulators.modbus_station import Station, Unit

UNITS = {"cold-room-1": 1, "cold-room-2": 2, "freezer-1": 3}
BROKEN = -32_768
TEMPERATURES = ("air-1", "air-2", "product", "coil-temperature")
SWITCHES = ("door", "running", "defrost", "mains")


def tenths(value: float) -> int:
    """A temperature as the PLC keeps it, a two's complement word of tenths; NaN is a broken probe."""
    raw = BROKEN if isnan(value) else min(32_767, max(-32_767, round(value * 10)))
    return raw & 0xFFFF


def registers(readings: Mapping[str, float]) -> list[int]:
    """Input registers 0 to 13 of a room; 7 is 0 unless `ambient` is among the readings, 8 and 9 are nobody's."""
    words = [tenths(readings[measure]) for measure in TEMPERATURES]
    words.append(min(65_535, max(0, round(readings["humidity"] * 10))))
    words.extend(_float32(readings["current"]))
    words.extend((tenths(readings["ambient"]) if "ambient" in readings else 0, 0, 0))
    words.extend(_float32(readings["power"]))
    words.extend(_hundredths(readings[measure]) for measure in ("suction-pressure", "fan-current"))
    return words


def _float32(value: float) -> tuple[int, int]:
    """Two words, the high one first."""
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return high, low


def _hundredths(value: float) -> int:
    return min(65_535, max(0, round(value * 100)))


class ColdStorePlc:
    """The rooms' controllers behind one address."""

    def __init__(self, host: str, port: int = 0) -> None:
        units = {unit: Unit(8 if unit == 1 else 7, ((10, 4),)) for unit in UNITS.values()}
        self._station = Station(host, port, units, len(SWITCHES))
        self.start, self.stop = self._station.start, self._station.stop

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._station.port

    def publish(self, room: str, readings: Mapping[str, float]) -> None:
        """Take over one reading of every measure of a room."""
        unit = self._station.units[UNITS[room]]
        unit.words, unit.bits = registers(readings), [bool(readings[switch]) for switch in SWITCHES]

    def cut(self, room: str) -> None:
        """The room's controller answers nothing from now on."""
        self._station.silent.add(UNITS[room])

    def mend(self, room: str) -> None:
        self._station.silent.discard(UNITS[room])
