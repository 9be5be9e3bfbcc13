"""The slice's queries, by name."""

from __future__ import annotations

from pathlib import Path

from telemetry import queries

SQL = queries.load(Path(__file__).with_name("queries.sql"))
