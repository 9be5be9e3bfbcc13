"""Config of an MQTT broker: who we are there, and which messages carry which points."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from edge.driver import Mistake
from edge.strict import DeviceConfig, PointConfig


class MqttPoint(PointConfig):
    """A number in the messages of a topic."""

    topic: str = Field(min_length=1, max_length=512)
    path: str | None = None  # where in the JSON: `t1`, `probes.0.value`; without it the payload is the number itself

    @property
    def source(self) -> str:
        return self.topic if self.path is None else f"{self.topic} {self.path}"


class MqttDevice(DeviceConfig):
    """A broker, and the loggers behind it."""

    driver: Literal["mqtt"]
    host: str = Field(min_length=1)
    port: int = Field(default=1883, ge=1, le=65_535)
    tls: bool = False
    client_id: str = Field(min_length=1, max_length=64)  # fixed, so that the broker keeps messages while we are away
    user: str | None = None
    password_env: str | None = None
    keep_alive_s: int = Field(default=15, ge=5, le=600)
    time: str | None = None  # where in the JSON the device's time is; without it the time of receipt counts
    points: tuple[MqttPoint, ...] = Field(min_length=1)


def mistakes(device: MqttDevice) -> list[Mistake]:
    """What does not fit together, point by point."""
    found = []
    for i, point in enumerate(device.points):
        if re.search(r"[+#\0]", point.topic):
            found.append(Mistake(("points", i, "topic"), f"`{point.topic}`: a point has one topic, without + and #"))
        if point.path == "":
            found.append(Mistake(("points", i, "path"), "`path` is empty; leave it out where the payload is a number"))
    return found
