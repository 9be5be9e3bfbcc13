"""The peer beside us: thingsboard-gateway from PyPI, in an environment of its own, on the same OPC UA machine.

It publishes by MQTT 5 to a broker (Debian's mosquitto), as it does to its platform; a listener answers what the
platform would (`peer_platform`). Its processor time is divided by the values that the listener received.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from isotherm.bench import peer_config
from isotherm.bench.cost import Load, cost, idle_percent, marks
from isotherm.bench.fields import opcua
from isotherm.bench.peer_platform import Platform
from isotherm.bench.throwaway import plant_for, process_of
from isotherm.engines.ports import free_port
from isotherm.progress import step
from isotherm.running import Plant
from isotherm.supervisor import Service
from telemetry.errors import Unavailable

NAME = "thingsboard-gateway"
PACKAGES = ("thingsboard-gateway==3.8.5", "asyncua==1.1.5")
"""With the library that its OPC UA connector would install when it starts."""
SAMPLES = "lib/python*/site-packages/thingsboard_gateway/config"
FLOW_WITHIN_S = 120.0


class PeerNotInstalled(Unavailable):
    """The peer can't be measured: it comes from PyPI, and its broker is Debian's package mosquitto."""


async def measure(load: Load) -> dict[str, Any]:
    """CPU µs a value, values/s and memory in MB, as of our edge, and the idle CPU. Raises PeerNotInstalled."""
    async with plant_for("edge-bench", {}) as plant:
        place = await _install(plant.choice.var / "peer-venv")
        port = await _start_broker(plant)
        environment = await opcua(load.points).start(plant, load.period_s)
        folder = plant.choice.var / "peer"
        peer_config.write(next(place.glob(SAMPLES)), folder, environment["OPCUA_URL"], port, load)
        where = {"TB_GW_CONFIG_DIR": str(folder / "config")}
        async with Platform.at(port) as platform:
            await plant.supervisor.start(Service(NAME, [str(place / "bin" / NAME)], where, cwd=folder))
            return await _measured(plant, platform, load)


async def _measured(plant: Plant, platform: Platform, load: Load) -> dict[str, Any]:
    with step("Waiting for the peer's values"):
        async with asyncio.timeout(FLOW_WITHIN_S):
            await plant.answers(lambda: platform.has(3 * load.points))
        await asyncio.sleep(load.warm_up_s)
    process = process_of(plant, NAME)
    with step(f"Measuring the peer for {load.windows * load.window_s:g} s"):
        size, values = platform.bytes, platform.values
        found = cost(await marks(load, process, platform.arrived))
        weight = (platform.bytes - size) / max(1, platform.values - values)
        memory_mb = process.memory_info().rss / 1e6
    with step(f"Measuring the idle peer for {load.idle_s:g} s"):
        process_of(plant, "machine").send_signal(signal.SIGUSR1)
        await asyncio.sleep(load.warm_up_s)
        idle = await idle_percent(process, load.idle_s)
    sizes = {"rss_mb": round(memory_mb, 1), "bytes_per_reading": round(weight, 2)}
    return {**found, "points": load.points, **sizes, "idle_cpu_percent": idle, "packages": list(PACKAGES)}


async def _install(folder: Path) -> Path:
    """An environment with the peer in it. Raises PeerNotInstalled."""
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    with step(f"Installing {PACKAGES[0]} from PyPI"):
        for command in ([sys.executable, "-m", "venv", str(folder)], pip):
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
            told, _ = await process.communicate()
            if process.returncode:
                raise PeerNotInstalled(said=told.decode(errors="replace")[-500:])
    return folder


async def _start_broker(plant: Plant) -> int:
    """A mosquitto that anybody on this machine may use; its port. Raises PeerNotInstalled."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise PeerNotInstalled(missing="mosquitto")
    port, path = free_port(), plant.choice.var / "mosquitto.conf"
    path.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n", "utf-8")
    await plant.supervisor.start(Service("mosquitto", [program, "-c", str(path)]))
    await plant.answers(lambda: _listens(port))
    return port


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False  # not yet: the caller asks again, and knows for how long
    writer.close()
    await writer.wait_closed()
    return True
