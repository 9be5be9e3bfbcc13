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
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from isotherm.bench.aims import judged
from isotherm.progress import console
from telemetry.clock import SystemClock


class Measure(StrEnum):
    """In the order in which they are made."""

    EVALUATOR = "evaluator"  # readings a second judged by two levels on one core
    PLANNED = "planned"  # Modbus requests for 1,000 registers
    OPCUA = "opcua"  # processor time a value, memory, bytes on the wire, and what the idle edge uses
    MODBUS = "modbus"  # processor time a value
    MQTT = "mqtt"  # processor time a value
    PEER = "peer"  # the same of thingsboard-gateway from PyPI: only when asked for
    STARTING = "starting"  # 5,000 OPC UA items subscribed, and the first reading stored
    STORE = "store"  # ingest against raw COPY, by one gateway and by two, and queries
    LATENCY = "latency"  # from a device's timestamp to the committed episode
    WATCH = "watch"  # the watch's processor time with 10,000 points at 1 Hz, and how soon episodes are committed
    REPORT = "report"  # a room's report over 90 days, from the store to the PDF
    TRACE = "trace"  # a lot through 10,000 edges of its genealogy
    REVIEW = "review"  # a batch record of 500 steps is opened for its review
    SCANS = "scans"  # fifty operators who scan at once, through the web server
    HEALTH = "health"  # a tick of 10,000 machines with eight signals through everything of machine health
    LARGE = "large"  # ingest and queries of a table 10 and 100 times as large: only when asked for


UNASKED = tuple(measure for measure in Measure if measure not in {Measure.PEER, Measure.LARGE})


def bench(
    only: Annotated[list[Measure] | None, typer.Option(help="Measure only this; may be given several times.")] = None,
    short: Annotated[bool, typer.Option("--short", help="A look only: seconds, and figures that mean little.")] = False,
    peer: Annotated[bool, typer.Option("--peer", help="thingsboard-gateway too, from PyPI, in this run.")] = False,
    large: Annotated[bool, typer.Option("--large", help="Tables of up to 100 million readings too: long.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print tables for people, not JSON.")] = False,
) -> None:
    """Measure edge, store and latency with real engines in a temporary folder, and print one JSON object.

    What it is doing goes to standard error. Figures depend on the machine and on what else runs on it.
    """
    from isotherm.bench.told import markdown

    console.stderr = True
    asked = {*(only or UNASKED), *([Measure.PEER] if peer else []), *([Measure.LARGE] if large else [])}
    measuring = measured([each for each in Measure if each in asked], short=short)
    try:
        found = asyncio.run(_until_told(measuring))
    except asyncio.CancelledError as told:
        raise typer.Exit(128 + signal.SIGTERM) from told
    typer.echo(markdown(found) if as_markdown else json.dumps(found, indent=1, ensure_ascii=False))


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


async def _evaluator(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import evaluator

    return await asyncio.to_thread(evaluator.measure, evaluator.SHORT if short else evaluator.Load())


async def _planned(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import planned

    return planned.measure()


async def _edge(protocol: str, short: bool) -> Mapping[str, Any]:
    from isotherm.bench import cost, edge

    return await edge.measure(protocol, cost.SHORT if short else cost.Load())


async def _peer(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import cost, peer

    return await peer.measure(cost.SHORT if short else cost.Load())


async def _starting(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import starting

    return await starting.measure(starting.SHORT_ITEMS if short else starting.ITEMS)


async def _store(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import store
    from isotherm.bench.throwaway import database_for

    async with database_for() as dsn:
        return await asyncio.to_thread(store.measure, dsn)


async def _report(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import report
    from isotherm.bench.throwaway import database_for

    async with database_for() as dsn:
        return await asyncio.to_thread(report.measure, dsn, report.SHORT_DAYS if short else report.DAYS)


async def _trace(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import trace
    from isotherm.bench.throwaway import database_for

    async with database_for() as dsn:
        return await asyncio.to_thread(trace.measure, dsn, trace.SHORT if short else trace.Extent())


async def _review(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import review
    from isotherm.bench.throwaway import database_for

    async with database_for() as dsn:
        return await asyncio.to_thread(review.measure, dsn, review.SHORT if short else review.Extent())


async def _scans(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import scans

    return await scans.measure(scans.SHORT if short else scans.Load())


async def _health(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import health

    return await asyncio.to_thread(health.measure, health.SHORT if short else health.Load())


async def _large(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import large
    from isotherm.bench.throwaway import database_for

    async with database_for() as dsn:
        return await asyncio.to_thread(large.measure, dsn, large.SHORT if short else large.Extent())


async def _latency(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import latency

    return await latency.measure(latency.SHORT if short else latency.Span())


async def _watch(short: bool) -> Mapping[str, Any]:
    from isotherm.bench import watch

    return await watch.measure(watch.SHORT if short else watch.Load())


_MEASURES: Mapping[Measure, Callable[[bool], Awaitable[Mapping[str, Any]]]] = {
    Measure.EVALUATOR: _evaluator,
    Measure.PLANNED: _planned,
    Measure.OPCUA: partial(_edge, "opcua"),
    Measure.MODBUS: partial(_edge, "modbus"),
    Measure.MQTT: partial(_edge, "mqtt"),
    Measure.PEER: _peer,
    Measure.STARTING: _starting,
    Measure.STORE: _store,
    Measure.LATENCY: _latency,
    Measure.WATCH: _watch,
    Measure.REPORT: _report,
    Measure.TRACE: _trace,
    Measure.REVIEW: _review,
    Measure.SCANS: _scans,
    Measure.HEALTH: _health,
    Measure.LARGE: _large,
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
