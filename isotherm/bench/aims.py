"""What the measurements should reach, and whether they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure that may be at most, or must be at least, so much."""

    measure: str  # store, edge, latency
    figure: str
    at_most: float | None = None
    at_least: float | None = None

    def judge(self, value: float | None) -> dict[str, Any]:
        """The figure, its aim in words, and whether it holds; a figure that could not be had holds nothing."""
        low, high = self.at_least, self.at_most
        words = f"at most {high:g}" if high is not None else f"at least {low:g}"
        holds = value is not None and (high is None or value <= high) and (low is None or value >= low)
        return {"figure": f"{self.measure}.{self.figure}", "value": value, "aim": words, "holds": holds}


AIMS = (
    Aim("store", "ingest_to_copy_ratio", at_least=0.6),
    Aim("edge", "cpu_us_per_value", at_most=25),
    Aim("edge", "idle_cpu_percent", at_most=1),
    Aim("edge", "rss_mb", at_most=80),
    Aim("latency", "p99_s", at_most=3),
    Aim("latency", "missing", at_most=0),
)


def judged(figures: Mapping[str, Mapping[str, Any]], aims: Iterable[Aim] = AIMS) -> list[dict[str, Any]]:
    """The aims of all measures that were made, judged."""
    return [aim.judge(figures[aim.measure].get(aim.figure)) for aim in aims if aim.measure in figures]
