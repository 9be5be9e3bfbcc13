"""A warehouse that ships, for every story of shipments."""

from __future__ import annotations

import pytest

from tests.integration.shipments.dispatch import Dispatch, dispatch_of
from tests.integration.trips.truck import Truck, truck_of
from tests.plugins.cold_room import ColdStore


@pytest.fixture
async def dispatch(cold_store: ColdStore) -> Dispatch:
    return await dispatch_of(cold_store)


@pytest.fixture
async def truck(dispatch: Dispatch) -> Truck:
    """A vehicle of the same plant."""
    return await truck_of(dispatch.plant)
