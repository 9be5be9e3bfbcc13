"""A day in the demo plant: the order that goes through it, the people at their desks, and what several of them do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.e2e.browser import Person
from tests.e2e.conftest import Demo, wait_for
from tests.e2e.desks import Desks
from tests.e2e.dispatch import Shipment, Trip
from tests.e2e.line import Operation

LEAD, ROOM, LINE = "lead", "cold-room-1", "hainan/filling/line-1"


@dataclass
class Day:
    """The plant on this day, its people at their desks, and the order that goes through it."""

    demo: Demo
    desks: Desks
    order_id: int = 0
    trip_id: int = 0
    shipment_id: int = 0

    @property
    def order(self) -> dict[str, Any]:
        return dict(self.demo.get(f"/api/orders/{self.order_id}"))

    @property
    def batch(self) -> dict[str, Any]:
        return dict(self.order["batch"])

    @property
    def trip(self) -> Trip:
        return Trip(self.desks, self.trip_id)

    @property
    def shipment(self) -> Shipment:
        return Shipment(self.desks, self.shipment_id)

    def record(self, batch_id: int) -> dict[str, Any]:
        return dict(self.demo.get(f"/api/batches/{batch_id}/record"))

    def exceptions(self, status: str = "") -> list[dict[str, Any]]:
        found = self.demo.get(f"/api/batches/{self.batch['id']}/exceptions")["items"]
        return [each for each in found if status in ("", each["status"])]

    def operation(self, code: str) -> Operation:
        found = self.record(self.batch["id"])["operations"]
        return Operation(self.desks, next(each["id"] for each in found if each["code"] == code))


def sign(person: Person, prefix: str, password: str, reason: str) -> None:
    person.write(f"{prefix}-password", password)
    person.write(f"{prefix}-reason", reason)


def shown(person: Person, summary: str, field: str) -> None:
    """Unfold what holds a field."""
    if not person.page.get_by_test_id(field).first.is_visible():
        person.click(summary)


def fail(day: Day, room: str, *options: str) -> None:
    """Make the room's compressor fail, or work again."""
    done = day.demo.command("sim", "fault", room, "compressor-failure", *options)
    assert done.returncode == 0, done.stdout


def watched(day: Day, operation: Operation, measure: str) -> None:
    """A room is watched for hours; here the window stays open until it knows something."""
    taken = (
        f"select 1 from reading r join point p on p.id = r.point_id where p.name = '{LINE}/{measure}'"
        f" and r.time > (select opened_at from batch_step where operation_id = {operation.id} and code = '{measure}')"
        " limit 1"
    )
    wait_for(lambda: day.demo.sql(taken), f"a reading of {measure}", 90)


def excursion_that_is(day: Day, condition: str) -> dict[str, Any] | None:
    """The excursion of the room that failed, once it has come so far."""
    for each in day.demo.get("/api/excursions")["items"]:
        if each["zone"]["code"] == ROOM and each["condition"] == condition:
            return dict(day.demo.get(f"/api/excursions/{each['id']}"))
    return None
