"""Checks, durations and figures as people read them."""

from __future__ import annotations

from isotherm.evaluating.course import Check, Rule

QUESTIONS = {
    Rule.ALARM: "Within the limits",
    Rule.WARN: "Within the warning limits",
    Rule.CRITICAL: "Never critical",
    Rule.CUMULATIVE: "Time beyond, added up",
    Rule.RATE: "Rate of change",
    Rule.KINETIC: "Mean kinetic temperature of the worst window",
    Rule.CEILING: "Never above the ceiling",
    Rule.FLOOR: "Never below the floor",
    Rule.LONGEST: "Longest time outside",
    Rule.LOW_SIDE: "No excursion to the cold",
    Rule.COMPLETENESS: "Enough is known",
    Rule.CADENCE: "Recorded often enough",
}
"""What each check asks."""

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


def figures(check: Check) -> str:
    """Figures of a check in words, those that are there."""
    return ", ".join(
        f"{_name(name)} {_figure(name, value)}"
        for name, value in (("point", check.point), *check.figures.items())
        if value is not None
    )


def _name(name: str) -> str:
    return name.removesuffix("_s").removesuffix("_c").replace("_", " ")


def _figure(name: str, value: object) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        if name.endswith("_s"):
            return duration(value)
        return share(value) if name in {"share", "least"} else f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)
