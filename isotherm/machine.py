"""What a plant on one machine remembers between starts: its folder, its lock, its ports."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from isotherm.engines.ports import claim, prefer
from isotherm.private import read_facts, write_facts
from telemetry.errors import Unavailable


class AlreadyRunning(Unavailable):
    """A plant runs in this folder already. Stop it first, or give another folder with --var."""


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on loopback; in a wish, 0 means any free one."""

    web: int = 0
    database: int = 0
    nats: int = 0
    mqtt: int = 0
    opcua: int = 0  # simulators only
    modbus: int = 0  # simulators only
    scale: int = 0  # simulators only


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the folder's lock: the kernel frees it whatever happens to us. Raises AlreadyRunning."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(folder=str(var)) from error
        yield


def last_ports(var: Path) -> dict[str, int]:
    """The ports of the last start in this folder, by name; empty before the first."""
    return read_facts(var / "ports.json")


def choose_ports(var: Path, wish: Ports) -> Ports:
    """The ports wished for; for the others those of the last start while they are free. Raises PortTaken."""
    last = last_ports(var)
    chosen: dict[str, int] = {}
    for name, port in asdict(wish).items():
        number = claim(port, purpose=name) if port else prefer(last.get(name, 0))
        while number in chosen.values():
            number = prefer(0)
        chosen[name] = number
    write_facts(var / "ports.json", chosen)
    return Ports(**chosen)
