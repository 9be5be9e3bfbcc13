"""Config of an MQTT broker: who we are there, and which messages carry which points."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from edge.driver import Mistake
from edge.drivers.mqtt.topics import is_filter, is_name_with_places, overlap, places_in
from edge.strict import DeviceConfig, PointConfig
from telemetry.strict import Strict

_ONE_OF = "a point has one of `topic`, `topics`, `metric`"
_METRIC_PARTS = 4


def _name(text: str) -> str:
    if not is_name_with_places(text):
        raise ValueError(
            f"`{text}` is no point: site/area/equipment/measure, in lower-case letters, digits, hyphens;"
            " with `topics` one {1}, {2}.. a level"
        )
    return text


class MetricAddress(Strict):
    """Where Sparkplug keeps a value: a metric of an edge node, or of a device behind it."""

    group: str
    node: str
    device: str  # empty for a metric of the node itself
    name: str  # may have slashes of its own

    @property
    def edge_node(self) -> str:
        """Group and node, by which Sparkplug tells edge nodes apart."""
        return f"{self.group}/{self.node}"


class MqttPoint(PointConfig):
    """A number in the messages of a topic, of each topic under a wildcard, or of a Sparkplug metric."""

    point: Annotated[str, AfterValidator(_name)]
    topic: str | None = Field(default=None, min_length=1, max_length=512)
    topics: str | None = Field(default=None, min_length=1, max_length=512)  # with `+`; the name has {1} for the first
    metric: str | None = Field(default=None, min_length=1, max_length=512)  # group/node/device/name, Sparkplug B
    path: str | None = None  # where in the JSON: `t1`, `probes.0.value`; without it the payload is the number itself

    @property
    def source(self) -> str:
        address = self.topic or self.topics or self.metric or ""
        return address if self.path is None else f"{address} {self.path}"

    @property
    def address(self) -> MetricAddress | None:
        """The Sparkplug metric; None for other points."""
        parts = (self.metric or "").split("/", 3)
        if len(parts) < _METRIC_PARTS:
            return None
        return MetricAddress(group=parts[0], node=parts[1], device=parts[2], name=parts[3])


class TlsFiles(Strict):
    """Certificates of a plant's own."""

    ca: Path | None = None  # who may have signed the broker's; unless given, those the system trusts
    certificate: Path | None = None  # the edge's own, where the broker asks for one
    key: Path | None = None


class MqttDevice(DeviceConfig):
    """A broker, and the loggers behind it."""

    driver: Literal["mqtt"]
    version: Literal["3.1.1", "5"] = "3.1.1"
    host: str = Field(min_length=1)
    port: int = Field(default=1883, ge=1, le=65_535)
    tls: bool | TlsFiles = False
    client_id: str = Field(min_length=1, max_length=64)  # fixed, so that the broker keeps messages while we are away
    user: str | None = None
    password_env: str | None = None
    keep_alive_s: int = Field(default=15, ge=5, le=600)
    session_days: float = Field(default=30.0, gt=0, le=3650)  # MQTT 5: how long the broker keeps messages for us
    qos: Literal[0, 1] = 1  # not 2: the library would answer before the readings are on disk
    time: str | None = None  # where in the JSON the device's time is; without it the time of receipt counts
    rebirth: bool = False  # whether Sparkplug nodes may be asked for a birth: the only thing ever published
    max_points: int = Field(default=1000, ge=1, le=50_000)  # points that topics under wildcards may name
    max_message_kb: int = Field(default=1024, ge=1, le=262_144)
    points: tuple[MqttPoint, ...] = Field(min_length=1)


def mistakes(device: MqttDevice) -> list[Mistake]:
    """What does not fit together, point by point."""
    found = [
        Mistake(("points", i, key), text)
        for i, point in enumerate(device.points)
        for look in _LOOKS
        for key, text in look(point)
    ]
    if isinstance(device.tls, TlsFiles) and (device.tls.certificate is None) != (device.tls.key is None):
        found.append(Mistake(("tls",), "`certificate` and `key` go together: give both or none"))
    return [*found, *_overlaps(device)]


def _of_address(point: MqttPoint) -> Iterator[tuple[str, str]]:
    given = [key for key in ("topic", "topics", "metric") if getattr(point, key) is not None]
    if len(given) != 1:
        yield (given[1], f"{_ONE_OF}, not several") if given else ("topic", f"`topic` is missing: {_ONE_OF}")
    if point.topics is None and places_in(point.point):
        yield "point", f"`{point.point}`: {{1}} is filled in from `topics`, which this point has not"


def _of_topic(point: MqttPoint) -> Iterator[tuple[str, str]]:
    if point.topic is not None and re.search(r"[+#\0]", point.topic):
        yield "topic", f"`{point.topic}`: a point has one topic, without + and #; for several there is `topics`"


def _of_topics(point: MqttPoint) -> Iterator[tuple[str, str]]:
    if point.topics is None:
        return
    levels = point.topics.count("+")
    if not is_filter(point.topics) or "#" in point.topics or not levels:
        yield "topics", f"`{point.topics}`: levels are names or a `+` alone, with one `+` at least and no #"
    elif sorted(places_in(point.point)) != list(range(1, levels + 1)):
        wanted = ", ".join(f"{{{n}}}" for n in range(1, levels + 1))
        yield "point", f"`{point.point}` must have {wanted} once each, so that no two topics share a point"
    if places_in(point.point.split("/")[0]):
        yield "point", f"`{point.point}`: the site is a fixed name"


def _of_metric(point: MqttPoint) -> Iterator[tuple[str, str]]:
    if point.metric is None:
        return
    address = point.address
    if address is None or not (address.group and address.node and address.name):
        yield "metric", f"`{point.metric}` must be group/node/device/name; group/node//name for a metric of the node"
    elif re.search(r"[+#\0]", f"{address.edge_node}{address.device}"):
        yield "metric", f"`{point.metric}`: group, node and device have no + and #"


def _of_path(point: MqttPoint) -> Iterator[tuple[str, str]]:
    if point.path == "":
        yield "path", "`path` is empty; leave it out where the payload is a number"
    if point.path and point.metric is not None:
        yield "path", "a Sparkplug metric has no `path`"


_LOOKS: tuple[Callable[[MqttPoint], Iterator[tuple[str, str]]], ...] = (
    _of_address,
    _of_topic,
    _of_topics,
    _of_metric,
    _of_path,
)


def _overlaps(device: MqttDevice) -> Iterator[Mistake]:
    """Two wildcards that a topic may match both: some brokers would send its messages twice."""
    first = {point.topics: i for i, point in reversed(list(enumerate(device.points))) if point.topics}
    for (one, _), (other, at) in combinations(sorted(first.items(), key=lambda item: item[1]), 2):
        if overlap(one, other):
            yield Mistake(("points", at, "topics"), f"`{other}` and `{one}` can match the same topic")
