"""Events as JSON-LD, built from plain facts: holds, loads and unloads, excursions with what their probes said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway.epcis.identity import event_id
from gateway.epcis.naming import Naming
from mes.trips.course import Course
from telemetry.clock import from_us

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PREFIX = "isotherm"
MEAN_KINETIC = "MeanKineticTemperature"
METHOD = "duration-weighted-1"
"""How means are made: each reading weighs as long as it holds, gaps are left out. Another way gets another name."""
_UNITS = {"kg": "KGM", "g": "GRM", "mg": "MGM", "L": "LTR", "l": "LTR", "mL": "MLT", "ml": "MLT", "m": "MTR"}
"""UCUM to UN/CEFACT recommendation 20."""
PIECES = "1"
_MEASURES = {"Cel": ("Temperature", "CEL"), "%": ("RelativeHumidity", "P1")}


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of a lot."""

    item: str
    number: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What one point read in the time of an excursion, and by which version of which policy it was judged."""

    name: str
    unit: str
    policy: str
    policy_version: int
    alarmed: bool  # an episode of it was raised
    start: datetime
    end: datetime
    course: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A point that said nothing usable for longer than a reading of it holds, and the policy that it was under."""

    name: str
    unit: str
    policy: str | None
    policy_version: int
    start: datetime
    end: datetime | None  # None: told when it began


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Goods that go to a customer, or come back."""

    amounts: Sequence[Amount]
    carriers: Sequence[str] = ()  # numbers of whole containers
    zone: str | None  # where they stood, or stand; None: in several places
    shipment: str
    site: str
    customer: str


@dataclass(frozen=True, slots=True)
class Language:
    """How this plant tells events."""

    naming: Naming
    zone: ZoneInfo

    @property
    def context(self) -> list[Any]:
        """The JSON-LD context of every document."""
        return [CONTEXT, {PREFIX: self.naming.vocabulary}]

    def finished(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The event with its id."""
        return {**event, "eventID": event_id(event, {PREFIX: self.naming.vocabulary})}

    def hold(self, at: datetime, amounts: Sequence[Amount], zone: str | None, cause: str) -> dict[str, Any]:
        """A lot was put on hold where it stood."""
        what = {"bizStep": "holding", "disposition": "non_sellable_other"}
        return self.finished(self._object(at, amounts) | what | self._places(zone, zone) | {f"{PREFIX}:cause": cause})

    def lifted(self, at: datetime, amounts: Sequence[Amount], zone: str | None, cause: str) -> dict[str, Any]:
        """A hold was lifted. What the lot may be used for is the business of its quality status and its other holds."""
        what = {"bizStep": "inspecting", "disposition": "in_progress"}
        return self.finished(self._object(at, amounts) | what | self._places(zone, zone) | {f"{PREFIX}:cause": cause})

    def scan(self, at: datetime, amount: Amount, *, source: str, target: str, trip: str, loads: bool) -> dict[str, Any]:
        """A lot went into a vehicle, or out of it: read at the one place, at the other from then on.

        Unloaded from the vehicle to itself: a customer has it, and where it is from then on is not ours to say.
        """
        what = {
            "bizStep": "loading" if loads else "unloading",
            "disposition": "in_transit" if loads else "in_progress",
        }
        places = self._places(source, None if target == source else target)
        return self.finished(self._object(at, [amount]) | what | places | {f"{PREFIX}:trip": trip})

    def shipped(self, at: datetime, load: Load) -> dict[str, Any]:
        """Goods left for a customer."""
        what = {"bizStep": "shipping", "disposition": "in_transit"}
        ends = self._ends(load.shipment, self.naming.site(load.site), self.naming.customer(load.customer))
        return self.finished(self._goods(at, load) | what | self._places(load.zone, None) | ends)

    def arrived(self, at: datetime, load: Load) -> dict[str, Any]:
        """The customer took them over; where they are from then on is not ours to say."""
        what = {"bizStep": "arriving", "disposition": "in_progress"}
        there = {"readPoint": {"id": self.naming.customer(load.customer)}}
        ends = self._ends(load.shipment, self.naming.site(load.site), self.naming.customer(load.customer))
        return self.finished(self._goods(at, load) | what | there | ends)

    def came_back(self, at: datetime, load: Load) -> dict[str, Any]:
        """Goods came back from a customer, as a lot of their own."""
        what = {"bizStep": "receiving", "disposition": "returned"}
        ends = self._ends(load.shipment, self.naming.customer(load.customer), self.naming.site(load.site))
        return self.finished(self._goods(at, load) | what | self._places(load.zone, load.zone) | ends)

    def _goods(self, at: datetime, load: Load) -> dict[str, Any]:
        carriers = {"epcList": [self.naming.carrier(number) for number in load.carriers]} if load.carriers else {}
        return self._object(at, load.amounts) | carriers

    def _ends(self, shipment: str, source: str, destination: str) -> dict[str, Any]:
        return {
            "bizTransactionList": [{"type": "desadv", "bizTransaction": self.naming.shipment(shipment)}],
            "sourceList": [{"type": "owning_party", "source": source}],
            "destinationList": [{"type": "owning_party", "destination": destination}],
        }

    def excursion(
        self, number: str, revision: int, zone: str, at: datetime, probes: Sequence[Probe], amounts: Sequence[Amount]
    ) -> dict[str, Any]:
        """What the probes of a place said while it was out, and which lots stood there.

        Its revision is part of it: were a correction taken back, the event that says so is not the one declared wrong.
        """
        what: dict[str, Any] = {"bizStep": "sensor_reporting"}
        if amounts:
            what["disposition"] = "non_sellable_other"
        sensors = {"sensorElementList": [element for probe in probes for element in self._elements(probe)]}
        places, own = self._places(zone, zone), {f"{PREFIX}:excursion": number, f"{PREFIX}:revision": str(revision)}
        return self.finished(self._object(at, amounts) | what | places | sensors | own)

    def silence(self, subject: str, zone: str | None, quiet: Quiet, amounts: Sequence[Amount]) -> dict[str, Any]:
        """A point fell silent (`subject` silent:7), or speaks again (heard:7); lots that it should have watched."""
        span = {"time": moment(quiet.start)}
        if quiet.end is not None:
            span = {"startTime": moment(quiet.start), "endTime": moment(quiet.end)}
        said = span | {"deviceID": self.naming.point(quiet.name)}
        if quiet.policy is not None:
            said["bizRules"] = self.naming.rule(quiet.policy, quiet.policy_version)
        sensors = {"sensorElementList": [self._unknown(said, quiet.unit)]}
        places, own = self._places(zone, zone), {f"{PREFIX}:alarm": subject}
        at = quiet.end or quiet.start
        return self.finished(self._object(at, amounts) | {"bizStep": "sensor_reporting"} | places | sensors | own)

    def _unknown(self, metadata: Mapping[str, Any], unit: str) -> dict[str, Any]:
        report = {"type": self._measure(unit)[0], "exception": "ERROR_CONDITION"}
        return {"sensorMetadata": dict(metadata), "sensorReport": [report]}

    def _measure(self, unit: str) -> tuple[str, str]:
        """What a unit measures, and its UN/CEFACT code; the plant's own term where GS1 has none."""
        return _MEASURES.get(unit, (self.naming.term(f"unit-{unit}"), ""))

    def _object(self, at: datetime, amounts: Sequence[Amount]) -> dict[str, Any]:
        event: dict[str, Any] = {
            "type": "ObjectEvent",
            "eventTime": moment(at),
            "eventTimeZoneOffset": _offset(at, self.zone),
            "action": "OBSERVE",
        }
        if amounts:
            return event | {"quantityList": [self._amount(each) for each in amounts]}
        return event

    def _amount(self, amount: Amount) -> dict[str, Any]:
        """Pieces have no unit; a unit that UN/CEFACT has no code for is not guessed: the class alone is told."""
        named = {"epcClass": self.naming.lot(amount.item, amount.number)}
        if amount.quantity <= 0 or (amount.unit != PIECES and amount.unit not in _UNITS):
            return named
        unit = {} if amount.unit == PIECES else {"uom": _UNITS[amount.unit]}
        return named | {"quantity": _number(amount.quantity)} | unit

    def _places(self, source: str | None, target: str | None) -> dict[str, Any]:
        told = {"readPoint": source, "bizLocation": target}
        return {name: {"id": self.naming.zone(code)} for name, code in told.items() if code is not None}

    def _elements(self, probe: Probe) -> list[dict[str, Any]]:
        """One element for what was read, one for each time in which nothing was known."""
        kind, uom = self._measure(probe.unit)
        device = {"deviceID": self.naming.point(probe.name)}
        rule = {"bizRules": self.naming.rule(probe.policy, probe.policy_version)}
        unit = {"uom": uom} if uom else {}
        seen = probe.course
        found = []
        if seen.lowest is not None and seen.highest is not None:
            values = {"minValue": seen.lowest, "maxValue": seen.highest, "meanValue": seen.mean}
            told = {"type": kind} | {name: value for name, value in values.items() if value is not None} | unit
            reports: list[dict[str, Any]] = [told | ({"exception": "ALARM_CONDITION"} if probe.alarmed else {})]
            if seen.kinetic is not None and probe.unit == "Cel":
                reports.append({"type": self.naming.term(MEAN_KINETIC), "value": seen.kinetic, **unit})
            span = {"startTime": moment(probe.start), "endTime": moment(probe.end)}
            method = {"dataProcessingMethod": self.naming.term(METHOD)}
            found.append({"sensorMetadata": span | device | method | rule, "sensorReport": reports})
        for gap in seen.gaps:
            span = {"startTime": moment(from_us(gap.start_us)), "endTime": moment(from_us(gap.end_us))}
            found.append(self._unknown(span | device | rule, probe.unit))
        return found


def moment(at: datetime) -> str:
    """In UTC with milliseconds, as CBV's hash writes times."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _offset(at: datetime, zone: ZoneInfo) -> str:
    told = at.astimezone(zone).strftime("%z")
    return f"{told[:3]}:{told[3:5]}"


def _number(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
