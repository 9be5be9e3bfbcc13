"""A shipment from its plan to the customer's receipt, as a table of steps; what was picked, delivered and came back.

What GMP 2010, article 295 asks of a record of distribution stands in a shipment and its picks: product, lot, quantity,
consignee with address and contact, day, way of transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from mes.people.duties import DUTIES, Act
from mes.transitions import Guard, StateMachine, Transition


class Status(StrEnum):
    PLANNED = "planned"  # is being picked
    PICKED = "picked"
    LOADED = "loaded"
    SHIPPED = "shipped"  # on its way
    DELIVERED = "delivered"
    REFUSED = "refused"  # the customer did not take it
    RETURNED = "returned"  # all of it came back
    CANCELLED = "cancelled"


S = Status
OPEN = (S.PLANNED, S.PICKED, S.LOADED, S.SHIPPED)
GONE = (S.SHIPPED, S.DELIVERED, S.REFUSED, S.RETURNED)


class Transport(StrEnum):
    COLD_ROAD = "cold_road"  # refrigerated vehicle
    ROAD = "road"
    AIR = "air"
    RAIL = "rail"
    SEA = "sea"
    COURIER = "courier"
    COLLECTED = "collected"  # by the customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    id: int
    code: str
    name: str
    address: str
    contact: str
    min_remaining_days: int  # what a lot must still last
    retired_at: datetime | None  # None: may be shipped to
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    id: int
    number: str
    status: Status
    customer_id: int
    consignee: str  # name, address and contact stay as they were when it was planned
    address: str
    contact: str
    min_remaining_days: int
    transport: Transport
    carrier: str
    planned_on: date
    trip_id: int | None  # None: no vehicle of ours carries it
    short_reason: str  # why less goes than was asked for
    planned_by: str
    planned_at: datetime
    shipped_by: str | None
    shipped_at: datetime | None
    arrived_at: datetime | None  # delivered or refused
    receiver: str
    proof: str
    ended_reason: str
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))
        object.__setattr__(self, "transport", Transport(self.transport))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So much of an item was asked for."""

    shipment_id: int
    line: int
    item_id: int
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """So much of a lot, or of one container of it, is in the shipment."""

    id: int
    shipment_id: int
    line: int
    lot_id: int
    container_id: int | None  # None: loose
    zone_id: int  # where it stands: picked from there, or the vehicle
    code: str  # what was scanned
    quantity: Decimal
    unit: str
    reservation_id: int | None
    override_reason: str  # why not the lot that expires first
    picked_by: str
    picked_at: datetime
    put_back_by: str | None
    put_back_at: datetime | None  # None: it is in the shipment
    left_at: datetime | None  # when it left the stock; None: it is in it
    kept: bool  # the lot is still reserved for it; a hold ends that


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What came back, as a lot of its own in quarantine (GMP 2010, article 137)."""

    lot_id: int
    number: str  # of that lot
    shipment_id: int
    origin_id: int  # the lot that was shipped
    quantity: Decimal
    unit: str
    reason: str
    returned_by: str
    returned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """So much of one lot has left for one consignee, or is on its way."""

    lot_id: int
    lot: str  # its number
    shipment_id: int
    shipment_no: str
    customer_id: int
    consignee: str
    address: str
    contact: str
    quantity: Decimal
    unit: str
    shipped_at: datetime
    arrived_at: datetime | None  # None: on its way
    status: Status
    returned: tuple[Returned, ...] = ()  # what came back of it

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards look at."""

    is_picked: bool = False  # something is
    is_covered: bool = False  # every line, or it is said why not
    is_kept: bool = False  # every pick is still reserved
    is_usable: bool = False  # every lot is
    vehicle_is_loading: bool = True  # or no vehicle is named
    vehicle_is_ours: bool = True  # it is loading or under way
    vehicle_has_arrived: bool = True
    road_is_accepted: bool = True  # its record conforms, or receiving has accepted it
    receiver: str = ""
    note: str = ""


HANDLERS = frozenset(DUTIES[Act.SHIP])
_FIT: Mapping[str, Guard[Facts]] = {
    "picks_are_kept": lambda f: f.is_kept,
    "lots_may_be_shipped": lambda f: f.is_usable,
}


def _told(facts: Facts) -> bool:
    return bool(facts.note.strip())


MACHINE: StateMachine[Facts] = StateMachine(
    "shipment",
    (
        Transition(
            "finish_picking",
            frozenset({S.PLANNED}),
            S.PICKED,
            {"something_is_picked": lambda f: f.is_picked, "lines_are_covered": lambda f: f.is_covered, **_FIT},
            roles=HANDLERS,
        ),
        Transition(
            "load",
            frozenset({S.PICKED}),
            S.LOADED,
            {**_FIT, "vehicle_is_loading": lambda f: f.vehicle_is_loading},
            roles=HANDLERS,
        ),
        # Looked at again at the moment of dispatch.
        Transition(
            "ship",
            frozenset({S.LOADED}),
            S.SHIPPED,
            {**_FIT, "vehicle_carries_it": lambda f: f.vehicle_is_ours},
            roles=HANDLERS,
        ),
        Transition(
            "deliver",
            frozenset({S.SHIPPED}),
            S.DELIVERED,
            {
                "receiver_given": lambda f: bool(f.receiver.strip()),
                "vehicle_has_arrived": lambda f: f.vehicle_has_arrived,
                "road_is_accepted": lambda f: f.road_is_accepted,
            },
            roles=HANDLERS,
        ),
        Transition(
            "refuse",
            frozenset({S.SHIPPED}),
            S.REFUSED,
            {"reason_given": _told, "vehicle_has_arrived": lambda f: f.vehicle_has_arrived},
            roles=HANDLERS,
        ),
        Transition("pick_again", frozenset({S.PICKED}), S.PLANNED, roles=HANDLERS),
        Transition("unload", frozenset({S.LOADED}), S.PICKED, roles=HANDLERS),
        # The last of it has come back.
        Transition("return", frozenset({S.DELIVERED, S.REFUSED}), S.RETURNED, roles=HANDLERS),
        Transition("cancel", frozenset({S.PLANNED, S.PICKED}), S.CANCELLED, {"reason_given": _told}, roles=HANDLERS),
    ),
)
