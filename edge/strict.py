"""What the drivers' parts of an edge's config share: devices, their points, and the groups that are read together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from telemetry.point import is_point_name
from telemetry.strict import LevelText, Strict

LaneClass = Literal["cold-chain", "process", "bulk"]
"""Cold-chain is kept longest and sent soonest, bulk is dropped first when the buffer is full."""


def _point(text: str) -> str:
    if not is_point_name(text):
        raise ValueError(f"`{text}` is no point: site/area/equipment/measure, in lower-case letters, digits, hyphens")
    return text


PointText = Annotated[str, AfterValidator(_point)]


class Group(Strict):
    """A sampling group: points that are read together."""

    period_s: float = Field(gt=0, le=86_400)
    lane: LaneClass = Field(default="process", alias="class")


class PointConfig(Strict):
    """What every driver's point has; the driver adds the address."""

    point: PointText
    group: str

    @property
    def source(self) -> str:
        """Where the device keeps it, as its driver writes it."""
        raise NotImplementedError


class DeviceConfig(Strict):
    """What every driver's device has."""

    name: LevelText
    driver: str
    points: tuple[PointConfig, ...] = Field(min_length=1)
