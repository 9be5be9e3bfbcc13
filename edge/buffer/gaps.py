"""What the buffer had to give up, put together: few records that tell all, instead of one for each block. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from telemetry.batch import Gap


def joined(told: Iterable[Gap], more: Iterable[Gap]) -> tuple[Gap, ...]:
    """Gaps in the order in which they began; those of one lane, reason and epoch are one, as wide as all of them."""
    found: dict[tuple[str, str, int], Gap] = {}
    for gap in (*told, *more):
        key = (gap.lane, gap.reason, gap.epoch)
        found[key] = _wider(found[key], gap) if key in found else gap
    return tuple(found.values())


def _wider(one: Gap, other: Gap) -> Gap:
    return one._replace(
        first_sequence=min(one.first_sequence, other.first_sequence),
        last_sequence=max(one.last_sequence, other.last_sequence),
        first_us=min(one.first_us, other.first_us),
        last_us=max(one.last_us, other.last_us),
        n=one.n + other.n,
    )
