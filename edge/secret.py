"""Passwords come from the environment; configs only name the variable."""

from __future__ import annotations

import os

from telemetry.errors import Unavailable


class MissingSecret(Unavailable):
    """The environment variable that holds a password is not set."""


def secret(variable: str | None) -> str | None:
    """The password, or None where none is asked for. Raises MissingSecret."""
    if variable is None:
        return None
    if variable not in os.environ:
        raise MissingSecret(variable=variable)
    return os.environ[variable]
