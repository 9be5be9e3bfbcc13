"""Trends as the chart in the browser takes them: columns, limits, episodes. Pure: rows in, JSON out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.plantview import digits_of, fixed
from mes.plant.model import MeasuringPoint, RuleVersion
from mes.quality.model import Episode
from models.policy import Level
from telemetry import units
from telemetry.store import Trend


@dataclass(frozen=True, slots=True)
class Shown:
    """A point as a curve: its trend, what it is called, the limits that are drawn for it."""

    point: MeasuringPoint
    label: str
    trend: Trend
    rule: RuleVersion | None
    words: Mapping[int, str]  # what a switch's numbers mean, in the reader's language; empty for a measurement

    def told(self, value: float | None) -> str:
        """A value as its table prints it."""
        if value is None:
            return "–"
        whole = round(value)
        if whole == value and whole in self.words:
            return self.words[whole]
        return f"{fixed(value, self.digits)} {self.unit}".rstrip()

    @property
    def unit(self) -> str:
        return "" if self.words else units.shown(self.point.unit)

    @property
    def digits(self) -> int:
        return digits_of(self.point.resolution)

    @property
    def hold_s(self) -> float:
        """How long after a bucket's beginning something is known: its own width, and while its last reading holds."""
        return self.trend.width_s + self.point.stale_s

    def lowest(self) -> float | None:
        return min((v for v in self.trend.min if v is not None), default=None)

    def highest(self) -> float | None:
        return max((v for v in self.trend.max if v is not None), default=None)

    def mean(self) -> float | None:
        """Over the readings, not over the buckets."""
        pairs = [(m, n) for m, n in zip(self.trend.mean, self.trend.n, strict=True) if m is not None]
        return sum(m * n for m, n in pairs) / sum(n for _, n in pairs) if pairs else None

    def known_share(self) -> float:
        """Share of the window in which something is known: a reading holds for as long as its point allows.

        A bucket with bad readings alone ends that: since then nothing is known.
        """
        hold_ms = self.hold_s * 1000
        told = [(t, m) for t, m, n in zip(self.trend.t, self.trend.mean, self.trend.n, strict=True) if n]
        if not told:
            return 0.0
        whole = len(self.trend.t) * self.trend.width_s * 1000
        ends = [*(t for t, _ in told[1:]), self.trend.t[0] + whole]
        known = [min(end - t, hold_ms) for (t, m), end in zip(told, ends, strict=True) if m is not None]
        return sum(known) / whole


def as_json(
    shown: Sequence[Shown], episodes: Iterable[Episode], start: datetime, end: datetime, *, live: bool, grows: bool
) -> dict[str, Any]:
    """What trend-data.ts calls a Trend; times in seconds since 1970."""
    return {
        "from": start.timestamp(),
        "to": end.timestamp(),
        "live": live,
        "grows": grows,
        "times": [t // 1000 for t in shown[0].trend.t] if shown else [],
        "traces": [_trace(each) for each in shown],
        "limits": _limits(shown),
        "episodes": [_episode(e) for e in episodes if e.withdrawn_at is None and e.level is not Level.WARN],
    }


def _trace(shown: Shown) -> dict[str, Any]:
    trend = shown.trend
    counts = list(zip(trend.n, trend.good, trend.bad, strict=True))
    return {
        "point": trend.point_id,
        "name": shown.label,
        "unit": shown.unit,
        "digits": shown.digits,
        "words": shown.words,
        "hold": shown.hold_s,
        "min": trend.min,
        "mean": trend.mean,
        "max": trend.max,
        "uncertain": [place for place, (n, good, bad) in enumerate(counts) if n > good + bad],
        "bad": [place for place, (_, _, bad) in enumerate(counts) if bad],
    }


def _limits(shown: Iterable[Shown]) -> list[dict[str, Any]]:
    """Each limit once, however many curves it is for."""
    found: Mapping[tuple[str, float], str] = {
        (each.unit, value): f"{value:g} {each.unit}"
        for each in shown
        if each.rule is not None
        for value in (each.rule.low, each.rule.high)
        if value is not None
    }
    return [{"unit": unit, "value": value, "label": label} for (unit, value), label in found.items()]


def _episode(episode: Episode) -> dict[str, Any]:
    end = episode.ended_at.timestamp() if episode.ended_at else None
    return {"from": episode.started_at.timestamp(), "to": end, "label": str(episode.id)}
