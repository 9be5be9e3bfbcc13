"""Which item a trade item number stands for, and which number a lot's label carries."""

from __future__ import annotations

from mes.barcodes.settings import SQL
from mes.inventory import service as inventory
from mes.inventory.model import Item
from telemetry.work import Work


async def item_of(work: Work, gtin: str) -> Item | None:
    """The item with this number, at any level of packaging; None: nobody has said which."""
    code: str | None = await work.scalar(SQL["item_of_gtin"], gtin=gtin)
    return None if code is None else await inventory.item_named(work, code)


async def gtin_of(work: Work, item: str) -> str | None:
    """The number of one unit of an item, or of its smallest pack; None: it has none."""
    number: str | None = await work.scalar(SQL["gtin_of_item"], item=item)
    return number
