"""The drivers an edge knows, by the name under which a config asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from edge.driver import Driver
from edge.drivers.modbus.config import ModbusDevice
from edge.drivers.modbus.driver import ModbusDriver
from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.driver import MqttDriver
from edge.drivers.opcua.config import OpcuaDevice
from edge.drivers.opcua.driver import OpcuaDriver
from edge.strict import DeviceConfig
from telemetry.clock import Clock


@dataclass(frozen=True, slots=True)
class DriverKind:
    """A driver's config, and how one is made: device, clock, whether it only looks (and may acknowledge nothing)."""

    config: type[DeviceConfig]
    make: Callable[[Any, Clock, bool], Driver[Any, Any]]
    repeats: bool = False  # its protocol delivers at least once: see edge/once.py


DRIVERS: Mapping[str, DriverKind] = MappingProxyType(
    {
        "opcua": DriverKind(OpcuaDevice, OpcuaDriver),
        "modbus": DriverKind(ModbusDevice, ModbusDriver),
        "mqtt": DriverKind(MqttDevice, MqttDriver, repeats=True),
    }
)
