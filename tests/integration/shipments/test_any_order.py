"""Whatever people of a warehouse do in whatever order, the books of the stock stay right and nothing leaves twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from mes.inventory import decisions
from mes.shipments import service as shipments
from mes.shipments.model import GONE, Status
from telemetry.errors import Conflict
from tests.integration.shipments.dispatch import Dispatch
from tests.plugins.cold_room import signed_by

NAMES = ("ONE", "TWO", "THREE")
LOTS = ("L1", "L2")
STEPS = {
    "finish_picking": {"note": "so be it"},
    "pick_again": {},
    "load": {},
    "unload": {},
    "ship": {},
    "deliver": {"receiver": "somebody"},
    "refuse": {"note": "a reason"},
}
DEEDS = 70


class Hands:
    """Somebody who does things at random; what is refused is refused."""

    def __init__(self, dispatch: Dispatch, random: Random) -> None:
        self.dispatch, self.random = dispatch, random
        self.done = 0

    async def act(self) -> None:
        deeds: list[Callable[[], Awaitable[object]]] = [self._pick, self._pick, self._step, self._step, self._step]
        deeds += [self._put_back, self._take_back, self._doubt]
        self.dispatch.plant.clock.at += timedelta(seconds=1)
        try:
            await self.random.choice(deeds)()
            self.done += 1
        except Conflict:
            return

    async def _pick(self) -> None:
        code = self.random.choice([*LOTS, "BOX-1", "BOX-2"])
        amount = self.random.choice([None, str(self.random.randint(1, 60))])
        await self.dispatch.pick(code, self.random.choice(NAMES), amount)

    async def _step(self) -> None:
        step = self.random.choice(list(STEPS))
        await self.dispatch.step(step, self.random.choice(NAMES), **STEPS[step])

    async def _put_back(self) -> None:
        shipment_id = self.dispatch.ids[self.random.choice(NAMES)]
        async with self.dispatch.plant.work("warehouse") as work:
            for each in (await shipments.picks(work, [shipment_id]))[:1]:
                await shipments.put_back(work, shipment_id, each.id)

    async def _take_back(self) -> None:
        name = self.random.choice(NAMES)
        async with self.dispatch.plant.work() as work:
            inside = await shipments.picks(work, [self.dispatch.ids[name]])
        lot = next((lot for lot in LOTS for each in inside if each.lot_id == self.dispatch.plant.lots[lot]), None)
        if lot is not None:
            await self.dispatch.take_back(lot, str(self.random.randint(1, 20)), name)

    async def _doubt(self) -> None:
        """A hold that is lifted again: it ends what was reserved."""
        lot_id = self.dispatch.plant.lots[self.random.choice(LOTS)]
        async with self.dispatch.plant.work() as work:
            hold = await decisions.hold_by_hand(work, lot_id, reason="a doubt")
            await decisions.lift_by_hand(work, hold.id, signed_by(), meaning="approved", reason="none any more")


async def balance(dispatch: Dispatch) -> None:
    """Nothing is lost: what there was is here or went, and what is reserved is in a shipment."""
    went = await dispatch.went(*LOTS)
    for lot in LOTS:
        gone = sum((each.quantity for each in went if each.lot == lot), Decimal(0))
        assert await dispatch.left(lot) + gone == 200
        assert await dispatch.reserved(lot) <= await dispatch.left(lot)
    back = [each for row in went for each in row.returned]
    assert sum(each.quantity for each in back) <= sum(row.quantity for row in went)
    assert await dispatch.differences() == []


@pytest.mark.parametrize("seed", range(3))
async def test_the_books_stay_right(dispatch: Dispatch, seed: int) -> None:
    for lot in LOTS:
        await dispatch.lot(lot, "200")
    await dispatch.box("BOX-1", "L1", "40")
    await dispatch.box("BOX-2", "L2", "70")
    for name in NAMES:
        await dispatch.plan(name, "90")
    hands = Hands(dispatch, Random(seed))
    for _ in range(DEEDS):
        await hands.act()
    await balance(dispatch)
    assert hands.done > 10
    async with dispatch.plant.work() as work:
        found = await shipments.shipments(work)
        inside = await shipments.picks(work, [each.id for each in found])
    gone = {each.id for each in found if each.status in GONE}
    assert {each.shipment_id for each in inside if each.left_at is not None} <= gone
    kept = [each for each in inside if each.left_at is None and each.kept]
    for lot in LOTS:
        mine = sum((each.quantity for each in kept if each.lot_id == dispatch.plant.lots[lot]), Decimal(0))
        assert await dispatch.reserved(lot) == mine
    assert Status.CANCELLED not in {each.status for each in found}
