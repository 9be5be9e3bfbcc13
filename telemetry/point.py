"""Names of measuring points: `site/area/equipment/measure`, lower case, digits and hyphens (ISA-95 levels)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telemetry.errors import Invalid

_LEVEL = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
_NAME = re.compile(rf"{_LEVEL}(?:/{_LEVEL}){{3}}")
_WORD = re.compile(_LEVEL)


EDGES_AREA = "edges"
"""The area under which edges speak of themselves: `site/edges/<edge>/<measure>`."""


class BadPointName(Invalid):
    """A point is named site/area/equipment/measure, in lower-case letters, digits and hyphens."""


@dataclass(frozen=True, slots=True)
class PointName:
    site: str
    area: str
    equipment: str
    measure: str

    @property
    def equipment_path(self) -> str:
        """Name of the equipment it hangs on: `site/area/equipment`."""
        return f"{self.site}/{self.area}/{self.equipment}"

    def __str__(self) -> str:
        return f"{self.equipment_path}/{self.measure}"


def is_point_name(text: str) -> bool:
    """Whether the text names a point."""
    return _NAME.fullmatch(text) is not None


def is_edges_own(text: str) -> bool:
    """Whether a point is what an edge says of itself: no plant model names it, and nobody judges its readings."""
    return is_point_name(text) and text.split("/")[1] == EDGES_AREA


def is_level_name(text: str) -> bool:
    """Whether the text may stand for one level: a site, an edge, an equipment."""
    return _WORD.fullmatch(text) is not None


def parse_point(text: str) -> PointName:
    """Read a point's name. Raises BadPointName."""
    if not is_point_name(text):
        raise BadPointName(name=text)
    return PointName(*text.split("/"))
