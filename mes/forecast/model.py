"""Rows of the forecast slice: a room's thermal model in versions, and the newest forecast of each zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.forecast import Method, ThermalFit
from models.limits import Side
from telemetry.clock import to_us


class Source(StrEnum):
    WINDOW = "window"  # readings of the room's own point, over a time in which nothing cooled it
    MAPPING = "mapping"  # the power-fail test of a mapping study


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalModel:
    """One version of what is known of how a room warms. Never changed; the next one takes its place."""

    id: int
    zone_id: int
    version: int
    tau_s: float
    rest_c: float
    r2: float
    rmse_c: float
    readings: int
    source: Source
    point_id: int | None
    from_time: datetime
    to_time: datetime
    digest: str  # SHA-256 of the columns fitted; of a study: of what its test says
    fitted_by: str
    fitted_at: datetime
    reason: str
    retired_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", Source(self.source))

    def fit(self, speed: float = 1.0) -> ThermalFit:
        """As the models take it; in a room whose physics runs `speed` times as fast as its clock."""
        return ThermalFit(
            tau_s=self.tau_s / speed,
            rest_c=self.rest_c,
            r2=self.r2,
            rmse_c=self.rmse_c,
            readings=self.readings,
            from_us=to_us(self.from_time),
            to_us=to_us(self.to_time),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneForecast:
    """What is expected of a zone, as of a moment."""

    zone_id: int
    at: datetime
    point_id: int  # the probe that is out soonest
    value_c: float
    slope_c_per_h: float
    method: Method
    side: Side | None  # of the limit that it runs to, or is beyond
    limit_c: float | None
    eta_s: float | None  # None: it stays within its limits
    holdover_s: float | None  # without cooling from now on; None: not known, or for ever
    unusual: bool  # beyond what this room does on an ordinary day, and moving on
    lots: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", Method(self.method))
        object.__setattr__(self, "side", None if self.side is None else Side(self.side))

    @property
    def is_out(self) -> bool:
        """Whether it is beyond a limit already, so that nothing is left to foretell; that limit is then told."""
        if self.limit_c is None:
            return False
        return self.value_c > self.limit_c if self.side is Side.HIGH else self.value_c < self.limit_c
