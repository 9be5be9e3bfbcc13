"""The words of an item's packs and trade item numbers in a plant folder."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from mes.items.model import Level
from mes.items.service import GtinWrong, gtin_14
from telemetry.strict import Strict


def _gtin(text: str) -> str:
    try:
        return gtin_14(text)
    except GtinWrong as error:
        raise ValueError(
            f"`{text}` is no trade item number: 8, 12, 13 or 14 digits, quoted, the last a check digit"
        ) from error


class GtinWords(Strict):
    gtin: Annotated[str, AfterValidator(_gtin)]
    level: Level = Level.EACH
    quantity: Decimal = Field(Decimal(1), gt=0, lt=1_000_000_000)


Factor = Annotated[Decimal, Field(gt=0, lt=1_000_000_000)]
"""How much of the item's base unit one pack holds."""
