"""Looks at a config from afar without following it: every mistake by its line, and whether new devices answer.

What binds the edge to its plant never comes from afar: whoever could change it could take the edge away from its plant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from edge.check import PointCheck, check
from edge.config import EdgeConfig, load, look_over
from edge.devices import Running
from edge.reload import STAYS, difference
from edge.strict import DeviceConfig
from telemetry.clock import Clock
from telemetry.errors import Invalid, PlantError
from telemetry.lines import Document, Problem
from telemetry.quality import Quality

_SHOWN = 20
_UNREACHED = (Quality.BAD_NO_COMMUNICATION, Quality.BAD_CONFIGURATION)


class Refused(Invalid):
    """This edge does not follow the config."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = tuple(reasons if len(reasons) <= _SHOWN else [*reasons[:_SHOWN], _and_more(reasons)])
        super().__init__(reasons=list(self.reasons))


def read_through(path: Path, called: str, environ: Mapping[str, str], own: EdgeConfig) -> EdgeConfig:
    """The config without I/O to any device. `own`: the edge's own file. Raises Refused with every mistake."""
    document = look_over(path, called, environ)
    problems = [*document.problems, *document.lacking]
    if problems:
        raise Refused(_told(problems))
    config = load(path, environ)
    problems = _bindings(document, config, own)
    if problems:
        raise Refused(_told(problems))
    return config


async def try_devices(config: EdgeConfig, running: EdgeConfig, clock: Clock, limit_s: float) -> frozenset[str]:
    """Read devices that nobody reads yet; answers the names of those that answered. Raises Refused.

    A device that is read already is left alone, since many answer one client only: the trial shows how it fares.
    A logger that says nothing within the time is no mistake: it may have nothing to say.
    """
    try:
        asked = difference(running, config)
        for device in config.devices:
            Running(device, config.groups, clock)  # it makes its plan
    except PlantError as error:
        raise Refused([str(error)]) from error
    where = {_place(device) for device in running.devices}
    new = tuple(device for device in (*asked.added, *asked.again) if _place(device) not in where)
    if not new:
        return frozenset()
    found = await check(replace(config, devices=new), limit_s)
    reasons = [_unread(point) for point in found if point.quality in _UNREACHED]
    if reasons:
        raise Refused(reasons)
    return frozenset(point.device for point in found if point.is_readable)


def _bindings(document: Document, config: EdgeConfig, own: EdgeConfig) -> list[Problem]:
    """What would have to be another than in the edge's own file."""
    text = "`{}` can't be changed from afar, only in the file at the edge: it binds the edge to its plant and its disk"
    differ = [key for key in STAYS if getattr(config, key) != getattr(own, key)]
    return [Problem(document.file, document.line((key,)), text.format(key)) for key in differ]


def _place(device: DeviceConfig) -> tuple[object, ...]:
    """Where a device is, as far as its driver says so."""
    return device.driver, *(getattr(device, key, None) for key in ("url", "host", "port"))


def _unread(point: PointCheck) -> str:
    return f"{point.device}: {point.point} ({point.address}) can't be read: {point.reason}"


def _told(problems: list[Problem]) -> list[str]:
    return [str(problem) for problem in sorted(problems)]


def _and_more(reasons: list[str]) -> str:
    return f"and {len(reasons) - _SHOWN} more"
