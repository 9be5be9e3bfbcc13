"""What all files that a person writes share: unknown keys are refused, numbers are finite, names are plant names."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from telemetry.point import is_level_name


class Strict(BaseModel):
    """A part of a file: typed, unchangeable, without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _level(text: str) -> str:
    if not is_level_name(text):
        raise ValueError(f"`{text}` is no name: lower-case letters, digits and hyphens, 64 at most")
    return text


LevelText = Annotated[str, AfterValidator(_level)]
"""One level of a point's name: a site, an edge, an equipment; codes are written alike."""
