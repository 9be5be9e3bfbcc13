"""A batch on the qualified person's desk."""

from __future__ import annotations

import pytest

from tests.integration.materials.conftest import Dispensary, dispensary
from tests.integration.release.certified import Desk
from tests.plugins.web import Web

__all__ = ["dispensary"]


@pytest.fixture
async def desk(dispensary: Dispensary, web: Web) -> Desk:
    """Made and proved; nobody has reviewed it yet."""
    made = Desk(dispensary, web)
    await made.made()
    await made.proved()
    return made
