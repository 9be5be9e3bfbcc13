"""What the drivers' parts of an edge's config share: devices, their points, and the groups that are read together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from edge.screening.config import Limits, Rule, Screening
from telemetry.point import is_point_name
from telemetry.strict import LevelText, Strict

LaneClass = Literal["cold-chain", "process", "bulk"]
"""Cold-chain is kept longest and sent soonest, bulk is dropped first when the buffer is full."""


def _point(text: str) -> str:
    if not is_point_name(text):
        raise ValueError(f"`{text}` is no point: site/area/equipment/measure, in lower-case letters, digits, hyphens")
    return text


PointText = Annotated[str, AfterValidator(_point)]


Mode = Literal["subscribe", "poll"]
"""Whether a device tells changes by itself, or is asked every period. Modbus only knows asking, MQTT only telling."""


class Group(Strict):
    """A sampling group: points that are read together. It is the unit in which a running edge changes its plan."""

    period_s: float = Field(gt=0, le=86_400)
    phase_s: float = Field(default=0.0, ge=0, le=86_400)  # how long after the start its first round begins
    mode: Mode = "subscribe"  # of drivers that know both
    lane: LaneClass = Field(default="process", alias="class")
    screening: Screening = Screening()  # of points that have none of their own
    limits: Limits = ()  # likewise

    @property
    def rule(self) -> Rule:
        """How its points are screened unless they say otherwise."""
        return Rule(self.screening, self.limits)


class PointConfig(Strict):
    """What every driver's point has; the driver adds the address."""

    point: PointText
    group: str
    screening: Screening | None = None  # the group's unless given
    limits: Limits | None = None  # likewise

    def rule(self, group: Group) -> Rule:
        """How it is screened."""
        screening = group.screening if self.screening is None else self.screening
        return Rule(screening, group.limits if self.limits is None else self.limits)

    @property
    def source(self) -> str:
        """Where the device keeps it, as its driver writes it."""
        raise NotImplementedError


_LONGEST_DEVICE = 48


def _device_name(text: str) -> str:
    if len(text) > _LONGEST_DEVICE:
        raise ValueError(
            f"a device's name is a part of points' names, such as `round-trip-...`: {_LONGEST_DEVICE} at most"
        )
    return text


DeviceText = Annotated[LevelText, AfterValidator(_device_name)]


class DeviceConfig(Strict):
    """What every driver's device has."""

    name: DeviceText
    driver: str
    points: tuple[PointConfig, ...] = Field(min_length=1)
