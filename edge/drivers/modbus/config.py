"""Config of a Modbus device: where it listens, what its units bear, which registers and bits are points."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.drivers.modbus.types import LAST_ADDRESS, Area, Order, ValueType, is_bit_area, width_of
from edge.strict import DeviceConfig, PointConfig
from telemetry.strict import Strict

Address = Annotated[int, Field(ge=0, le=LAST_ADDRESS)]
UnitId = Annotated[int, Field(ge=0, le=255)]


class Span(Strict):
    """Addresses from `first` to `last`, both included."""

    area: Area
    first: Address
    last: Address

    def touches(self, area: Area, first: int, last: int) -> bool:
        """Whether an address of another span is one of these."""
        return area == self.area and first <= self.last and self.first <= last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Limits(Strict):
    """What a device, or one unit of it, bears; picky ones want less."""

    registers: int = Field(default=125, ge=1, le=125)  # of one request
    bits: int = Field(default=2000, ge=1, le=2000)  # of one request
    gap: int = Field(default=8, ge=0, le=64)  # registers or bits nobody asked for that are read along
    one_request_a_field: bool = False  # nothing is merged but what stands at the same addresses
    forbidden: tuple[Span, ...] = ()  # never asked for, not even to bridge a gap
    pause_s: float = Field(default=0.0, ge=0, le=10)  # silence before each request

    def longest(self, area: Area) -> int:
        """How many registers or bits one request may ask for."""
        return self.bits if is_bit_area(area) else self.registers


class ModbusPoint(PointConfig):
    """A register, a few of them, some bits of them, or a bit."""

    unit: UnitId = 1
    area: Area
    address: Address
    type: ValueType | None = None  # `bit` unless given for discrete inputs and coils
    bit: int | None = Field(default=None, ge=0, le=15)  # which bit of a register, 0 the lowest
    bits: tuple[int, int] | None = None  # first and last bit of a number within unsigned registers, 0 the lowest
    order: Order = "ABCD"  # bytes as they arrive; CDAB: low word first
    scale: float = 1.0
    offset: float = 0.0
    bad: tuple[int | float, ...] = ()  # raw numbers with which the device says that its probe is broken
    range: tuple[float, float] | None = None  # lowest and highest value, scaled, that can be true
    outside: Literal["uncertain", "bad"] = "uncertain"  # what a value beyond the range is

    @property
    def is_bit_area(self) -> bool:
        """Whether a request counts bits here, not registers."""
        return is_bit_area(self.area)

    @property
    def value_type(self) -> ValueType:
        """The type, as given or as the area has it."""
        return self.type or "bit"

    @property
    def width(self) -> int:
        """How many addresses it takes."""
        return 1 if self.is_bit_area else width_of(self.value_type)

    @property
    def last(self) -> int:
        """Its last address."""
        return self.address + self.width - 1

    @property
    def source(self) -> str:
        span = str(self.address) if self.last == self.address else f"{self.address}-{self.last}"
        bit = "" if self.bit is None else f" bit {self.bit}"
        bits = "" if self.bits is None else f" bits {self.bits[0]}-{self.bits[1]}"
        return f"unit {self.unit} {self.area} {span}{bit}{bits} {self.value_type}"


class ModbusDevice(DeviceConfig):
    """A Modbus device, or a gateway with several units behind it."""

    driver: Literal["modbus"]
    host: str = Field(min_length=1)
    port: int = Field(default=502, ge=1, le=65_535)
    framing: Literal["tcp", "rtu"] = "tcp"  # `rtu`: a serial line behind a converter that passes bytes on
    connections: Literal[1, 2] | None = None  # 2: silent units are probed on a second one; 2 for tcp, 1 for rtu
    timeout_s: float = Field(default=1.0, gt=0, le=60)
    degrade_after: int = Field(default=1, ge=1, le=100)  # time-outs in a row after which a unit is only probed
    limits: Limits = Limits()
    units: dict[UnitId, Limits] = Field(default_factory=dict)  # where a unit differs from `limits`
    points: tuple[ModbusPoint, ...] = Field(min_length=1)

    @property
    def probes_apart(self) -> bool:
        """Whether silent units are probed on a connection of their own. On a serial line two would collide."""
        return (self.connections or (1 if self.framing == "rtu" else 2)) == 2

    def limits_of(self, unit: int) -> Limits:
        """The device's limits, with what is said of this unit in their place."""
        own = self.units.get(unit)
        return (
            self.limits.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})
            if own
            else self.limits
        )
