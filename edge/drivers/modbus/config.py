"""Config of a Modbus TCP device: where it listens, and which registers and bits are points."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edge.driver import Mistake
from edge.strict import DeviceConfig, PointConfig
from telemetry.strict import Strict

Area = Literal["input", "holding", "discrete", "coil"]
"""Input registers (function 4), holding registers (3), discrete inputs (2), coils (1)."""

ValueType = Literal["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bit"]
WORDS = {
    "int16": 1,
    "uint16": 1,
    "int32": 2,
    "uint32": 2,
    "int64": 4,
    "uint64": 4,
    "float32": 2,
    "float64": 4,
    "bit": 1,
}
LAST_ADDRESS = 65_535


class Limits(Strict):
    """What one request may ask; picky devices want less."""

    registers: int = Field(default=125, ge=1, le=125)
    bits: int = Field(default=2000, ge=1, le=2000)
    gap: int = Field(default=8, ge=0, le=64)  # registers or bits nobody asked for that are read along


class ModbusPoint(PointConfig):
    """A register, a few of them, or a bit."""

    unit: int = Field(default=1, ge=0, le=255)
    area: Area
    address: int = Field(ge=0, le=LAST_ADDRESS)
    type: ValueType | None = None  # `bit` unless given for discrete inputs and coils
    bit: int | None = Field(default=None, ge=0, le=15)  # which bit of a register, 0 the lowest
    order: Literal["ABCD", "CDAB", "BADC", "DCBA"] = "ABCD"  # bytes as they arrive; CDAB: low word first
    scale: float = 1.0
    offset: float = 0.0
    bad: tuple[float, ...] = ()  # raw values with which the device says that its probe is broken

    @property
    def is_bit_area(self) -> bool:
        """Whether a request counts bits here, not registers."""
        return self.area in {"discrete", "coil"}

    @property
    def value_type(self) -> ValueType:
        """The type, as given or as the area has it."""
        return self.type or "bit"

    @property
    def width(self) -> int:
        """How many addresses it takes."""
        return 1 if self.is_bit_area else WORDS[self.value_type]

    @property
    def source(self) -> str:
        last = self.address + self.width - 1
        span = str(self.address) if last == self.address else f"{self.address}-{last}"
        bit = "" if self.bit is None else f" bit {self.bit}"
        return f"unit {self.unit} {self.area} {span}{bit} {self.value_type}"


class ModbusDevice(DeviceConfig):
    """A Modbus TCP device, or a gateway with several units behind it."""

    driver: Literal["modbus"]
    host: str = Field(min_length=1)
    port: int = Field(default=502, ge=1, le=65_535)
    timeout_s: float = Field(default=1.0, gt=0, le=60)
    limits: Limits = Limits()
    points: tuple[ModbusPoint, ...] = Field(min_length=1)


def mistakes(device: ModbusDevice) -> list[Mistake]:
    """What does not fit together, point by point."""
    return [
        Mistake(("points", i, field), text)
        for i, point in enumerate(device.points)
        for field, text in _point_mistakes(point)
    ]


def _point_mistakes(point: ModbusPoint) -> list[tuple[str, str]]:
    found = []
    if point.is_bit_area and point.type not in {None, "bit"}:
        found.append(("type", f"area `{point.area}` has bits, not `{point.type}`"))
    if not point.is_bit_area and point.type is None:
        found.append(("type", f"`type` is missing; allowed: {', '.join(WORDS)}"))
    if not point.is_bit_area and point.type == "bit" and point.bit is None:
        found.append(("bit", "`bit` is missing: which bit of the register, 0 to 15"))
    if point.bit is not None and (point.is_bit_area or point.type not in {None, "bit"}):
        found.append(("bit", "`bit` goes with a register of type `bit` only"))
    if point.address + point.width - 1 > LAST_ADDRESS:
        found.append(("address", f"`{point.value_type}` at {point.address} reaches beyond {LAST_ADDRESS}"))
    return found
