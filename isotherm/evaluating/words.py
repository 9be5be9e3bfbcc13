"""Durations and figures as people read them."""

from __future__ import annotations

_PARTS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def duration(seconds: float) -> str:
    """`1 d 2 h`, `35 min`, `90 s`: exact, the largest units first."""
    if seconds < 0:
        return f"-{duration(-seconds)}"
    parts, rest = [], seconds
    for size, unit in _PARTS:
        whole, rest = divmod(rest, size)
        if whole:
            parts.append(f"{whole:.0f} {unit}")
    if rest or not parts:
        parts.append(f"{rest:.6g} s")
    return " ".join(parts)


def degrees(value: float | None) -> str:
    """A temperature as it is read."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def share(value: float | None) -> str:
    """A share in percent, never rounded up to a whole that it isn't."""
    return "" if value is None else f"{int(value * 10_000) / 100:g} %"
