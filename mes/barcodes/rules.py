"""Which elements need or exclude which others in one code (GS1 General Specifications, 4.13 and 4.14), as data."""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType

from mes.barcodes.model import ElementsContradict, ElementsIncomplete

_TRADE_ITEM = frozenset({"01", "02", "03", "8006", "8026"})
_PIECE = frozenset({"01", "03", "8006"})

NEEDS = MappingProxyType(
    {
        "02": (frozenset({"37"}),),
        "10": (_TRADE_ITEM,),
        "11": (_TRADE_ITEM,),
        "13": (_TRADE_ITEM,),
        "15": (_TRADE_ITEM,),
        "16": (_TRADE_ITEM,),
        "17": (_TRADE_ITEM | {"255"},),
        "21": (_PIECE,),
        "22": (_PIECE,),
        "37": (frozenset({"00"}), frozenset({"02", "8026"})),
        "254": (frozenset({"414"}),),
    }
)
"""By identifier: one of each group must be there too."""

EXCLUDES = MappingProxyType({"01": frozenset({"02"}), "02": frozenset({"01"}), "21": frozenset({"235"})})
"""By identifier: none of these may be there."""


def demand_whole(present: Collection[str]) -> None:
    """Raises ElementsContradict or ElementsIncomplete, with what is missing."""
    for ai in present:
        if against := EXCLUDES.get(ai, frozenset()) & set(present):
            raise ElementsContradict(element=f"({ai})", excludes=_told(against))
    for ai in present:
        for group in NEEDS.get(ai, ()):
            if not group & set(present):
                raise ElementsIncomplete(element=f"({ai})", needs=_told(group))


def _told(ais: Collection[str]) -> str:
    return ", ".join(f"({ai})" for ai in sorted(ais))
