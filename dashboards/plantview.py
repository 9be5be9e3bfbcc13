"""What a screen shows of a reading, and when it is abnormal. Pure: rows and a moment in, views out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dashboards.words import ABNORMAL_SWITCHES, SWITCHES
from mes.plant.model import MeasuringPoint, RuleVersion
from telemetry import units
from telemetry.clock import to_us
from telemetry.quality import is_bad, is_good
from telemetry.store import LastValue

_SCALE_ROOM = 0.75  # of the width between the limits, shown on either side


@dataclass(frozen=True, slots=True)
class ReadingView:
    """The newest reading of a point beside the limits that it is judged by."""

    point: MeasuringPoint
    last: LastValue | None
    rule: RuleVersion | None
    now: datetime

    @property
    def digits(self) -> int:
        """Decimals that the sensor's resolution bears out."""
        return digits_of(self.point.resolution)

    @property
    def low(self) -> float | None:
        return self.rule.low if self.rule else None

    @property
    def high(self) -> float | None:
        return self.rule.high if self.rule else None

    @property
    def at_ms(self) -> int | None:
        return to_us(self.last.time) // 1000 if self.last else None

    @property
    def age_s(self) -> float | None:
        """Seconds since it was measured; a device clock that runs ahead makes it 0."""
        return max((self.now - self.last.time).total_seconds(), 0.0) if self.last else None

    @property
    def switch(self) -> Mapping[int, str]:
        """What the numbers of a switch mean; empty for a measurement."""
        return SWITCHES.get(self.point.role, {})

    @property
    def is_switch(self) -> bool:
        return bool(self.switch)

    @property
    def unit(self) -> str:
        return "" if self.is_switch else units.shown(self.point.unit)

    @property
    def spoken(self) -> str:
        """The value as it is printed, in English."""
        if self.last is None or self.last.value is None:
            return "–"
        value = self.last.value
        return self.switch.get(int(value)) or fixed(value, self.digits)

    @property
    def state(self) -> str:
        """good, out, uncertain, bad, old, none."""
        if self.last is None:
            return "none"
        if self.last.value is None or is_bad(self.last.quality):
            return "bad"
        if (self.age_s or 0.0) > self.point.stale_s:
            return "old"
        if self._is_out(self.last.value):
            return "out"
        return "good" if is_good(self.last.quality) else "uncertain"

    def _is_out(self, value: float) -> bool:
        if (self.point.role, value) in ABNORMAL_SWITCHES:
            return True
        shown = round(value, self.digits)
        return (self.low is not None and shown < self.low) or (self.high is not None and shown > self.high)

    @property
    def scale(self) -> tuple[float, float] | None:
        """Ends of the indicator's scale; None where there are no two limits to show it between."""
        if self.low is None or self.high is None:
            return None
        room = (self.high - self.low) * _SCALE_ROOM
        return self.low - room, self.high + room

    def share(self, value: float) -> float:
        """Where a value stands on the scale, 0 to 1."""
        if self.scale is None:
            return 0.0
        start, end = self.scale
        return min(max((value - start) / (end - start), 0.0), 1.0)


def fixed(value: float, digits: int) -> str:
    """With so many decimals; what rounds to nothing has no sign."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def digits_of(resolution: Decimal) -> int:
    """Decimals of a resolution: 0.1 has one, 1 has none."""
    return max(0, -int(resolution.normalize().as_tuple().exponent))
