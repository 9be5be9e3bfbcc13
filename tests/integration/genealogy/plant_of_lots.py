"""A plant in which lots were made of lots, told as facts: what was issued into which batch, split and merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("facts.sql"))


@dataclass(slots=True)
class PlantOfLots:
    """Lots by number; a batch has the number of the lot that it makes."""

    work: Work
    rooms: dict[str, int]
    lots: dict[str, int] = field(default_factory=dict)
    batches: dict[str, int] = field(default_factory=dict)
    keys: Any = field(default_factory=lambda: count(1))

    async def lot(self, number: str, item: str, quantity: str = "100") -> int:
        await self.work.scalar(SQL["item"], code=item)
        facts = {"number": number, "item": item, "quantity": Decimal(quantity), "now": self.work.now}
        self.lots[number] = await self.work.scalar(SQL["lot"], **facts)
        return self.lots[number]

    async def batch(self, number: str, item: str, **consumed: str) -> int:
        """A batch that makes a lot of an item of so much of each lot."""
        lot_id = await self.lot(number, item)
        self.batches[number] = await self.work.scalar(SQL["batch"], lot_id=lot_id, now=self.work.now)
        for lot, quantity in consumed.items():
            await self.issue(number, lot, quantity)
        return lot_id

    async def issue(self, batch: str, lot: str, quantity: str) -> int:
        facts = {"batch_id": self.batches[batch], "lot_id": self.lots[lot], "quantity": Decimal(quantity)}
        issue: int = await self.work.scalar(SQL["issue"], **facts, now=self.work.now, key=f"issue-{next(self.keys)}")
        return issue

    async def give_back(self, issue_id: int, quantity: str) -> None:
        facts = {"issue_id": issue_id, "quantity": Decimal(quantity), "zone_id": self.rooms["cold-room-1"]}
        await self.work.run(SQL["return"], **facts, now=self.work.now, key=f"return-{next(self.keys)}")

    async def part(self, kind: str, parent: str, child: str, quantity: str) -> None:
        ids = {"parent_id": self.lots[parent], "child_id": self.lots[child]}
        await self.work.run(SQL["part"], **ids, kind=kind, quantity=Decimal(quantity), now=self.work.now)


async def plant_of_lots(work: Work, rooms: dict[str, int]) -> PlantOfLots:
    """One with a line, in which nothing was made yet."""
    await work.scalar(SQL["line"])
    return PlantOfLots(work, rooms)
