"""The config of an edge: YAML in, typed and checked values out, or every mistake at once with its line.

The parts that belong to a driver stand with the driver (`edge/drivers/<driver>/config.py`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from edge.config_names import shared
from edge.drivers import DRIVERS
from edge.screening.config import COLD_CHAIN_SILENCE_S, Screening
from edge.strict import DeviceConfig, Group
from edge.uplink.config import MetricsConfig, RemoteConfig, UplinkConfig
from telemetry.clock import SystemClock
from telemetry.complaints import complain, near
from telemetry.errors import Invalid
from telemetry.lines import Document, Problem, Where, read
from telemetry.point import is_point_name
from telemetry.strict import LevelText, Strict

M = TypeVar("M", bound=Strict)


class BadConfig(Invalid):
    """The edge's config has mistakes."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__(problems=[str(problem) for problem in self.problems])

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class BufferConfig(Strict):
    """Where readings wait until the database has them, and how many may."""

    folder: Path
    max_mb: float = Field(default=1024, gt=0, le=100_000_000)
    max_days: float = Field(default=30, gt=0, le=36_525)


class _Top(Strict):
    """The parts that belong to no driver; devices are read by their drivers."""

    edge: LevelText
    site: LevelText
    uplink: UplinkConfig
    buffer: BufferConfig
    remote: RemoteConfig | None = None
    metrics: MetricsConfig | None = None
    groups: dict[LevelText, Group] = Field(min_length=1)
    devices: list[dict[str, Any]] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """A config without mistakes."""

    edge: str
    site: str
    uplink: UplinkConfig
    buffer: BufferConfig
    groups: Mapping[str, Group]
    devices: tuple[DeviceConfig, ...]
    remote: RemoteConfig | None = None  # None: nobody may
    metrics: MetricsConfig | None = None  # None: not offered

    @property
    def digest(self) -> str:
        """Twelve hex digits by which two configs are told apart; how the file is laid out makes no difference."""
        parts = {name: _plain(getattr(self, name)) for name in EdgeConfig.__slots__}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def _plain(value: Any) -> Any:
    if isinstance(value, Strict):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def load(path: Path, environ: Mapping[str, str] | None = None) -> EdgeConfig:
    """Read an edge's config. Raises BadConfig with every mistake."""
    document, config = _read(path, str(path), os.environ if environ is None else environ)
    if config is None:
        raise BadConfig([*document.problems, *document.lacking])
    return config


def look_over(path: Path, called: str, environ: Mapping[str, str]) -> Document:
    """The config with its mistakes, and apart from them the variables that this environment lacks."""
    return _read(path, called, environ)[0]


def _read(path: Path, called: str, environ: Mapping[str, str]) -> tuple[Document, EdgeConfig | None]:
    """The config only where nothing is wrong with it."""
    document = read(path, called, environ)
    if document.data is None and document.problems:
        return document, None
    top = _validated(_Top, document, document.data if document.data is not None else {}, ())
    devices = {i: device for i, raw in _raw_devices(document) if (device := _device(document, raw, i))}
    _cross_check(document)
    for where, text in shared(devices):
        document.complain(where, text)
    if top is not None:
        _screening_fits(document, top.groups, devices)
    if document.problems or document.lacking or top is None:
        return document, None
    return document, EdgeConfig(
        top.edge, top.site, top.uplink, top.buffer, top.groups, tuple(devices.values()), top.remote, top.metrics
    )


def _validated(model: type[M], document: Document, data: Any, where: Where) -> M | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        complain(document, model, error, where)  # each becomes a problem with its line
        return None


def _raw_devices(document: Document) -> list[tuple[int, dict[str, Any]]]:
    devices = document.data.get("devices") if isinstance(document.data, dict) else None
    return [(i, d) for i, d in enumerate(devices) if isinstance(d, dict)] if isinstance(devices, list) else []


def _device(document: Document, raw: dict[str, Any], i: int) -> DeviceConfig | None:
    name = raw.get("driver")
    kind = DRIVERS.get(name) if isinstance(name, str) else None
    if kind is None:
        document.complain(("devices", i, "driver"), f"`driver` must name a driver; {near(name, DRIVERS)}")
        return None
    device = _validated(kind.config, document, raw, ("devices", i))
    if device is not None:
        for mistake in kind.make(device, SystemClock(), False).check():
            document.complain(("devices", i, *mistake.where), mistake.text)
    return device


def _cross_check(document: Document) -> None:
    data = document.data if isinstance(document.data, dict) else {}
    named = data.get("groups")
    groups = named if isinstance(named, dict) else {}
    seen: dict[str, Where] = {}
    names: dict[str, Where] = {}
    for i, raw in _raw_devices(document):
        _once(document, names, raw.get("name"), ("devices", i, "name"), "device")
        points = raw.get("points")
        for j, point in enumerate(points if isinstance(points, list) else []):
            if isinstance(point, dict):
                where = ("devices", i, "points", j)
                _once(document, seen, point.get("point"), (*where, "point"), "point")
                _of_site(document, point.get("point"), data.get("site"), (*where, "point"))
                _known_group(document, point.get("group"), groups, (*where, "group"))


def _screening_fits(document: Document, groups: Mapping[str, Group], devices: Mapping[int, DeviceConfig]) -> None:
    """A cold-chain point that is screened is told often enough; a name with places has no rule of its own."""
    for name, group in groups.items():
        if group.lane == "cold-chain":
            _heard(document, group.screening, ("groups", name, "screening", "max_interval_s"))
    for i, device in devices.items():
        for j, point in enumerate(device.points):
            own, where = groups.get(point.group), ("devices", i, "points", j)
            if point.screening is not None and own is not None and own.lane == "cold-chain":
                _heard(document, point.screening, (*where, "screening", "max_interval_s"))
            if not is_point_name(point.point) and (point.screening, point.limits) != (None, None):
                key = "limits" if point.screening is None else "screening"
                document.complain((*where, key), f"`{key}`: points that topics name are screened as their group says")


def _heard(document: Document, screening: Screening, where: Where) -> None:
    if screening.mode != "raw" and screening.max_interval_s > COLD_CHAIN_SILENCE_S:
        told, most = f"{screening.max_interval_s:g}", f"{COLD_CHAIN_SILENCE_S:g}"
        document.complain(where, f"`max_interval_s` is {told}; a cold-chain point is told every {most} s at least")


def _once(document: Document, seen: dict[str, Where], name: Any, where: Where, noun: str) -> None:
    if not isinstance(name, str):
        return
    if name in seen:
        document.complain(where, f"{noun} `{name}` stands twice, first on line {document.line(seen[name])}")
    seen.setdefault(name, where)


def _of_site(document: Document, name: Any, site: Any, where: Where) -> None:
    if isinstance(name, str) and isinstance(site, str) and _names_points(name) and not name.startswith(f"{site}/"):
        document.complain(where, f"point `{name}` is not of site `{site}`")


def _names_points(text: str) -> bool:
    """One point, or with `{1}` those that topics name."""
    return is_point_name(text) or "{" in text


def _known_group(document: Document, name: Any, groups: Mapping[str, Any], where: Where) -> None:
    if isinstance(name, str) and name not in groups:
        document.complain(where, f"there is no group `{name}`; {near(name, groups)}")
