"""A reason that a person gives for what they do: it stands in the audit trail, so it must say something."""

from __future__ import annotations

from telemetry.errors import Invalid


class NoReasonGiven(Invalid):
    """Say why in words: the reason stands in the audit trail."""


def said(reason: str) -> str:
    """The reason without space around it. Raises NoReasonGiven where nothing is left."""
    words = reason.strip()
    if not words:
        raise NoReasonGiven
    return words
