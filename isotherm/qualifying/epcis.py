"""Vector b8: what an EPCIS 2.0 event of an excursion must say. No schema is fetched: the rules are asked one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway.epcis.events import Amount, Language, Probe
from gateway.epcis.naming import Naming
from gateway.epcis.question import read_question
from isotherm.qualifying.answers import Answer, Part
from isotherm.qualifying.courses import LIMIT, MINUTE_US, columns_of, every
from mes.trips.course import GSP_CADENCE, course
from models.interval import Interval
from telemetry.clock import from_us, to_us

SHANGHAI = Language(Naming(), ZoneInfo("Asia/Shanghai"))
NINE = datetime(2026, 1, 15, 1, tzinfo=UTC)
LOT = Amount("PEN", "PEN-2610-01", Decimal(100), "1")
HOLD_ID = "ni:///sha-256;531e5ac2927a92ced025796e77ab5a436f673a5f0d09b87eb73d1184d8a55cf1?ver=CBV2.0"
"""What GS1's reference, epcis-event-hash-generator 1.9.3, names the hold of this lot at 09:20."""
NEVER_TWICE = ("time", "deviceID", "rawData", "dataProcessingMethod")
"""Either all reports of an element share one, or each has its own (GS1 TCR-53, step 29; no schema can tell)."""
PLACE, POINT = "cold-room-2", "hainan/cold-store/cold-room-2/air-1"
TO_FOUR_DIGITS = 5e-5


def epcis_answers() -> Iterator[Answer]:
    """Each rule of an event, held against one of an hour that was out for half of it and unknown for 10 minutes."""
    yield from _conversions()
    event = _excursion()
    (read, *silent), (report, kinetic) = _elements(event), _elements(event)[0]["sensorReport"]
    kind = tuple(event[name] for name in ("type", "action", "bizStep", "disposition"))
    yield _exact("event", ("ObjectEvent", "OBSERVE", "sensor_reporting", "non_sellable_other"), kind)
    yield _exact("lots", ((100, "items/PEN/lots/PEN-2610-01"),), tuple(_lots(event)))
    figures = report["minValue"], report["maxValue"], report["uom"], report["exception"]
    yield _exact("range", (5.0, 12.0, "CEL", "ALARM_CONDITION"), figures)
    own = kinetic["type"].rpartition("/")[2], kinetic["value"], kinetic["uom"]
    # 25 min at 5 °C, 25 min at 12 °C: MKT by b1's formula
    yield Answer(
        id="b8 MKT",
        part=Part.EPCIS,
        expected=("MeanKineticTemperature", 9.2068, "CEL"),
        found=own,
        tolerance=TO_FOUR_DIGITS,
    )
    yield _exact("rule", "policies/cold-2-8/versions/2", _own(read["sensorMetadata"]["bizRules"]))
    gaps = [(each["sensorReport"][0]["exception"], *_span(each)) for each in silent]
    yield _exact("silence", [("ERROR_CONDITION", 45.0, 55.0)], gaps)
    yield _exact("said once", (), tuple(_said_twice(event)))
    held = SHANGHAI.hold(from_us(to_us(NINE) + 20 * MINUTE_US), [LOT], PLACE, "excursion:1")
    yield _exact("id", HOLD_ID, held["eventID"])


def _conversions() -> Iterator[Answer]:
    warm = {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 8.0, "uom": "CEL"}]}]}
    for name, value, expected in (("EQ_value_KEL", "281.15", True), ("GT_value_KEL", "281.15", False)):
        yield _exact(name, expected, read_question([(name, value)]).matches(warm))


def _exact(name: str, expected: object, found: object) -> Answer:
    return Answer(id=f"b8 {name}", part=Part.EPCIS, expected=expected, found=found)


def _excursion() -> dict[str, Any]:
    """An hour: 5 °C, 12 °C from minute 25 on; nothing between minutes 30 and 55, and a reading holds for 15 min."""
    readings = columns_of([*every(5, 0, 20, 5), *every(5, 25, 30, 12), *every(5, 55, 60, 12)], to_us(NINE))
    start_us, end_us = to_us(NINE), to_us(NINE) + 60 * MINUTE_US
    seen = course(readings, LIMIT, Interval(start_us, end_us), GSP_CADENCE)
    probe = Probe(
        name=POINT,
        unit="Cel",
        policy="cold-2-8",
        policy_version=2,
        alarmed=True,
        start=from_us(start_us),
        end=from_us(end_us),
        course=seen,
    )
    return SHANGHAI.excursion("EXC-2026-0001", 1, PLACE, from_us(end_us), [probe], [LOT])


def _elements(event: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = event["sensorElementList"]
    return found


def _lots(event: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    for each in event["quantityList"]:
        yield each["quantity"], _own(each["epcClass"])


def _own(name: str) -> str:
    return name.removeprefix(SHANGHAI.naming.base)


def _span(element: Mapping[str, Any]) -> tuple[float, float]:
    said = element["sensorMetadata"]
    start, end = (to_us(datetime.fromisoformat(said[name])) - to_us(NINE) for name in ("startTime", "endTime"))
    return start / MINUTE_US, end / MINUTE_US


def _said_twice(event: Mapping[str, Any]) -> Iterator[str]:
    for element in _elements(event):
        for report in element["sensorReport"]:
            yield from (name for name in NEVER_TWICE if name in report and name in element["sensorMetadata"])
