"""A cold store whose pens have bands within the room's limits, so that nothing is held while it is counted."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest

from mes.inventory import service as inventory
from mes.inventory import splitting
from mes.stability import service as stability
from models.stability import Band, Combination, Profile
from tests.plugins.cold_room import NINE, ColdStore

HOUR_US = 3_600_000_000
INSIDE = (
    Band(low=5.5, high=6.5, allowed_us=24 * HOUR_US),
    Band(low=6.5, high=7.5, allowed_us=4 * HOUR_US),
    Band(low=7.5, high=9.5, allowed_us=4 * HOUR_US),
)
PROBES = ("air-1", "air-2")


async def put_profile(
    store: ColdStore, bands: tuple[Band, ...] = INSIDE, combination: Combination = Combination.INDEPENDENT
) -> None:
    async with store.work() as work:
        item = await inventory.item_named(work, "PEN")
        profile = Profile(bands=bands, combination=combination)
        await stability.put_profile(
            work, item.id, profile, version=1, effective_from=NINE, citation="study S-12", reason="first profile"
        )


async def drawn(store: ColdStore, number: str) -> list[float]:
    """Minutes drawn of each band."""
    async with store.work() as work:
        bands = (await stability.budgets(work, [store.lots[number]]))[store.lots[number]]
    return [band.drawn_s / 60 for band in bands]


async def read_steadily(
    store: ColdStore, minutes: Iterable[int], value: float, room: str = "cold-room-2", *, late: bool = False
) -> None:
    """A reading a minute of both probes; late ones come through the backlog and leave the clock alone."""
    for probe in PROBES:
        course = [(m, value) for m in minutes]
        if late:
            await store.store(store.message(course, probe=probe, room=room), lane="backlog")
        else:
            await store.read(*course, probe=probe, room=room)


async def split(store: ColdStore, number: str, child: str) -> None:
    async with store.work("warehouse") as work:
        made = await splitting.split_lot(work, store.lots[number], number=child, quantity=Decimal(10), reason="part")
    store.lots[child] = made.id


async def merge(store: ColdStore, numbers: Iterable[str], child: str, room: str = "cold-room-2") -> None:
    async with store.work("warehouse") as work:
        ids = [store.lots[number] for number in numbers]
        made = await splitting.merge_lots(work, ids, number=child, zone_id=store.rooms[room], reason="one pallet")
    store.lots[child] = made.id


@pytest.fixture
async def store(cold_store: ColdStore) -> ColdStore:
    """With the profile in force since nine."""
    await put_profile(cold_store)
    return cold_store
