"""Fixtures for all tests are plug-ins by topic: see `tests/plugins/`. A busy machine fails no property."""

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.plugins.database",
    "tests.plugins.stream",
    "tests.plugins.fates",
    "tests.plugins.timescale",
    "tests.plugins.cold_room",
    "tests.plugins.web",
    "tests.plugins.filling",
    "tests.plugins.scheduling",
    "tests.plugins.terminal",
]

settings.register_profile("plant", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("plant")
