"""A weighing terminal, Modbus TCP: what its scale shows in, registers out. Unit 1.

Input registers (FC4): 0-1 gross weight in g as float32, high word first; NaN (7FC0 0000) when the scale is overloaded.
Discrete inputs (FC2): 0 settled, 1 overload. It has no tare of its own: the record of a weighing keeps tare and gross.
"""

from __future__ import annotations

import struct
from math import isnan

from simulators.modbus_station import Station, Unit

UNIT, SWITCHES = 1, 2


def registers(weight_g: float) -> list[int]:
    """The weight as the terminal keeps it."""
    return list(struct.unpack(">HH", struct.pack(">f", weight_g)))


class ScaleTerminal:
    """The terminal of one scale."""

    def __init__(self, host: str, port: int = 0) -> None:
        self._station = Station(host, port, {UNIT: Unit(2)}, SWITCHES)
        self.start, self.stop = self._station.start, self._station.stop

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._station.port

    def publish(self, weight_g: float, settled: float) -> None:
        """Take over what the display shows."""
        unit = self._station.units[UNIT]
        unit.words, unit.bits = registers(weight_g), [bool(settled), isnan(weight_g)]
