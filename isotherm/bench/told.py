"""The figures as a Markdown table, for the README: what was measured, what it should be, and on which machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PEER = (
    ("cpu_us_per_value", "CPU µs a value"),
    ("values_per_s", "values/s meanwhile"),
    ("idle_cpu_percent", "idle, % of a core"),
    ("rss_mb", "memory, MB"),
    ("bytes_per_reading", "bytes a value on the wire"),
)
"""Figures that the peer and our edge have in common, on the same OPC UA machine."""
OTHERS = (
    ("store", "two_gateways_to_copy_ratio", "ingest by two gateways against raw binary COPY by one connection"),
    ("starting", "every_stored_s", "seconds from an edge's start until each of 5,000 items is committed"),
    ("latency", "p50_s", "seconds from a device's time out of limits to the committed episode, median"),
    ("health", "points_per_s", "points a second through all of machine health on one core"),
    ("large", "ingest_x100_readings", "readings in the largest table"),
    ("large", "ingest_x10_to_empty_cost", "ingest into a table 10 times as large, against an empty one"),
    ("large", "ingest_x100_to_empty_cost", "ingest into a table 100 times as large, against an empty one"),
    ("large", "last_1000_p99_ms", "last values of 1,000 points in the largest table, p99: ms"),
    ("large", "trend_1d_4_p99_ms", "trend of a day, four points, in the largest table, p99: ms"),
    ("large", "trend_28d_4_p99_ms", "trend of four weeks, four points, in the largest table, p99: ms"),
)
"""Figures without an aim."""


def markdown(found: Mapping[str, Any]) -> str:
    """Tables of what `isotherm bench` found."""
    return "\n".join([*_aims(found), *_others(found["figures"]), *_peer(found["figures"]), "", _machine(found)])


def _aims(found: Mapping[str, Any]) -> Iterator[str]:
    yield "| what | measured | aim | |"
    yield "|---|---|---|---|"
    for aim in found["aims"]:
        value = "none" if aim["value"] is None else f"{aim['value']:g}"
        yield f"| {aim['means']} | {value} | {aim['aim']} | {'holds' if aim['holds'] else 'missed'} |"


def _others(figures: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for measure, figure, means in OTHERS:
        if figure in figures.get(measure, {}):
            yield f"| {means} | {figures[measure][figure]:,} | | |"


def _peer(figures: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if "peer" not in figures or "opcua" not in figures:
        return
    yield ""
    yield f"| OPC UA, same machine, same run | isotherm | {figures['peer']['packages'][0].replace('==', ' ')} |"
    yield "|---|---|---|"
    for figure, means in PEER:
        yield f"| {means} | {figures['opcua'][figure]:g} | {figures['peer'][figure]:g} |"


def _machine(found: Mapping[str, Any]) -> str:
    machine = found["machine"]
    size = f"{machine['cores']} cores ({machine['cpu']}), {machine['memory_gb']:g} GB, {machine['system']}"
    short = " A short run: the figures mean little." if found["short"] else ""
    return (
        f"Measured on {size}, Python {machine['python']}, {found['at'][:10]}; load before: {machine['load']:g}.{short}"
    )
