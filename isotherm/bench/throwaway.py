"""A plant in a temporary folder: the engines, programs and edges of a real one, gone with the folder afterwards."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import yaml

from isotherm.engines import postgres
from isotherm.machine import Ports, choose_ports
from isotherm.progress import console
from isotherm.running import Choice, Plant, ProgramDidNotStart, program
from isotherm.supervisor import Service

SITE = "hainan"


def plant_for(edge: str, config: Mapping[str, Any]) -> AbstractAsyncContextManager[Plant]:
    """A plant with one edge, of which nothing runs yet; all that is started ends with the block."""
    return plant_of({edge: config})


@asynccontextmanager
async def plant_of(configs: Mapping[str, Mapping[str, Any]]) -> AsyncIterator[Plant]:
    """A plant with these edges, of which nothing runs yet; all that is started ends with the block."""
    with TemporaryDirectory(prefix="isotherm-bench-") as name:
        var = Path(name)
        edges = var / "plant" / "edges"
        edges.mkdir(parents=True)
        for edge, config in configs.items():
            (edges / f"{edge}.yaml").write_text(yaml.safe_dump(dict(config)), "utf-8")
        plant = Plant(Choice(var, var / "plant", SITE, Ports()), choose_ports(var, Ports()))
        try:
            yield plant
        except ProgramDidNotStart as error:
            _tell_log(Path(str(error.facts["log"])))  # it is gone with the folder
            raise
        finally:
            await plant.supervisor.stop()


@asynccontextmanager
async def database_for() -> AsyncIterator[str]:
    """A migrated database alone; its connection string, as the owner."""
    async with plant_for("edge-bench", {}) as plant:
        await plant.start_database()
        yield plant.cluster.dsn(postgres.OWNER)


def edge_config(edge: str, device: Mapping[str, Any], *, period_s: float, lane: str) -> dict[str, Any]:
    """The config of an edge that reads one device, whose points are in the group `all`."""
    return {
        "edge": edge,
        "site": SITE,
        "uplink": {"url": "${NATS_URL}", "key_file": "${ISOTHERM_EDGE_KEY}"},
        "buffer": {"folder": "${VAR}/edge"},
        "groups": {"all": {"period_s": period_s, "class": lane}},
        "devices": [dict(device)],
    }


def folder_of_machine(plant: Plant) -> Path:
    """Where the machine's files are."""
    return plant.choice.var / "machine"


async def start_in_folder(plant: Plant, module: str, ready: str) -> Path:
    """Start a machine, `python -m <module> <folder>`, and wait until it has written the file `ready` there."""
    folder = folder_of_machine(plant)
    await plant.supervisor.start(Service("machine", [sys.executable, "-m", module, str(folder)]))
    await plant.answers(lambda: asyncio.to_thread((folder / ready).exists))
    return folder / ready


async def start_programs(plant: Plant, *names: str) -> None:
    """Start some of the plant's programs: gateway, watch."""
    for name in names:
        await plant.supervisor.start(Service(name, program(name), plant.environment()))


def process_of(plant: Plant, name: str) -> psutil.Process:
    """The running process of something that was started."""
    return psutil.Process(int((plant.choice.var / "run" / f"{name}.pid").read_text()))


def _tell_log(path: Path) -> None:
    for line in path.read_text("utf-8", errors="replace").splitlines()[-20:] if path.exists() else ():
        console.print(line, markup=False)
