"""What was told of one machine: alerts with their causes and the signals behind them, whatever model told it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.columns import Moments
from models.health.api import Contribution

WEEK_S = 7 * 86_400.0
_HOUR_S, _DAY_S, _QUIET_TICKS = 3_600.0, 86_400.0, 60


@dataclass(frozen=True, slots=True)
class LogAlert:
    """One cause began to be told, after it had been silent."""

    at_us: int
    until_us: int  # when it was last told
    cause: str
    contributions: tuple[Contribution, ...]  # the one that counts most first
    breach_min: float | None = None  # minutes until the limit, if nothing changes


@dataclass(frozen=True, slots=True)
class Span:
    """What is learned from: rows before `end_us`."""

    end_us: int
    days: float
    asked: bool  # somebody named the days


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineAlerts:
    """One machine of the log."""

    name: str
    signals: tuple[str, ...]
    models: tuple[str, ...]
    learned: int  # rows
    judged: int  # rows
    days_judged: float
    alerts: tuple[LogAlert, ...]
    plain: dict[str, int] = field(default_factory=dict)  # alerts that plain limits would have given, by their names
    notes: tuple[str, ...] = ()


def span_of(time_us: Moments, days: float | None) -> Span:
    """The first days: as many as are named, else seven or a third of the log, whichever is shorter."""
    first, last = int(time_us[0]), int(time_us[-1])
    length_s = days * _DAY_S if days is not None else min(WEEK_S, (last - first) / 1e6 / 3)
    return Span(first + round(length_s * 1e6), length_s / _DAY_S, days is not None)


def quiet_s(time_us: Moments) -> float:
    """How long a cause must be silent to be told anew: an hour, in a log of less than a day sixty rows."""
    length_s = (int(time_us[-1]) - int(time_us[0])) / 1e6
    return _HOUR_S if length_s >= _DAY_S else min(_HOUR_S, _QUIET_TICKS * length_s / max(1, len(time_us) - 1))


class Telling:
    """Collects alerts while a log is gone through, tick by tick."""

    def __init__(self, quiet_s: float) -> None:
        self._quiet_us = round(quiet_s * 1e6)
        self._last_us: dict[str, int] = {}
        self._open: dict[str, int] = {}  # cause -> its place in the list
        self._alerts: list[LogAlert] = []

    def is_new(self, cause: str, at_us: int) -> bool:
        """Whether this cause has been silent for long enough; it is noted either way."""
        last = self._last_us.get(cause)
        self._last_us[cause] = at_us
        return last is None or at_us - last > self._quiet_us

    def tell(
        self, cause: str, at_us: int, contributions: Sequence[Contribution], breach_min: float | None = None
    ) -> None:
        """A new alert."""
        self._open[cause] = len(self._alerts)
        self._alerts.append(LogAlert(at_us, at_us, cause, tuple(contributions), breach_min))

    def goes_on(self, cause: str, at_us: int) -> None:
        """The last alert of this cause still stands."""
        place = self._open[cause]
        told = self._alerts[place]
        self._alerts[place] = LogAlert(told.at_us, at_us, cause, told.contributions, told.breach_min)

    @property
    def alerts(self) -> tuple[LogAlert, ...]:
        return tuple(self._alerts)
