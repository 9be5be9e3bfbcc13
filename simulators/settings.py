"""Settings of the simulated plant."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    ready: Path  # JSON file written when everything listens: addresses and ports
    control: Path  # unix socket that takes commands, see simulators/control.py; a path of at most 100 bytes
    labels: Path | None = None  # CSV of what was made to go wrong, where, from, to
    host: str = "127.0.0.1"
    opcua_port: int = 0  # 0: a free one, told in `ready`
    modbus_port: int = 0
    scale_port: int = 0
    mqtt: tuple[str, int] | None = None  # the broker's address; None: the trucks' loggers stay at home
    mqtt_user: str = ""
    mqtt_password: str = field(default="", repr=False)
    speed: float = 10.0  # how much faster than the clock the physics runs
    seed: int = 1
    scenario: str = "cold-room-2-compressor"
    autostart: bool = False  # begin the scenario at once instead of when told to
    radio_holes: bool = True  # trucks lose the network by themselves on the way
