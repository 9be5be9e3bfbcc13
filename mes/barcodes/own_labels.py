"""Codes of labels that this plant prints for what GS1 does not name: IT.<kind>.<code>.

Letters, digits and dots only before the code, which every keyboard layout sends alike where digits do. Pure.
"""

from __future__ import annotations

from enum import StrEnum

MARK = "IT"


class Own(StrEnum):
    """What a label of ours hangs on."""

    LOT = "LOT"
    CONTAINER = "BOX"
    EQUIPMENT = "EQ"
    PERSON = "PSN"  # a badge: it says who, and never signs
    LOCATION = "LOC"
    ORDER = "ORD"


def code_of(kind: Own, code: str) -> str:
    """What stands in the symbol."""
    return f"{MARK}.{kind}.{code}"


def read_own(text: str) -> tuple[Own, str] | None:
    """Kind and code, or None where it is no label of ours."""
    mark, _, rest = text.partition(".")
    kind, _, code = rest.partition(".")
    if mark.upper() != MARK or kind.upper() not in Own.__members__.values() or not code:
        return None
    return Own(kind.upper()), code
