"""Which worker runs what: a file's tests stay together, and so do all of those that start a whole demo plant."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

ONE_AFTER_ANOTHER = "tests/e2e/"
"""Two demo plants at once leave neither the time that a person at its pages would have."""


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """`--dist loadfile`, with one worker for the folder of whole plants."""

    def _split_scope(self, nodeid: str) -> str:
        return ONE_AFTER_ANOTHER if nodeid.startswith(ONE_AFTER_ANOTHER) else nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """What hands the tests out."""
    return ByFile(config, log)
