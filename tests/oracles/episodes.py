"""Times out of limits, and silences: a walk along the readings of one point with a clock in the hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tests.oracles.readings import SECOND_US, Range, Reading, moments, one_a_moment, printed, rounded, side_of


@dataclass(slots=True)
class Episode:
    """One time out, as it grows."""

    side: str
    start_us: int
    peak: float
    peak_us: int
    end_us: int | None = None
    known_us: int = 0
    unknown_us: int = 0
    raised_us: int | None = None
    readings: int = 0
    uncertain: int = 0

    @property
    def worst_case_us(self) -> int:
        return self.known_us + self.unknown_us


@dataclass(frozen=True, slots=True)
class Judge:
    """What readings are held against."""

    limits: Range
    deadband: float
    stale_us: int
    resolution: Decimal

    def delay_us(self, side: str) -> int:
        delay_s = self.limits.high_delay_s if side == "high" else self.limits.low_delay_s
        return round(delay_s * SECOND_US)

    def ends(self, side: str, value: float) -> bool:
        """Inside the deadband, and not out."""
        if side_of(value, self.limits, self.resolution) == side:
            return False
        taken, inside = rounded(value, self.resolution), printed(self.deadband)
        if side == "high":
            return self.limits.high is None or taken <= self._last_inside(self.limits.high, side) - inside
        return self.limits.low is None or taken >= self._last_inside(self.limits.low, side) + inside

    def _last_inside(self, limit: float, side: str) -> Decimal:
        """From where the deadband is measured: the limit, or the value before it where the limit itself is out."""
        edge = printed(limit)
        is_out = self.limits.high_inclusive if side == "high" else self.limits.low_inclusive
        if not is_out or edge % self.resolution:
            return edge
        return edge - self.resolution if side == "high" else edge + self.resolution

    def episodes(self, readings: Iterable[Reading], until_us: int) -> list[Episode]:
        """In order of time, as known at `until_us`."""
        found: list[Episode] = []
        current: Episode | None = None
        row = one_a_moment(readings, self.limits, self.resolution)
        for reading, following in zip(row, [*row[1:], None], strict=True):
            if current is not None and reading.value is not None and self.ends(current.side, reading.value):
                current.end_us, current = reading.at_us, None
            side = side_of(reading.value, self.limits, self.resolution)
            if current is not None and side is not None and side != current.side:
                current.end_us, current = reading.at_us, None
            if current is None and side is not None and reading.value is not None:
                current = Episode(side, reading.at_us, reading.value, reading.at_us)
                found.append(current)
            if current is not None:
                self._spend(current, reading, following, until_us)
        return found

    def _spend(self, episode: Episode, reading: Reading, following: Reading | None, until_us: int) -> None:
        """The time from a reading to the next one, within an episode."""
        after_us = until_us if following is None else following.at_us
        if reading.value is None:
            episode.unknown_us += after_us - reading.at_us
            return
        self._see(episode, reading)
        stale_us = min(after_us, reading.at_us + self.stale_us)
        episode.unknown_us += after_us - stale_us
        if side_of(reading.value, self.limits, self.resolution) is not None:
            episode.known_us += stale_us - reading.at_us
        due_us = episode.start_us + self.delay_us(episode.side)
        raised_us = max(due_us, reading.at_us)
        is_before_next = raised_us <= until_us if following is None else raised_us < following.at_us
        if episode.raised_us is None and is_before_next and raised_us <= reading.at_us + self.stale_us:
            episode.raised_us = raised_us

    @staticmethod
    def _see(episode: Episode, reading: Reading) -> None:
        assert reading.value is not None
        episode.readings += 1
        episode.uncertain += reading.quality & 0xC0 == 0x40
        is_farther = reading.value > episode.peak if episode.side == "high" else reading.value < episode.peak
        if is_farther:
            episode.peak, episode.peak_us = reading.value, reading.at_us


def silences(readings: Iterable[Reading], stale_us: int, until_us: int) -> list[tuple[int, int | None]]:
    """From when to when nothing was known; None: still silent at the end. A bad reading begins one at once."""
    found: list[tuple[int, int | None]] = []
    silent_from: int | None = None
    last_us: int | None = None  # of the last good reading, as long as nothing is amiss
    for of_moment in moments(readings):
        at_us = of_moment[0].at_us
        if last_us is not None and at_us > last_us + stale_us:
            silent_from = last_us + stale_us
        if any(reading.value is None for reading in of_moment):
            silent_from, last_us = (at_us if silent_from is None else silent_from), None
            continue
        if silent_from is not None:
            found.append((silent_from, at_us))
        silent_from, last_us = None, at_us
    if last_us is not None and until_us > last_us + stale_us:
        silent_from = last_us + stale_us
    return found if silent_from is None else [*found, (silent_from, None)]
