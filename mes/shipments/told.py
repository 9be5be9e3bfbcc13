"""Shipments as programs see them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mes.shipments.model import Customer, Delivery, Line, Pick, Returned, Shipment


def customer_json(found: Customer) -> dict[str, Any]:
    """A customer."""
    return asdict(found)


def shipment_json(found: Shipment) -> dict[str, Any]:
    """A shipment without what is in it."""
    return asdict(found)


def line_json(line: Line) -> dict[str, Any]:
    """What was asked for."""
    return asdict(line) | {"quantity": str(line.quantity)}


def pick_json(picked: Pick) -> dict[str, Any]:
    """What was picked of which lot."""
    return asdict(picked) | {"quantity": str(picked.quantity)}


def returned_json(came: Returned) -> dict[str, Any]:
    """What came back, as which lot."""
    return asdict(came) | {"quantity": str(came.quantity)}


def delivery_json(went: Delivery) -> dict[str, Any]:
    """To whom so much of a lot went, and what came back of it."""
    return asdict(went) | {
        "quantity": str(went.quantity),
        "returned": [returned_json(each) for each in went.returned],
    }
