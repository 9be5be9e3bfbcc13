"""How to speak to a running simulated plant: one JSON line over its unix socket, one JSON line back. Synchronous, for
command lines.

    {"do": "fault", "target": "cold-room-2", "fault": "compressor-failure"}      and "measure" for probes
    {"do": "clear", "target": "cold-room-2", "fault": "compressor-failure"}      without "fault": all of the target's
    {"do": "put", "target": "scale-1", "load_g": 500.0}                          what lies on a scale, in all
    {"do": "list"}   {"do": "labels"}   {"do": "status"}   {"do": "start-scenario"}

A wear or a drift takes `over_s` too: seconds of the plant's time from nothing to its end.

An answer has `ok`; when it is false, `code` and `error` say why.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from telemetry.errors import Invalid, Unavailable


class NoPlant(Unavailable):
    """No simulated plant answers here."""


class Refused(Invalid):
    """The simulated plant refused."""


def ask(control: Path, request: Mapping[str, object], timeout_s: float = 5.0) -> dict[str, Any]:
    """Send one command. Raises NoPlant when nobody answers in time, Refused with the plant's own words."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(timeout_s)
            line.connect(str(control))
            line.sendall(json.dumps(request).encode() + b"\n")
            with line.makefile("rb") as answers:
                raw = answers.readline()
            answer: dict[str, Any] = json.loads(raw)
    except (OSError, ValueError) as error:
        raise NoPlant(socket=control, reason=str(error)) from error
    if not answer.get("ok"):
        raise Refused(reason=answer.get("error", "it gave no reason"))
    return answer


def switch_on(
    control: Path, target: str, fault: str, measure: str | None = None, over_s: float | None = None
) -> dict[str, Any]:
    """Make a fault happen, a wear over so many seconds of the plant's time. `changed` is false when it already did."""
    over = {} if over_s is None else {"over_s": over_s}
    return ask(control, _about(target, fault, measure) | over | {"do": "fault"})


def switch_off(control: Path, target: str, fault: str | None = None, measure: str | None = None) -> dict[str, Any]:
    """Mend a fault, or everything that is wrong with the target. `cleared` lists what was mended."""
    return ask(control, _about(target, fault, measure) | {"do": "clear"})


def put(control: Path, target: str, load_g: float) -> dict[str, Any]:
    """Lay so much on a scale, in all; 0 takes everything off. Raises Refused for what is no scale or no weight."""
    return ask(control, {"do": "put", "target": target, "load_g": load_g})


def listing(control: Path) -> dict[str, Any]:
    """What can go wrong and where (`faults`), and what does now (`active`)."""
    return ask(control, {"do": "list"})


def labels(control: Path) -> dict[str, Any]:
    """The truth: `labels`, each with fault, target, measure, from, to and its course of [time, severity]."""
    return ask(control, {"do": "labels"})


def status(control: Path) -> dict[str, Any]:
    """Speed, seed, scenario, faults and the last reading of every point."""
    return ask(control, {"do": "status"})


def start_scenario(control: Path) -> dict[str, Any]:
    """Start the scenario's clock. `changed` is false when it already runs."""
    return ask(control, {"do": "start-scenario"})


def _about(target: str, fault: str | None, measure: str | None) -> dict[str, object]:
    given = {"target": target, "fault": fault, "measure": measure}
    return {name: value for name, value in given.items() if value is not None}
