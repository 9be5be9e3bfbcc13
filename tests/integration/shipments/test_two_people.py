"""Two people at once, on connections of their own: one gets the last container, the other hears why not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from mes.shipments.model import Pick
from mes.shipments.picking import PickRefused
from tests.integration.shipments.dispatch import Dispatch


async def both(*asked: Awaitable[Pick]) -> tuple[list[Pick], list[PickRefused]]:
    """What two people get who press at once."""
    answers = await asyncio.gather(*asked, return_exceptions=True)
    got = [each for each in answers if isinstance(each, Pick)]
    refused = [each for each in answers if isinstance(each, PickRefused)]
    assert len(got) + len(refused) == len(answers), answers
    return got, refused


async def test_the_last_container_goes_to_one_shipment(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.box("LAST", "L1", "40")
    one, other = await dispatch.plan("ONE"), await dispatch.plan("OTHER")
    [got], [refused] = await both(dispatch.pick("LAST", "ONE"), dispatch.pick("LAST", "OTHER"))
    winner = one if got.shipment_id == one.id else other
    assert refused.failed == ("not_in_a_shipment_yet",)
    assert refused.facts["shipments"] == [winner.number]
    assert await dispatch.reserved("L1") == 40


async def test_the_rest_of_a_lot_goes_to_one_shipment(dispatch: Dispatch) -> None:
    await dispatch.lot("L1", "40")
    await dispatch.plan("ONE")
    await dispatch.plan("OTHER")
    got, refused = await both(dispatch.pick("L1", "ONE"), dispatch.pick("L1", "OTHER"))
    assert (len(got), len(refused)) == (1, 1)
    assert refused[0].failed == ("not_in_a_shipment_yet",)
    assert await dispatch.reserved("L1") == 40


async def test_two_who_ship_it_take_it_out_once(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.plan()
    await dispatch.pick("L1")
    for step in ("finish_picking", "load"):
        await dispatch.step(step)
    answers = await asyncio.gather(dispatch.step("ship"), dispatch.step("ship"), return_exceptions=True)
    assert sum(isinstance(each, Exception) for each in answers) == 1
    assert await dispatch.left("L1") == 60
    assert await dispatch.differences() == []


async def test_two_at_one_shipment_do_not_pick_more_than_asked_for(dispatch: Dispatch) -> None:
    await dispatch.lot("L1")
    await dispatch.box("A", "L1", "40")
    await dispatch.box("B", "L1", "40")
    await dispatch.plan(quantity="40")
    got, [refused] = await both(dispatch.pick("A"), dispatch.pick("B"))
    assert len(got) == 1
    assert "not_more_than_asked" in refused.failed
