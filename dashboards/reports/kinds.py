"""Every kind of report, by its code. A kind of its own adds its module's KIND here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dashboards.reports import alarms, batch_record, calibration, delivery_note, excursion, mapping, room, trail, trip
from dashboards.reports.registry import Kind

_ALL: tuple[Kind, ...] = (
    excursion.KIND,
    room.KIND,
    trip.KIND,
    delivery_note.KIND,
    batch_record.KIND,
    alarms.KIND,
    calibration.KIND,
    mapping.KIND,
    trail.KIND,
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.code: kind for kind in _ALL})
