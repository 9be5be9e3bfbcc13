"""The watched line, for all stories of machine health."""

from __future__ import annotations

from tests.integration.health.line import line

__all__ = ["line"]
