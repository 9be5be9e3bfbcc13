"""A trip from its plan to the signature of receiving, as a table of steps; what was scanned; the record of the road.

Loading begins only in a vehicle that has been cold for a while; QA may let it begin otherwise, signed. What receiving
signed is asked again when readings that come late change the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mes.transitions import Guard, StateMachine, Transition


class Status(StrEnum):
    PLANNED = "planned"
    LOADING = "loading"
    UNDER_WAY = "under_way"
    ARRIVED = "arrived"  # its record is made; receiving must accept or refuse
    ACCEPTED = "accepted"
    REFUSED = "refused"  # its lots are on hold
    CANCELLED = "cancelled"


S = Status
ON_THE_ROAD = (S.PLANNED, S.LOADING, S.UNDER_WAY)
OVER = (S.ACCEPTED, S.REFUSED, S.CANCELLED)
JUDGED = frozenset({S.ACCEPTED, S.REFUSED})


class Direction(StrEnum):
    LOAD = "load"
    UNLOAD = "unload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a person says who plans a trip."""

    vehicle: str  # the zone's code
    origin: str
    destination: str
    planned_departure: datetime
    planned_arrival: datetime
    carrier: str = ""
    escort: str = ""  # driver, and who travels along


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    id: int
    number: str
    zone_id: int  # the vehicle
    status: Status
    origin: str
    destination: str
    carrier: str
    escort: str
    planned_departure: datetime
    planned_arrival: datetime
    planned_by: str
    planned_at: datetime
    precooled: Mapping[str, Any] | None  # what the vehicle's air was before loading
    loading_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    judged_at: datetime | None  # when receiving last judged it
    judged_record: int | None  # the version of the record that was signed; None: it must be judged (again)
    judgement_reason: str | None
    signature_id: int | None
    deviation_id: int | None
    looked_id: int  # ledger rows up to here are in the record
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))

    @property
    def hold_cause(self) -> str:
        """What its holds on lots are known by."""
        return f"trip:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A lot, or a part of it, went into the vehicle or out of it."""

    id: int
    trip_id: int
    lot_id: int
    direction: Direction
    quantity: Decimal
    unit: str
    zone_id: int  # where it came from, or went to
    happened_at: datetime
    scanned_at: datetime  # later than it happened: told late
    scanned_by: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", Direction(self.direction))


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRecord:
    """One version of what the readings of a trip say. Never changed; late readings make the next one."""

    trip_id: int
    version: int
    made_at: datetime
    reason: str
    from_time: datetime
    to_time: datetime
    conforms: bool
    content: Mapping[str, Any]
    sha256: str  # of the canonical content


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards look at."""

    is_precooled: bool = False
    is_calibrated: bool = False
    calibration_is_doubtful: bool = False  # overdue or failed
    enough_points_live: bool = False
    lots_aboard: int = 0
    held_aboard: int = 0
    another_is_open: bool = False
    record_is_current: bool = False
    note: str = ""


def _told(facts: Facts) -> bool:
    return bool(facts.note.strip())


def _current(facts: Facts) -> bool:
    return facts.record_is_current


HANDLERS = frozenset({"warehouse", "lead", "qa"})
QA = frozenset({"qa"})
_FIT: Mapping[str, Guard[Facts]] = {
    "vehicle_has_no_other_trip": lambda f: not f.another_is_open,
    "enough_points_are_live": lambda f: f.enough_points_live,
    "no_sensor_is_out_of_calibration": lambda f: not f.calibration_is_doubtful,
}
_READY: Mapping[str, Guard[Facts]] = {
    "sensors_have_certificates": lambda f: f.is_calibrated,
    "vehicle_is_precooled": lambda f: f.is_precooled,
}

MACHINE: StateMachine[Facts] = StateMachine(
    "trip",
    (
        Transition(
            "begin_loading",
            frozenset({S.PLANNED}),
            S.LOADING,
            {**_FIT, **_READY},
            roles=HANDLERS,
        ),
        # The same, where QA signs for what is missing: it was not cold long enough, or a certificate is not on record.
        Transition("override_readiness", frozenset({S.PLANNED}), S.LOADING, _FIT, signed=True, roles=QA),
        Transition(
            "depart",
            frozenset({S.LOADING}),
            S.UNDER_WAY,
            {
                "something_is_loaded": lambda f: f.lots_aboard > 0,
                "no_lot_aboard_is_on_hold": lambda f: f.held_aboard == 0,
            },
            roles=HANDLERS,
        ),
        Transition("arrive", frozenset({S.UNDER_WAY}), S.ARRIVED, roles=HANDLERS),
        Transition(
            "accept",
            frozenset({S.ARRIVED, S.REFUSED}),
            S.ACCEPTED,
            {"record_is_current": _current},
            signed=True,
            roles=HANDLERS,
        ),
        Transition(
            "refuse", frozenset({S.ARRIVED}), S.REFUSED, {"record_is_current": _current}, signed=True, roles=HANDLERS
        ),
        # Late readings or a late scan changed the record that was signed.
        Transition("reopen", frozenset({S.ACCEPTED, S.REFUSED}), S.ARRIVED),
        Transition(
            "cancel",
            frozenset({S.PLANNED, S.LOADING}),
            S.CANCELLED,
            {"nothing_is_loaded": lambda f: f.lots_aboard == 0, "reason_given": _told},
            roles=HANDLERS,
        ),
    ),
)


def lot_number_in(scanned: str) -> str:
    """The lot's number in what a scanner typed: the number itself, or GS1's application identifier 10 within it.

    Knows `(01)...(10)LOT` and the bare form behind a symbology identifier (`]C1`, `]d2`, `]Q3`, `]e0`) for the fixed
    identifiers 00, 01, 02, 11, 13, 15, 16, 17 and 20 (GS1 General Specifications, table 7.8.5-2).
    """
    text = scanned.strip()
    if "(10)" in text:
        return text.partition("(10)")[2].partition("(")[0].strip()
    if text[:3] not in {"]C1", "]d2", "]Q3", "]e0"}:
        return text
    return _bare(text[3:].lstrip(_FNC1)) or text


_FNC1 = "\x1d"
_FIXED = {"00": 18, "01": 14, "02": 14, "11": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}


def _bare(rest: str) -> str:
    while rest:
        identifier, rest = rest[:2], rest[2:]
        if identifier == "10":
            return rest.partition(_FNC1)[0]
        rest = rest[_FIXED[identifier] :].lstrip(_FNC1) if identifier in _FIXED else rest.partition(_FNC1)[2]
    return ""
