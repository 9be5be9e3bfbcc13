"""The story of a bad raw lot, for every test of recalls."""

from __future__ import annotations

import pytest

from tests.integration.recall.story import Story, story_of
from tests.integration.shipments.dispatch import dispatch_of
from tests.plugins.cold_room import ColdStore


@pytest.fixture
async def story(cold_store: ColdStore) -> Story:
    return await story_of(await dispatch_of(cold_store))
