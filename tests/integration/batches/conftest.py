"""The dispensary's plant, with its web application."""

from __future__ import annotations

from tests.integration.materials.conftest import dispensary

__all__ = ["dispensary"]
