"""Commands that run in the tests' own process leave the terminal as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isotherm.progress import console


@pytest.fixture(autouse=True)
def terminal() -> Iterator[None]:
    """A command whose answer alone goes to standard output sends the rest elsewhere, until its process ends."""
    before = console.stderr
    yield
    console.stderr = before
