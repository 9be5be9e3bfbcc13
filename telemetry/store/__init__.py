"""The store: readings go in once and unchanged, and come out as columns for models and as buckets for people."""

from telemetry.store.append import Arrival, Memory, Receipt, Refusal, append, arrival
from telemetry.store.cursor import covered
from telemetry.store.series import (
    Columns,
    LastValue,
    StoredReading,
    all_points,
    beyond,
    last_values,
    moved,
    point_ids,
    readings,
    series,
)
from telemetry.store.trend import Trend, refresh_rollups, trend

__all__ = [
    "Arrival",
    "Columns",
    "LastValue",
    "Memory",
    "Receipt",
    "Refusal",
    "StoredReading",
    "Trend",
    "all_points",
    "append",
    "arrival",
    "beyond",
    "covered",
    "last_values",
    "moved",
    "point_ids",
    "readings",
    "refresh_rollups",
    "series",
    "trend",
]
