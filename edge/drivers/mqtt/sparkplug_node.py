"""What is known of one Sparkplug edge node: its births, its sequence of messages, what of it is dead. Pure.

A birth gives names and types to aliases; without one nothing is guessed. A number that is missing in the sequence means
lost messages: what the next message does not bring anew goes bad once, and all is uncertain until the next birth. What
is told of a loss or a device's death is dated by the node's own clock, so that it stands before the values that follow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

from edge.drivers.mqtt.config import MqttPoint
from edge.drivers.mqtt.sparkplug import BIRTH_AND_DEATH, Message, Metric, is_clear, number, parse
from telemetry.batch import Reading
from telemetry.quality import Quality, is_good

_SEQUENCE = 256
_REMEMBERED = 64
"""Messages that a broker may send again: more than it has in flight to us, fewer than a sequence has numbers."""
NODE = ""
"""The device that stands for the node itself."""


@dataclass(slots=True)
class Outcome:
    """What a message gave."""

    readings: list[Reading] = field(default_factory=list)
    set_aside: int = 0  # values that could be anybody's
    why: str = ""  # of the last one set aside
    lost: int = 0  # messages that must have been before this one
    repeated: bool = False


class Birth(NamedTuple):
    """What a birth says of a node's or a device's metrics."""

    names: dict[int, str]  # by alias
    types: dict[str, int]


class EdgeNode:
    """One edge node, with the devices behind it. Raises Unreadable for bytes that are no payload."""

    def __init__(self, name: str, points: Iterable[MqttPoint]) -> None:
        self.name = name
        self.point_reasons: dict[str, str] = {}
        self._births: dict[str, Birth] = {}
        self._uncertain: set[str] = set()  # devices of which messages were lost since their births
        self._dead: set[str] = set()
        self._seq: int | None = None
        self._bd_seq: int | None = None
        self._recent: deque[int] = deque(maxlen=_REMEMBERED)
        self._wanted: dict[str, dict[str, list[str]]] = {}
        self.change(points)

    def change(self, points: Iterable[MqttPoint]) -> None:
        """Other points from now on. Births stay known; a device that had no point waits for its next one."""
        self._wanted = {}
        for point in points:
            if address := point.address:
                self._wanted.setdefault(address.device, {}).setdefault(address.name, []).append(point.point)
        heard = {NODE, *self._wanted}
        self._births = {device: birth for device, birth in self._births.items() if device in heard}
        self._uncertain &= heard
        self._dead &= heard
        names = set(self._points_of(self._wanted))
        self.point_reasons = {name: why for name, why in self.point_reasons.items() if name in names}

    def forget(self) -> None:
        """Nothing is known any more: deaths may have been missed."""
        self._births.clear()
        self._uncertain.clear()
        self._seq = self._bd_seq = None

    @property
    def reason(self) -> str:
        """In words, why not all of it can be relied upon; empty when it can."""
        if NODE in self._dead:
            return f"Sparkplug node {self.name} is dead"
        for state, devices in (
            ("dead", self._dead),
            ("without a birth so far", self._wanted.keys() - self._births.keys()),
            ("uncertain until the next birth, since messages were lost", self._uncertain),
        ):
            named = sorted(device or "itself" for device in devices & self._wanted.keys())
            if named:
                return f"Sparkplug node {self.name}: {', '.join(named[:5])} {state}"
        return ""

    def take(self, kind: str, device: str, payload: bytes, received_us: int) -> Outcome:
        """One message of the node (device empty) or of a device behind it."""
        message = parse(payload)
        mark = hash((kind, device, payload))
        if message.seq is not None and mark in self._recent:
            return Outcome(repeated=True)
        self._recent.append(mark)
        if kind == "NDEATH":
            return Outcome(self._node_died(message, received_us))
        outcome = Outcome(lost=self._counted(kind, message))
        if device == NODE or device in self._wanted:  # of other devices only the sequence matters
            self._heard(kind, device, message, received_us, outcome)
        if outcome.lost:
            outcome.readings = [*self._lost(outcome.readings, message.sent_us, received_us), *outcome.readings]
        return outcome

    def _heard(self, kind: str, device: str, message: Message, received_us: int, outcome: Outcome) -> None:
        """A birth, values or the death of a device."""
        if kind == "DDEATH":
            outcome.readings += self._died([device], message.sent_us, received_us)
            return
        is_birth = kind in {"NBIRTH", "DBIRTH"}
        if is_birth:
            self._was_born(device, message)
        if device in self._wanted:
            self._read(device, message, received_us, outcome)
        if is_birth:
            outcome.readings += self._unnamed(device, message, received_us)

    def _counted(self, kind: str, message: Message) -> int:
        """How many messages are missing before this one. An NBIRTH begins a new sequence."""
        if kind == "NBIRTH":
            self._seq = message.seq or 0
            return 0
        if message.seq is None:
            return 0
        lost = 0 if self._seq is None else (message.seq - self._seq - 1) % _SEQUENCE
        self._seq = message.seq % _SEQUENCE
        if lost:
            self._uncertain = set(self._births)
        return lost

    def _lost(self, anew: list[Reading], sent_us: int | None, received_us: int) -> list[Reading]:
        """What was lost may have been news of any point that is alive, but for those that this message brings."""
        alive = [device for device in self._wanted if device not in self._dead]
        brought = {reading.point for reading in anew}
        points = [point for point in self._points_of(alive) if point not in brought]
        return _bad(points, sent_us, received_us, Quality.BAD_NO_COMMUNICATION)

    def _was_born(self, device: str, message: Message) -> None:
        birth = Birth({}, {})
        for metric in message.metrics:
            if metric.name is None:
                continue
            if metric.alias is not None:
                birth.names[metric.alias] = metric.name
            if metric.datatype is not None:
                birth.types[metric.name] = metric.datatype
        if device == NODE:  # its devices are born anew after it
            self._births.clear()
            self._uncertain.clear()
            self._bd_seq = _bd_seq(message)
        self._births[device] = birth
        self._uncertain.discard(device)
        self._dead.discard(device)

    def _node_died(self, message: Message, received_us: int) -> list[Reading]:
        """The broker tells a death as the node left it when it connected: it may be the death of an earlier life."""
        told = _bd_seq(message)
        if None not in {told, self._bd_seq} and told != self._bd_seq:
            return []
        self.forget()
        self._recent.clear()
        return self._died([NODE, *self._wanted], None, received_us)

    def _died(self, devices: list[str], sent_us: int | None, received_us: int) -> list[Reading]:
        newly = [device for device in dict.fromkeys(devices) if device not in self._dead]
        for device in newly:
            self._births.pop(device, None)
            self._uncertain.discard(device)
            self._dead.add(device)
        return _bad(self._points_of(newly), sent_us, received_us, Quality.BAD_NO_COMMUNICATION)

    def _read(self, device: str, message: Message, received_us: int, outcome: Outcome) -> None:
        birth = self._births.get(device)
        wanted = self._wanted[device]
        is_certain = birth is not None and device not in self._uncertain
        for metric in message.metrics:
            name, why = _named(metric, birth)
            points = wanted.get(name, ())
            datatype = metric.datatype or (birth.types.get(name) if birth else None)
            if points and datatype is None and not is_clear(metric):
                why = f"the type of {name} is not known before a birth tells it"
            if why:
                outcome.set_aside, outcome.why = outcome.set_aside + 1, f"{self.name} {device}: {why}"
                continue
            for point in points:
                outcome.readings.append(_reading(point, metric, datatype, received_us, is_certain))

    def _unnamed(self, device: str, message: Message, received_us: int) -> list[Reading]:
        """Points that the birth does not name, told once a birth."""
        named = {metric.name for metric in message.metrics}
        absent = []
        for name, points in self._wanted.get(device, {}).items():
            for point in points:
                if name in named:
                    self.point_reasons.pop(point, None)
                else:
                    self.point_reasons[point] = f"the birth of node {self.name} does not name it"
                    absent.append(point)
        return _bad(absent, None, received_us, Quality.BAD_CONFIGURATION)

    def _points_of(self, devices: Iterable[str]) -> list[str]:
        return [p for device in devices for points in self._wanted.get(device, {}).values() for p in points]


def _bad(points: Iterable[str], at_us: int | None, received_us: int, quality: Quality) -> list[Reading]:
    return [Reading(point, received_us if at_us is None else at_us, received_us, nan, quality) for point in points]


def _named(metric: Metric, birth: Birth | None) -> tuple[str, str]:
    """A metric's name, or why it has none."""
    if metric.name:
        return metric.name, ""
    if metric.alias is None:
        return "", "a value with neither name nor alias"
    if birth is None:
        return "", f"alias {metric.alias} before a birth"
    name = birth.names.get(metric.alias)
    return (name, "") if name is not None else ("", f"alias {metric.alias} is not in the birth")


def _reading(point: str, metric: Metric, datatype: int | None, received_us: int, is_certain: bool) -> Reading:
    value, quality = number(metric, datatype)
    if is_good(quality):
        if not is_certain:
            quality = Quality.UNCERTAIN
        elif metric.at_us is None:
            quality = Quality.UNCERTAIN_TIME
    return Reading(point, received_us if metric.at_us is None else metric.at_us, received_us, value, quality)


def _bd_seq(message: Message) -> int | None:
    for metric in message.metrics:
        if metric.name == BIRTH_AND_DEATH and isinstance(metric.raw, int):
            return metric.raw
    return None
