"""The drivers an edge knows, by the name under which a config asks for them.

A driver's module, and the protocol library under it, is imported when a config first asks for it: an edge on a small
machine that reads one protocol does not pay the memory of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from edge.driver import Driver
from edge.strict import DeviceConfig
from telemetry.clock import Clock


@dataclass(frozen=True, slots=True)
class DriverKind:
    """A driver's config, and how one is made: device, clock, whether it only looks (and may acknowledge nothing)."""

    config: type[DeviceConfig]
    make: Callable[[Any, Clock, bool], Driver[Any, Any]]
    repeats: bool = False  # its protocol delivers at least once: see edge/once.py
    resumes: bool = False  # after a start its servers send again what was in hand: see edge/memory.py


def _opcua() -> DriverKind:
    from edge.drivers.opcua.config import OpcuaDevice
    from edge.drivers.opcua.driver import OpcuaDriver

    return DriverKind(OpcuaDevice, OpcuaDriver, resumes=True)


def _modbus() -> DriverKind:
    from edge.drivers.modbus.config import ModbusDevice
    from edge.drivers.modbus.driver import ModbusDriver

    return DriverKind(ModbusDevice, ModbusDriver)


def _mqtt() -> DriverKind:
    from edge.drivers.mqtt.config import MqttDevice
    from edge.drivers.mqtt.driver import MqttDriver

    return DriverKind(MqttDevice, MqttDriver, repeats=True)


class _WhenAsked(Mapping[str, DriverKind]):
    """Kinds by name, each imported at the first look."""

    def __init__(self, kinds: Mapping[str, Callable[[], DriverKind]]) -> None:
        self._kinds = MappingProxyType({name: cache(kind) for name, kind in kinds.items()})

    def __getitem__(self, name: str) -> DriverKind:
        return self._kinds[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


DRIVERS: Mapping[str, DriverKind] = _WhenAsked({"opcua": _opcua, "modbus": _modbus, "mqtt": _mqtt})
