"""Budgets as programs see them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mes.stability.service import Left


def left_json(left: Left | None) -> dict[str, Any] | None:
    """A budget; None where the item has no stability profile."""
    if left is None:
        return None
    budget, kept = left.budget, left.kept
    return {
        "profile": {"version": kept.version, "citation": kept.citation, "combination": budget.combination},
        "used": budget.used,
        "exhausted": budget.exhausted,
        "is_low": budget.is_low,
        "bands": [asdict(band) for band in budget.bands],
    }
