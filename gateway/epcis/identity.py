"""An event's id is the hash of what it says (CBV 2.0, section 8.9): whoever has the event can make the id again.

Property names and values stand one after the other in the standard's order, lists sorted; ids, record times and error
declarations are left out, so that an event and the declaration that it was wrong share one id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

_VOCABULARY = {
    "bizStep": "https://ref.gs1.org/cbv/BizStep-",
    "disposition": "https://ref.gs1.org/cbv/Disp-",
    "type": "https://gs1.org/voc/",
    "exception": "https://gs1.org/voc/",
}
"""Properties whose bare words stand for terms of GS1's vocabularies."""
_TYPES = {
    "bizTransactionList": "https://ref.gs1.org/cbv/BTT-",
    "destinationList": "https://ref.gs1.org/cbv/SDT-",
    "sourceList": "https://ref.gs1.org/cbv/SDT-",
}
_METADATA = (
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
)
_REPORT = (
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "time",
    "microorganism",
    "chemicalSubstance",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
    "coordinateReferenceSystem",
)
_QUANTITY = ("epcClass", "quantity", "uom")


def event_id(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    """The id of an object event: `ni:///sha-256;<64 hex digits>?ver=CBV2.0` (RFC 6920)."""
    return f"ni:///sha-256;{sha256(pre_hash(event, namespaces).encode()).hexdigest()}?ver=CBV2.0"


def pre_hash(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    """What is hashed. `namespaces`: address by prefix, for the properties that are an extension (`prefix:name`)."""
    found = ["eventType=" + str(event["type"])]
    found += _pairs(event, ("eventTime", "eventTimeZoneOffset"))
    found += _list("epcList", sorted(f"epc={epc}" for epc in event.get("epcList", ())))
    quantities = sorted("quantityElement" + "".join(_pairs(q, _QUANTITY)) for q in event.get("quantityList", ()))
    found += _list("quantityList", quantities)
    found += _pairs(event, ("action", "bizStep", "disposition"))
    found += [f"{place}id={event[place]['id']}" for place in ("readPoint", "bizLocation") if place in event]
    found += _list("bizTransactionList", sorted(_typed(event, "bizTransactionList", "bizTransaction")))
    found += _list("destinationList", sorted(_typed(event, "destinationList", "destination")))
    found += _list("sourceList", sorted(_typed(event, "sourceList", "source")))
    found += _list("sensorElementList", sorted(map(_sensor_element, event.get("sensorElementList", ()))))
    return "".join(found + sorted(_extensions(event, namespaces)))


def _list(name: str, parts: Sequence[str]) -> list[str]:
    return [name, *parts] if parts else []


def _typed(event: Mapping[str, Any], name: str, inner: str) -> list[str]:
    """Transactions, sources and destinations: each with its type before it, a term of GS1's."""
    terms = _TYPES[name]
    return [f"type={terms}{each['type']}{inner}={each[inner]}" for each in event.get(name, ())]


def _sensor_element(element: Mapping[str, Any]) -> str:
    metadata = _pairs(element.get("sensorMetadata", {}), _METADATA)
    reports = sorted("sensorReport" + "".join(_pairs(report, _REPORT)) for report in element["sensorReport"])
    return "".join(["sensorElement", *(["sensorMetadata", *metadata] if metadata else ()), *reports])


def _pairs(said: Mapping[str, Any], order: Sequence[str]) -> list[str]:
    return [f"{name}={_value(name, said[name])}" for name in order if name in said]


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return str(int(value)) if int(value) == value else str(float(value))
    text = str(value)
    return _VOCABULARY[name] + text if name in _VOCABULARY and ":" not in text else text


def _extensions(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> list[str]:
    split = [(name.partition(":"), value) for name, value in event.items()]
    return [f"{{{namespaces[prefix]}}}{name}={value}" for (prefix, colon, name), value in split if colon]
