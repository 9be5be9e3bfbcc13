"""How long a lot was exposed: excursions of a place against the intervals in which the lot stood there.

Time counts once, even where two probes of a room were out together or two dwell rows overlap.
"""

from __future__ import annotations

from collections.abc import Iterable

from models.columns import SECOND_US
from models.interval import Interval, merged


def exposed(excursions: Iterable[Interval], dwells: Iterable[Interval]) -> tuple[Interval, ...]:
    """When the lot stood there while it was out. Half open: leaving at the start is no exposure."""
    stays = merged(dwells)
    return tuple(
        Interval(max(out.start_us, stay.start_us), min(out.end_us, stay.end_us))
        for out in merged(excursions)
        for stay in stays
        if out.start_us < stay.end_us and stay.start_us < out.end_us
    )


def exposure_s(excursions: Iterable[Interval], dwells: Iterable[Interval]) -> float:
    """Seconds of exposure. Give an open excursion or dwell the judged moment as its end."""
    return sum(interval.length_us for interval in exposed(excursions, dwells)) / SECOND_US
