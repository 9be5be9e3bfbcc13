"""Fixtures for all tests are plug-ins by topic: see `tests/plugins/`."""

pytest_plugins = [
    "tests.plugins.database",
    "tests.plugins.stream",
    "tests.plugins.fates",
    "tests.plugins.timescale",
    "tests.plugins.cold_room",
    "tests.plugins.web",
]
