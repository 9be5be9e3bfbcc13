"""How many requests a round of 1,000 contiguous Modbus registers takes, by the plan that an edge would follow."""

from __future__ import annotations

from typing import Any

from edge.drivers.modbus.config import ModbusDevice
from edge.drivers.modbus.driver import ModbusDriver
from edge.strict import Group
from isotherm.bench.fields import modbus_points
from telemetry.clock import SystemClock

REGISTERS = 1000


def measure() -> dict[str, Any]:
    """Requests a round; one for each register is what a collector without a planner needs."""
    told = {"name": "plc", "driver": "modbus", "host": "127.0.0.1", "points": modbus_points(REGISTERS)}
    device = ModbusDevice.model_validate(told)
    plan = ModbusDriver(device, SystemClock(), False).plan(device.points, {"all": Group(period_s=1)})
    return {"registers": REGISTERS, "requests": len(plan.facts())}
