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


def markdown(found: Mapping[str, Any]) -> str:
    """Tables of what `isotherm bench` found."""
    return "\n".join([*_aims(found), *_peer(found["figures"]), "", _machine(found)])


def _aims(found: Mapping[str, Any]) -> Iterator[str]:
    yield "| what | measured | aim | |"
    yield "|---|---|---|---|"
    for aim in found["aims"]:
        value = "none" if aim["value"] is None else f"{aim['value']:g}"
        yield f"| {aim['means']} | {value} | {aim['aim']} | {'holds' if aim['holds'] else 'missed'} |"


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
