"""Judges the readings of one point: which go on, and which are held back. Pure; time comes with the readings.

A deadband compares with the last reading that was *sent*, never with the one before: a freezer that thaws by a tenth
of a degree a minute would stay below any difference to its neighbour. A swinging door sends the ends of straight lines
from which no reading is further away than its deviation (after Bristol's patent US 4,669,097; here the line must meet
the cone of every reading on its way, so that the bound holds for the readings sent, not only for some line).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from math import inf, nextafter
from typing import Protocol

from edge.screening.config import Rule
from telemetry.quality import is_bad

Sample = tuple[int, int, float, int, int | None, int]
"""device_us, received_us, value, quality, the device's own time where it was not believed, the protocol's status."""

_BEFORE_ALL = -(2**63)


class _Shape(Protocol):
    """What a value may do without being told."""

    def anchor(self, at_us: int, value: float) -> None:
        """A reading was sent: from here on it counts."""
        ...

    def fits(self, at_us: int, value: float) -> bool:
        """Whether what was sent tells this one too. NaN never does."""
        ...


class Band:
    """Within so much of the last value sent."""

    __slots__ = ("_high", "_low", "_width")

    def __init__(self, width: float) -> None:
        self._width, self._low, self._high = width, inf, -inf

    def anchor(self, at_us: int, value: float) -> None:
        self._low, self._high = value - self._width, value + self._width

    def fits(self, at_us: int, value: float) -> bool:
        return self._low <= value <= self._high


class Door:
    """On a line from the last value sent that passes every value since within the deviation."""

    __slots__ = ("_at_us", "_deviation", "_flattest", "_steepest", "_value")

    def __init__(self, deviation: float) -> None:
        self._deviation, self._at_us, self._value = deviation, 0, 0.0
        self._flattest, self._steepest = -inf, inf

    def anchor(self, at_us: int, value: float) -> None:
        self._at_us, self._value = at_us, value
        self._flattest, self._steepest = -inf, inf

    def fits(self, at_us: int, value: float) -> bool:
        elapsed_us, rise = at_us - self._at_us, value - self._value
        if elapsed_us <= 0:
            return abs(rise) <= self._deviation
        if not self._flattest <= rise / elapsed_us <= self._steepest:
            return False
        self._flattest = max(self._flattest, (rise - self._deviation) / elapsed_us)
        self._steepest = min(self._steepest, (rise + self._deviation) / elapsed_us)
        return True


class Judge:
    """One point's state, in memory only: after a start the first reading goes on.

    In order of device time; a reading that is older than one seen before goes on as it is and changes nothing.
    """

    __slots__ = (
        "_ceiling",
        "_due_us",
        "_floor",
        "_limits",
        "_lines",
        "_longest_us",
        "_quality",
        "_seen_us",
        "_sent_us",
        "_shape",
        "held",
        "rule",
    )

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.held: Sample | None = None  # the last reading that was held back
        self._lines = rule.screening.mode == "swinging-door"
        self._shape: _Shape = (Door if self._lines else Band)(rule.screening.band)
        self._limits = rule.limits
        self._longest_us = round(rule.screening.max_interval_s * 1_000_000)
        self._quality = -1  # of the last reading seen
        self._seen_us = _BEFORE_ALL  # device time of the last reading seen
        self._due_us = _BEFORE_ALL  # when the next one is due at the latest, by device time
        self._sent_us = _BEFORE_ALL  # received time of the last one sent
        self._floor, self._ceiling = -inf, inf  # between these no limit is crossed

    def take(self, sample: Sample) -> tuple[Sample, ...]:
        """What goes on because of this reading, in order: none, itself, one that was held back, or both."""
        at_us, _, value, quality, _, _ = sample
        if at_us < self._seen_us:
            return (*self.release(), sample)
        before = self.release() if at_us > self._due_us else ()
        if quality != self._quality:
            return (*before, *self._turn(sample))
        if not is_bad(quality):
            if not self._floor <= value <= self._ceiling:
                return (*before, *self._turn(sample))
            if not self._shape.fits(at_us, value):
                return (*before, *self._bend(sample))
        if at_us >= self._due_us or 2 * at_us - self._seen_us > self._due_us:  # one more such step would be too late
            return (*before, *self._send(sample))
        return (*before, *self._hold(sample))

    def release(self) -> tuple[Sample, ...]:
        """What is held back goes on now."""
        return () if self.held is None else self._send(self.held)

    def overdue(self, now_us: int) -> tuple[Sample, ...]:
        """What has been held back for too long by the edge's own clock: the device fell silent, or its clock did."""
        if self.held is None or now_us - self._sent_us < self._longest_us:
            return ()
        return self.release()

    def end(self) -> tuple[Sample, ...]:
        """What must not be lost when judging ends: the end of a line. A deadband has told all it has to tell."""
        return self.release() if self._lines else ()

    def _turn(self, sample: Sample) -> tuple[Sample, ...]:
        """Another quality, or a limit crossed: a line ends with the reading before."""
        ends = self._lines and self.held is not None and not is_bad(self.held[3])
        return (*(self.release() if ends else ()), *self._send(sample))

    def _bend(self, sample: Sample) -> tuple[Sample, ...]:
        """What was sent does not tell this one. A line bends at the reading before; a deadband sends this one."""
        if not self._lines or self.held is None:
            return self._send(sample)
        bend = self.release()
        return (*bend, *(self._hold(sample) if self._shape.fits(sample[0], sample[2]) else self._send(sample)))

    def _hold(self, sample: Sample) -> tuple[Sample, ...]:
        self._seen_us, self.held = sample[0], sample
        return ()

    def _send(self, sample: Sample) -> tuple[Sample, ...]:
        at_us, self._sent_us, value, self._quality, _, _ = sample
        self._seen_us, self._due_us, self.held = at_us, at_us + self._longest_us, None
        self._shape.anchor(at_us, value)
        if self._limits:
            self._floor, self._ceiling = between(self._limits, value)
        return (sample,)


def between(limits: tuple[float, ...], value: float) -> tuple[float, float]:
    """The lowest and highest value that lie on the same side of every limit. A limit itself lies on neither side."""
    left, right = bisect_left(limits, value), bisect_right(limits, value)
    if left != right:
        return value, value
    floor = nextafter(limits[left - 1], inf) if left else -inf
    return floor, nextafter(limits[left], -inf) if left < len(limits) else inf
