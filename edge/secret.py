"""Passwords come from the environment, or from a file that it names, as containers hand them over."""

from __future__ import annotations

import os
from pathlib import Path

from telemetry.errors import Unavailable


class MissingSecret(Unavailable):
    """The environment variable that holds a password is not set, or the file that it names can't be read."""


def secret(variable: str | None) -> str | None:
    """The password in the variable, or in the file that VARIABLE_FILE names; None where none is asked for.

    Raises MissingSecret.
    """
    if variable is None:
        return None
    if variable in os.environ:
        return os.environ[variable]
    path = os.environ.get(f"{variable}_FILE")
    if path is None:
        raise MissingSecret(variable=variable)
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise MissingSecret(variable=f"{variable}_FILE", reason=str(error)) from error
