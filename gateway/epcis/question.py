"""A question about events, in the parameters of EPCIS 2.0's simple event query (8.2.7.1).

Every parameter narrows; of one with several values (repeated, or with `|` between) any may hold. Conditions on sensor
reports must hold in one and the same report; a temperature answers in whichever of CEL, KEL and FAH is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import eq, ge, gt, le, lt
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mes.moments import Moment
from telemetry.errors import Invalid

Values = tuple[str, ...]
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {"EQ": eq, "GT": gt, "GE": ge, "LT": lt, "LE": le}
_SENSOR = re.compile(r"(EQ|GT|GE|LT|LE)_(value|minValue|maxValue|meanValue)_([A-Z0-9]{2,3})")
_TO_KELVIN: Mapping[str, Callable[[float], float]] = {
    "KEL": lambda v: v,
    "CEL": lambda v: v + 273.15,
    "FAH": lambda v: (v + 459.67) * 5 / 9,
}
_BARE = re.compile(r"^(?:https://ref\.gs1\.org/cbv/[A-Za-z]+-|urn:epcglobal:cbv:[a-z]+:|https://gs1\.org/voc/)")
_TIMES = ("GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime")
_CLOSE = 1e-9
"""Kelvin: as near as arithmetic comes after a conversion."""


class QueryParameterUnknown(Invalid):
    """This query has a parameter that is not known: see which ones are in the API's description."""


class QueryParameterWrong(Invalid):
    """A parameter of this query has a value that makes no sense."""


@dataclass(frozen=True, slots=True)
class SensorCondition:
    """A comparison with a figure of a sensor report."""

    compare: str  # EQ, GT, GE, LT, LE
    name: str  # value, minValue, maxValue, meanValue
    unit: str
    figure: float

    def holds(self, report: Mapping[str, Any]) -> bool:
        """Whether the report has that figure, in a unit that can be compared, and it is so."""
        found, unit = report.get(self.name), report.get("uom")
        if found is None or unit is None:
            return False
        if unit == self.unit:
            return _COMPARED[self.compare](found, self.figure)
        if unit not in _TO_KELVIN or self.unit not in _TO_KELVIN:
            return False
        here, there = _TO_KELVIN[unit](found), _TO_KELVIN[self.unit](self.figure)
        if abs(here - there) <= _CLOSE:
            here = there
        return _COMPARED[self.compare](here, there)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for. Times are for the database, the rest is looked for in each event."""

    times: Mapping[str, datetime] = field(default_factory=dict)
    asked: Mapping[str, Values] = field(default_factory=dict)
    sensor: tuple[SensorCondition, ...] = ()

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether the event is one of those."""
        return all(_CHECKS[name](event, values) for name, values in self.asked.items()) and self._sensed(event)

    def _sensed(self, event: Mapping[str, Any]) -> bool:
        kinds, exceptions = self.asked.get("EQ_type"), self.asked.get("EQ_exception")
        if not self.sensor and not kinds and not exceptions:
            return True
        return any(
            (not kinds or _bare(report["type"]) in _bares(kinds))
            and (not exceptions or _bare(report.get("exception", "")) in _bares(exceptions))
            and all(condition.holds(report) for condition in self.sensor)
            for report in _reports(event)
        )


def read_question(pairs: Iterable[tuple[str, str]]) -> Question:
    """From a query string's names and values. Raises QueryParameterUnknown, QueryParameterWrong."""
    asked: dict[str, Values] = {}
    for name, value in pairs:
        asked[name] = asked.get(name, ()) + tuple(part for part in value.split("|") if part)
    times = {name: _moment(name, asked.pop(name)) for name in _TIMES if name in asked}
    sensor = []
    for name in [name for name in asked if _SENSOR.fullmatch(name)]:
        sensor += [_condition(name, value) for value in asked.pop(name)]
    if unknown := sorted(asked.keys() - _CHECKS.keys()):
        raise QueryParameterUnknown(detail=", ".join(unknown), known=", ".join([*_TIMES, *_CHECKS]))
    return Question(times, asked, tuple(sensor))


def _moment(name: str, values: Values) -> datetime:
    try:
        [value] = values
        return _MOMENT.validate_python(value)
    except (ValueError, ValidationError) as error:
        raise QueryParameterWrong(detail=name) from error


def _condition(name: str, value: str) -> SensorCondition:
    found = _SENSOR.fullmatch(name)
    try:
        figure = float(value)
    except ValueError as error:
        raise QueryParameterWrong(detail=name) from error
    if found is None or figure != figure:
        raise QueryParameterWrong(detail=name)
    return SensorCondition(found[1], found[2], found[3], figure)


def _reports(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for element in event.get("sensorElementList", ()):
        yield from element["sensorReport"]


def _bare(term: str) -> str:
    return _BARE.sub("", term)


def _bares(terms: Iterable[str]) -> set[str]:
    return {_bare(term) for term in terms}


def _equal(name: str) -> Callable[[Mapping[str, Any], Values], bool]:
    return lambda event, values: _bare(str(event.get(name, ""))) in _bares(values)


def _place(name: str) -> Callable[[Mapping[str, Any], Values], bool]:
    return lambda event, values: event.get(name, {}).get("id") in values


def _epc_class(event: Mapping[str, Any], patterns: Values) -> bool:
    """Of any pattern; `*` in one stands for anything."""
    found = [each["epcClass"] for each in event.get("quantityList", ())]
    forms = [re.compile(".*".join(map(re.escape, pattern.split("*")))) for pattern in patterns]
    return any(form.fullmatch(name) for form in forms for name in found)


def _device(event: Mapping[str, Any], values: Values) -> bool:
    return any(e.get("sensorMetadata", {}).get("deviceID") in values for e in event.get("sensorElementList", ()))


def _rules(event: Mapping[str, Any], values: Values) -> bool:
    return any(e.get("sensorMetadata", {}).get("bizRules") in values for e in event.get("sensorElementList", ()))


_CHECKS: Mapping[str, Callable[[Mapping[str, Any], Values], bool]] = {
    "eventType": _equal("type"),
    "EQ_action": _equal("action"),
    "EQ_bizStep": _equal("bizStep"),
    "EQ_disposition": _equal("disposition"),
    "EQ_eventID": lambda event, values: event.get("eventID") in values,
    "EQ_readPoint": _place("readPoint"),
    "EQ_bizLocation": _place("bizLocation"),
    "MATCH_epcClass": _epc_class,
    "MATCH_anyEPCClass": _epc_class,
    "EQ_deviceID": _device,
    "EQ_bizRules": _rules,
    "EXISTS_errorDeclaration": lambda event, _: "errorDeclaration" in event,
    "EXISTS_sensorElementList": lambda event, _: "sensorElementList" in event,
    "EQ_type": lambda _, __: True,  # with the other conditions on a report
    "EQ_exception": lambda _, __: True,
}
