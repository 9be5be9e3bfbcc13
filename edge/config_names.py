"""Names that topics fill in, held against those of other devices: no two devices may come to share a point. Pure.

Within one device its driver sees to that, message by message; devices know nothing of each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from edge.strict import DeviceConfig
from telemetry.lines import Where

_PLACE = re.compile(r"\{[0-9]+\}")


def shared(devices: Mapping[int, DeviceConfig]) -> Iterator[tuple[Where, str]]:
    """Each name with places that can become a point of another device: where it stands, and what is wrong with it."""
    for i, device in devices.items():
        for j, point in enumerate(device.points):
            if "{" not in point.point:
                continue
            for k, other in devices.items():
                theirs = next((p.point for p in other.points if may_be_one(point.point, p.point)), None)
                if theirs is not None and (k < i or (k > i and "{" not in theirs)):  # of two such names one is told
                    where: Where = ("devices", i, "points", j, "point")
                    yield where, f"`{point.point}` can become `{theirs}`, which is a point of device `{other.name}`"


def may_be_one(pattern: str, other: str) -> bool:
    """Whether a name with places can become another name, which may have places too."""
    levels, others = pattern.split("/"), other.split("/")
    return len(levels) == len(others) and all(map(_may_be_one_level, levels, others))


def _may_be_one_level(one: str, other: str) -> bool:
    (head, *tail), (other_head, *other_tail) = _PLACE.split(one), _PLACE.split(other)
    if not tail and not other_tail:
        return one == other
    if not tail:
        return _fills(other_head, other_tail[-1], one)
    if not other_tail:
        return _fills(head, tail[-1], other)
    heads, tails = sorted((head, other_head), key=len), sorted((tail[-1], other_tail[-1]), key=len)
    return heads[1].startswith(heads[0]) and tails[1].endswith(tails[0])


def _fills(head: str, tail: str, level: str) -> bool:
    return level.startswith(head) and level.endswith(tail) and len(level) > len(head) + len(tail)
