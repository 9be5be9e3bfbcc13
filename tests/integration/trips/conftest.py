"""A truck in the plant of the cold rooms, for every story of trips."""

from __future__ import annotations

import pytest

from mes.people import service as people
from telemetry.work import begin
from tests.integration.trips.truck import Truck, truck_of
from tests.plugins.cold_room import NINE, PASSWORD, ColdStore


@pytest.fixture
async def truck(cold_store: ColdStore) -> Truck:
    """A truck, lots A and B in cold room 2, and somebody in the warehouse."""
    await cold_store.put_lot("A")
    await cold_store.put_lot("B")
    async with begin(cold_store.pool, "admin", NINE) as work:
        await people.create_person(work, "warehouse", "Warehouse", ["warehouse"], PASSWORD)
    return await truck_of(cold_store)
