"""Several people at once, on connections of their own: one wins, the other gets a clear answer, stock stays right."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from mes.inventory import containers, ledger
from mes.inventory import service as inventory
from mes.materials import service as materials
from mes.materials.service import IssueRefused, KeyOfAnotherScan, Override
from mes.people.refusals import SignerRoleMissing
from mes.transitions import StaleVersion
from tests.integration.materials.conftest import Dispensary, a_need
from tests.plugins.cold_room import signed_by

TEN = Decimal(10)


async def issue(here: Dispensary, key: str, quantity: str = "10", actor: str = "operator", **asked: object) -> object:
    async with here.plant.work(actor) as work:
        facts = {"lot_number": "RM-1", "quantity": Decimal(quantity), "key": key} | asked
        return await materials.issue_material(work, here.batch_id, **facts)  # type: ignore[arg-type]


async def at_once(*asked: object) -> list[object]:
    return list(await asyncio.gather(*asked, return_exceptions=True))  # type: ignore[call-overload]


async def refused(here: Dispensary) -> int:
    [(n,)] = await here.plant.rows("select count(*) from audit where action = 'batch.issue.refused'")
    return int(n)


async def test_two_scanners_on_the_last_container(dispensary: Dispensary) -> None:
    """The container is taken once; so is the room that the line has; a double tap and a replay are one issue."""
    here = dispensary
    lot = await here.lot("RM-1", "30")
    await here.run(a_need(quantity="20", unit="kg"))
    async with here.plant.work("warehouse") as work:
        await containers.pack(work, lot, here.zone_id, number="LPN-1", quantity=TEN)

    box = {"lot_number": "", "container": "LPN-1"}
    met = await at_once(issue(here, "scan-aaa", **box), issue(here, "scan-bbb", actor="qa-2", **box))
    [lost] = [each for each in met if isinstance(each, Exception)]
    assert isinstance(lost, IssueRefused)
    assert lost.failed == ("wrong_location",) or lost.failed == ("insufficient",)
    assert await refused(here) == 1

    taps = await at_once(*(issue(here, "scan-ccc", "5") for _ in range(4)))
    assert sorted(each.again for each in taps) == [False, True, True, True]  # type: ignore[attr-defined]
    with pytest.raises(KeyOfAnotherScan):
        await issue(here, "scan-ccc", "4")

    met = await at_once(issue(here, "scan-ddd", "5"), issue(here, "scan-eee", "5"))
    [over] = [each for each in met if isinstance(each, Exception)]
    assert isinstance(over, IssueRefused)
    assert over.failed == ("over_tolerance",)

    async with here.plant.work() as work:
        assert (await inventory.lot(work, lot)).quantity == 10
        assert [i.quantity for i in await materials.issues(work, here.batch_id)] == [10, 5, 5]
        assert await ledger.differences(work) == []


async def test_a_stale_page_moves_nothing_and_what_came_back_is_stock_again(dispensary: Dispensary) -> None:
    here, rooms = dispensary, dispensary.plant.rooms
    lot = await here.lot("RM-1", "30")
    batch = await here.run(a_need(quantity="20", unit="kg"))
    async with here.plant.work("warehouse") as work:
        box = await containers.pack(work, lot, here.zone_id, number="LPN-1", quantity=TEN)

    async def moved(room: str) -> object:
        async with here.plant.work("warehouse") as work:
            return await containers.move(work, box.id, to_zone_id=rooms[room], version=box.version)

    met = await at_once(moved("cold-room-1"), moved("cold-room-2"))
    assert [type(each) for each in met if isinstance(each, Exception)] == [StaleVersion]

    made = await issue(here, "scan-aaa", "10")
    async with here.plant.work("operator") as work:
        back = {"quantity": Decimal(4), "zone_id": here.zone_id, "reason": "left over", "key": "back-aaa"}
        for _ in range(2):
            await materials.return_material(work, made.issue.id, **back)  # type: ignore[attr-defined,arg-type]
        [line] = await materials.lines(work, batch)
        assert [line.issued, line.returned, line.net] == [10, 4, 6]
        [short] = await materials.closed_lines(work, batch)
        assert short.number == 10
        assert (await inventory.lot(work, lot)).quantity == 24
        assert await ledger.differences(work) == []


async def test_a_lead_signs_what_a_strict_line_refuses(dispensary: Dispensary) -> None:
    here = dispensary
    await here.lot("RM-1", "30")
    early = await here.lot("RM-0", "30", expires=None)
    async with here.plant.work() as work:
        await work.db.execute("update lot set expires_on = '2026-02-01' where id = %s", [early])
    batch = await here.run(a_need(quantity="20", unit="kg"))
    with pytest.raises(IssueRefused) as strict:
        await issue(here, "scan-aaa")
    assert strict.value.failed == ("not_fefo",)
    with pytest.raises(SignerRoleMissing):
        await issue(here, "scan-aaa", override=Override(signed_by("operator"), "in a hurry"))
    await issue(here, "scan-aaa", override=Override(signed_by("qa-2"), "RM-0 is behind a broken door"))
    async with here.plant.work() as work:
        [made] = await materials.issues(work, batch)
        assert (made.warnings, made.override_reason) == (["not_fefo"], "RM-0 is behind a broken door")
    [(kind,)] = await here.plant.rows("select kind from batch_exception")
    assert kind == "fefo_override"
