"""What every part of an edge's config shares: unknown keys are refused, and names are the plant's names."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from telemetry.point import is_level_name, is_point_name

LaneClass = Literal["cold-chain", "process", "bulk"]
"""Cold-chain is kept longest and sent soonest, bulk is dropped first when the buffer is full."""


class Strict(BaseModel):
    """A part of a config: typed, unchangeable, without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _point(text: str) -> str:
    if not is_point_name(text):
        raise ValueError(f"`{text}` is no point: site/area/equipment/measure, in lower-case letters, digits, hyphens")
    return text


def _level(text: str) -> str:
    if not is_level_name(text):
        raise ValueError(f"`{text}` is no name: lower-case letters, digits and hyphens, 64 at most")
    return text


PointText = Annotated[str, AfterValidator(_point)]
LevelText = Annotated[str, AfterValidator(_level)]


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
