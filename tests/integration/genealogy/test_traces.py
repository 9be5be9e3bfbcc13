"""A raw lot is found bad: which lots are touched, and what is a finished lot made of?"""

from __future__ import annotations

from decimal import Decimal

import pytest

from mes.genealogy.model import Direction, Link
from mes.genealogy.service import Trace, family, trace
from mes.inventory.service import LotNotFound
from tests.integration.genealogy.plant_of_lots import PlantOfLots, plant_of_lots
from tests.plugins.cold_room import ColdStore


def told(found: Trace) -> dict[str, int]:
    return {node.lot.number: node.depth for node in found.nodes}


def carried(found: Trace, plant: PlantOfLots, number: str) -> Decimal:
    [(unit, quantity)] = found.node(plant.lots[number]).carried
    assert unit == "kg"
    return quantity


async def test_every_input_is_there_with_its_quantity(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        plant = await plant_of_lots(work, cold_store.rooms)
        for number, item in (("R1", "API"), ("R2", "API"), ("R3", "API"), ("W1", "WATER"), ("S1", "STOPPER")):
            await plant.lot(number, item)
        await plant.batch("M1", "MIX", R1="4", R2="5", R3="3.5", W1="80")
        await plant.issue("M1", "R1", "0.25")  # a second scan of the same lot
        await plant.batch("M2", "MIX", R3="6", W1="20")
        await plant.batch("F1", "FILLED", M1="50", M2="10", S1="7")
        await plant.batch("F2", "FILLED", M1="30", S1="7")
        for number, parent in (("F1A", "F1"), ("F1B", "F1")):
            await plant.lot(number, "FILLED")
            await plant.part("split", parent, number, "20")
        await plant.lot("F3", "FILLED")
        await plant.part("merge", "F1A", "F3", "20")
        await plant.part("merge", "F2", "F3", "15")

        back = await trace(work, plant.lots["F3"], Direction.BACKWARD)
        assert told(back) == {
            "F3": 0, "F1A": 1, "F2": 1, "F1": 2, "M1": 2, "S1": 2, "M2": 3, "R1": 3, "R2": 3, "R3": 3, "W1": 3,
        }  # fmt: skip
        assert carried(back, plant, "R1") == Decimal("4.25")
        assert carried(back, plant, "R3") == Decimal("9.5")  # into both mixes
        assert carried(back, plant, "M1") == Decimal(80)
        assert carried(back, plant, "S1") == Decimal(14)
        assert back.node(plant.lots["F3"]).carried == ()
        [twice] = [edge for edge in back.edges if edge.parent_id == plant.lots["R1"]]
        assert (twice.times, twice.batch, twice.order, twice.quantity) == (2, "M1", "WO-M1", Decimal("4.25"))
        assert {edge.link for edge in back.edges} == {Link.CONSUME, Link.SPLIT, Link.MERGE}

        ahead = await trace(work, plant.lots["R2"], Direction.FORWARD)
        assert told(ahead) == {"R2": 0, "M1": 1, "F1": 2, "F2": 2, "F1A": 3, "F1B": 3, "F3": 3}
        assert carried(ahead, plant, "F1") == Decimal(50)
        assert not ahead.cut
        assert not ahead.circles
        near = await trace(work, plant.lots["R2"], Direction.FORWARD, depth=1)
        assert (told(near), near.cut) == ({"R2": 0, "M1": 1}, True)
        assert [lot.number for lot in await family(work, plant.lots["M2"])] == ["M2", "R3", "W1"]
        with pytest.raises(LotNotFound):
            await trace(work, 10_000, Direction.FORWARD)


async def test_rework_and_what_came_back_unused(cold_store: ColdStore) -> None:
    async with cold_store.work() as work:
        plant = await plant_of_lots(work, cold_store.rooms)
        await plant.lot("R1", "API")
        await plant.lot("R2", "API")
        await plant.batch("M1", "MIX", R1="4")
        await plant.give_back(await plant.issue("M1", "R2", "3"), "3")
        await plant.give_back(await plant.issue("M1", "R1", "2"), "0.5")
        await plant.batch("M2", "MIX", M1="5")
        await plant.issue("M1", "M2", "1")  # what was left of the rework went back into the first

        back = await trace(work, plant.lots["M2"], Direction.BACKWARD)
        assert told(back) == {"M2": 0, "M1": 1, "R1": 2}
        assert carried(back, plant, "R1") == Decimal("5.5")
        assert {(edge.link, edge.parent_id) for edge in back.edges if edge.link is Link.REWORK} == {
            (Link.REWORK, plant.lots["M1"]),
            (Link.REWORK, plant.lots["M2"]),
        }
        assert back.circles == ()
        assert told(await trace(work, plant.lots["R2"], Direction.FORWARD)) == {"R2": 0}
        assert told(await trace(work, plant.lots["M1"], Direction.FORWARD)) == {"M1": 0, "M2": 1}
