"""`isotherm bench`: what this program does on this machine, in figures.

The measurements are imported when asked for: every program starts through this command line, edges too.
"""

from __future__ import annotations

import asyncio
import json
import platform
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from isotherm.bench.aims import judged
from isotherm.progress import console
from telemetry.clock import SystemClock


class Measure(StrEnum):
    STORE = "store"  # ingest against raw COPY, and queries
    EDGE = "edge"  # processor time a value
    LATENCY = "latency"  # from a device's timestamp to the committed episode


def bench(
    only: Annotated[Measure | None, typer.Option(help="Measure only this.")] = None,
    short: Annotated[bool, typer.Option("--short", help="A look only: seconds, and figures that mean little.")] = False,
) -> None:
    """Measure store, edge and latency with real engines in a temporary folder, and print one JSON object.

    What it is doing goes to standard error. Figures depend on the machine and on what else runs on it.
    """
    console.stderr = True
    measuring = measured([only] if only else list(Measure), short=short)
    try:
        typer.echo(json.dumps(asyncio.run(_until_told(measuring)), indent=1))
    except asyncio.CancelledError as told:
        raise typer.Exit(128 + signal.SIGTERM) from told


async def measured(wanted: list[Measure], *, short: bool) -> dict[str, Any]:
    """The figures, the aims and whether each holds, and the machine."""
    began, machine = SystemClock().now(), machine_facts()
    figures = {each.value: await _MEASURES[each](short) for each in wanted}
    aims = judged(figures)
    return {
        "at": began.isoformat(timespec="seconds"),
        "short": short,
        "machine": machine,
        "figures": figures,
        "aims": aims,
        "holds": all(aim["holds"] for aim in aims),
    }


async def _store(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import store
    from isotherm.bench.throwaway import database_for

    async with database_for() as dsn:
        return await asyncio.to_thread(store.measure, dsn)


async def _edge(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import edge

    return await edge.measure(edge.SHORT if short else edge.Load())


async def _latency(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import latency

    return await latency.measure(latency.SHORT if short else latency.Span())


_MEASURES: Mapping[Measure, Callable[[bool], Awaitable[Mapping[str, Any]]]] = {
    Measure.STORE: _store,
    Measure.EDGE: _edge,
    Measure.LATENCY: _latency,
}


def machine_facts() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "cpu": _cpu_model(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(psutil.getloadavg()[0], 2),  # of the minute before the start: what else was running
    }


def _cpu_model() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


async def _until_told(measuring: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """SIGTERM ends it as Ctrl-C does: engines and folders go with it."""
    task = asyncio.ensure_future(measuring)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task
