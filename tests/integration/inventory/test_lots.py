"""Lots come, move, are held and judged; who stood where when decides what an excursion touches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from mes.inventory import service as inventory
from mes.inventory import stock
from mes.inventory.decisions import HoldOfAnotherRecord, hold_by_hand, judge_lot, lift_by_hand
from mes.inventory.model import Lot, QualityStatus, Unusable
from mes.inventory.sheets import lot_sheets
from mes.inventory.standing import MoveOutOfOrder
from mes.people import service as people
from mes.people.model import Credentials, Meaning
from mes.people.refusals import SignerRoleMissing, WrongPassword
from mes.transitions import Refused, StaleVersion
from telemetry.work import Work
from tests.plugins.database import NOW

PASSWORD = "correct-horse"
Receive = Callable[..., Awaitable[Lot]]


@pytest.fixture
async def rooms(work: Work) -> dict[str, int]:
    """Two cold rooms, a bin in the first, and an item."""
    await work.db.execute(
        "insert into zone (code, site, area, kind, name_en, name_zh) select c, 'h', 'cold', 'room', c, c"
        " from unnest(array['cr-01', 'cr-02', 'r2']) c"
    )
    await work.db.execute("update zone set parent_id = (select id from zone where code = 'cr-01') where code = 'r2'")
    names = {"name_en": "pen", "name_zh": "笔", "unit": "pen", "policy": None, "expires": True}
    await inventory.put_item(work, "PEN", kind="product", **names)  # type: ignore[arg-type]
    rows = await (await work.db.execute("select code, id from zone")).fetchall()
    return dict(rows)


@pytest.fixture
def receive(work: Work, rooms: dict[str, int]) -> Receive:
    async def received(
        number: str,
        room: str = "cr-01",
        *,
        at: datetime = NOW - timedelta(days=1),
        quantity: str = "100",
        decided: QualityStatus = QualityStatus.RELEASED,
    ) -> Lot:
        return await stock.receive_lot(
            work,
            number=number,
            item="PEN",
            quantity=Decimal(quantity),
            zone_id=rooms[room],
            expires_on=date(2026, 1, 15),
            received_at=at,
            decided=decided,
        )

    return received


@pytest.fixture
async def qa(work: Work) -> Credentials:
    await people.create_person(work, "qa", "QA", ["qa"], PASSWORD)
    await people.create_person(work, "operator", "Operator", ["operator"], PASSWORD)
    return Credentials("qa", PASSWORD, "test")


def clock(text: str) -> datetime:
    """A time of the morning of 14 January."""
    return datetime.fromisoformat(f"2026-01-14T{text}").replace(tzinfo=UTC)


async def actions(work: Work) -> list[str]:
    await work.flush()
    return [row[0] for row in await (await work.db.execute("select action from audit order by seq")).fetchall()]


async def test_exactly_the_lots_that_stood_there_are_exposed(
    work: Work, rooms: dict[str, int], receive: Receive
) -> None:
    eight = clock("08:00:00")
    lots = {n: await receive(n, at=eight) for n in ("L1", "L4")}
    lots["L5"] = await receive("L5", "r2", at=eight)
    lots["L2"] = await receive("L2", at=clock("09:54:59"))
    lots["L3"] = await receive("L3", at=clock("09:55:00"))
    lots["other"] = await receive("other", "cr-02", at=eight)
    for number, at in (("L1", "09:20:00"), ("L4", "09:30:00")):
        await stock.move_lot(work, lots[number].id, to_zone_id=rooms["cr-02"], at=clock(at))

    start, end = clock("09:20:00"), clock("09:55:00")
    found = {e.number: e for e in await inventory.lots_exposed(work, rooms["cr-01"], start, end)}
    assert found.keys() == {"L2", "L4", "L5"}
    assert (found["L4"].exposed_from, found["L4"].exposed_to) == (start, clock("09:30:00"))
    assert {n: e.exposure_s for n, e in found.items()} == {"L2": 1, "L4": 600, "L5": 2100}

    later = await inventory.lots_exposed(work, rooms["cr-01"], start, clock("10:10:00"))
    assert {e.number for e in later} == {"L2", "L3", "L4", "L5"}

    [only] = await inventory.lots_exposed(work, rooms["r2"], start, end)
    assert only.number == "L5"


async def test_while_it_lasts_who_comes_in_is_exposed_too(work: Work, rooms: dict[str, int], receive: Receive) -> None:
    lot = await receive("L1", "cr-02")
    start = NOW - timedelta(hours=1)
    assert await inventory.lots_exposed(work, rooms["cr-01"], start, None) == []
    await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-01"], at=NOW - timedelta(minutes=5))
    [found] = await inventory.lots_exposed(work, rooms["cr-01"], start, None)
    assert (found.exposed_to, found.exposure_s) == (None, 300)


async def test_a_part_moves_and_the_rest_stays(work: Work, rooms: dict[str, int], receive: Receive) -> None:
    lot = await receive("L1")
    half_past = NOW - timedelta(minutes=30)
    now_there = await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-02"], quantity=Decimal(30), at=half_past)
    assert {s.zone_id: s.quantity for s in now_there} == {rooms["cr-01"]: 70, rooms["cr-02"]: 30}
    back = await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-01"], from_zone_id=rooms["cr-02"])
    assert {s.zone_id: s.quantity for s in back} == {rooms["cr-01"]: 100}
    [once] = await inventory.lots_exposed(work, rooms["cr-01"], NOW - timedelta(hours=1), NOW)
    assert once.exposure_s == 3600


async def test_what_a_move_says_must_be_so(work: Work, rooms: dict[str, int], receive: Receive) -> None:
    lot = await receive("L1")
    with pytest.raises(stock.NotStandingThere):
        await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-02"], quantity=Decimal(101))
    with pytest.raises(stock.NotStandingThere):
        await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-01"])
    with pytest.raises(stock.NotStandingThere):
        await stock.move_lot(work, lot.id, to_zone_id=rooms["r2"], from_zone_id=rooms["cr-02"])
    with pytest.raises(stock.QuantityNotPositive):
        await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-02"], quantity=Decimal(-1))
    for wrong in (NOW + timedelta(seconds=1), NOW - timedelta(days=2)):
        with pytest.raises(MoveOutOfOrder):
            await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-02"], at=wrong)
    await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-02"], quantity=Decimal(1))
    with pytest.raises(stock.PlaceNotSaid):
        await stock.move_lot(work, lot.id, to_zone_id=rooms["r2"])
    with pytest.raises(inventory.LotNotFound):
        await stock.move_lot(work, 9999, to_zone_id=rooms["cr-02"])


async def test_a_number_is_received_once(work: Work, receive: Receive) -> None:
    await receive("L1")
    with pytest.raises(stock.LotNumberTaken):
        await receive("L1")


async def test_a_held_or_expired_lot_can_still_be_moved_away(
    work: Work, rooms: dict[str, int], receive: Receive
) -> None:
    lot = await receive("L1", decided=QualityStatus.REJECTED)
    await inventory.place_hold(work, lot.id, cause="excursion:1", reason="9.1 °C")
    [there] = await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-02"])
    assert there.zone_id == rooms["cr-02"]


async def test_a_lot_with_two_holds_is_blocked_until_both_are_lifted(
    work: Work, receive: Receive, qa: Credentials
) -> None:
    lot = await receive("L1")
    warm = await inventory.place_hold(work, lot.id, cause="excursion:7", reason="9.1 °C")
    again = await inventory.place_hold(work, lot.id, cause="excursion:7", reason="11.4 °C")
    assert again == warm
    label = await hold_by_hand(work, lot.id, reason="label under question")
    said = {"meaning": Meaning.RELEASED, "reason": "label is right"}
    await lift_by_hand(work, label.id, qa, **said)
    [sheet] = await lot_sheets(work, [await inventory.lot(work, lot.id)])
    assert sheet.against == (Unusable.ON_HOLD,)
    assert [hold.id for hold in sheet.holds] == [warm.id]
    assert [found.number for found in await inventory.lots(work, hold=True)] == ["L1"]
    assert await inventory.lots(work, hold=False) == []
    signed = (await people.signatures_of(work, "hold", label.id))[0].id
    await inventory.lift_hold(work, warm.id, signature_id=signed, reason="no impact")
    [sheet] = await lot_sheets(work, await inventory.lots(work, hold=False))
    assert (sheet.against, sheet.holds) == ((), ())
    done = await actions(work)
    assert (done.count("hold.place"), done.count("hold.lift")) == (2, 2)


async def test_a_hold_is_lifted_once_and_by_a_signature_only(work: Work, receive: Receive, qa: Credentials) -> None:
    hold = await hold_by_hand(work, (await receive("L1")).id, reason="label")
    for credentials, refusal in (
        (Credentials("qa", "wrong"), WrongPassword),
        (Credentials("operator", PASSWORD), SignerRoleMissing),
    ):
        with pytest.raises(refusal):
            await lift_by_hand(work, hold.id, credentials, meaning="released", reason="so")
    lifted = await lift_by_hand(work, hold.id, qa, meaning="released", reason="so")
    assert lifted.signature_id is not None
    with pytest.raises(inventory.HoldNotActive):
        await inventory.lift_hold(work, hold.id, signature_id=lifted.signature_id, reason="again")
    with pytest.raises(inventory.HoldNotFound):
        await inventory.lift_hold(work, 9999, signature_id=lifted.signature_id, reason="no such")


async def test_an_excursions_hold_is_not_lifted_by_hand(work: Work, receive: Receive, qa: Credentials) -> None:
    lot = await receive("L1")
    hold = await inventory.place_hold(work, lot.id, cause="excursion:7", reason="9.1 °C")
    with pytest.raises(HoldOfAnotherRecord):
        await lift_by_hand(work, hold.id, qa, meaning="released", reason="so")
    assert (await inventory.hold(work, hold.id)).active


async def test_a_hold_on_no_lot_says_so(work: Work) -> None:
    with pytest.raises(inventory.LotNotFound):
        await inventory.place_hold(work, 9999, cause="excursion:1", reason="9.1 °C")


async def test_only_a_signature_makes_a_lot_usable(work: Work, receive: Receive, qa: Credentials) -> None:
    lot = await receive("L1", decided=QualityStatus.QUARANTINE)
    with pytest.raises(Refused) as refused:
        await inventory.release_lot(work, lot.id, signature_id=None, reason="looks fine")
    assert refused.value.failed == ("signed",)
    released = await judge_lot(work, lot.id, "release", qa, version=lot.version, meaning="released", reason="tested")
    assert released.quality_status is QualityStatus.RELEASED
    [sheet] = await lot_sheets(work, [released])
    assert sheet.against == ()
    with pytest.raises(StaleVersion):
        await judge_lot(work, lot.id, "reject", qa, version=lot.version, meaning="rejected", reason="old page")


async def test_what_is_rejected_stays_rejected(work: Work, receive: Receive, qa: Credentials) -> None:
    lot = await receive("L1")
    await judge_lot(work, lot.id, "reject", qa, version=lot.version, meaning="rejected", reason="broken")
    signed = (await people.signatures_of(work, "lot", lot.id))[0].id
    with pytest.raises(Refused):
        await inventory.release_lot(work, lot.id, signature_id=signed, reason="changed my mind")
    with pytest.raises(Refused):
        await inventory.quarantine_lot(work, lot.id, reason="retest")


async def test_back_into_quarantine_needs_a_reason_and_no_signature(work: Work, receive: Receive) -> None:
    lot = await receive("L1")
    with pytest.raises(Refused):
        await inventory.quarantine_lot(work, lot.id, reason=" ")
    assert (await inventory.quarantine_lot(work, lot.id, reason="retest")).quality_status == "quarantine"


async def test_using_up_a_lot_takes_it_from_where_most_of_it_stands(
    work: Work, rooms: dict[str, int], receive: Receive
) -> None:
    lot = await receive("L1")
    await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-02"], quantity=Decimal(40), at=NOW - timedelta(hours=1))
    assert (await stock.consume(work, lot.id, Decimal(50))).quantity == 50
    there = {s.zone_id: s.quantity for s in await inventory.standings(work, [lot.id], now_only=True)}
    assert there == {rooms["cr-01"]: 10, rooms["cr-02"]: 40}
    with pytest.raises(stock.NotStandingThere):
        await stock.consume(work, lot.id, Decimal(41))
    await stock.consume(work, lot.id, Decimal(40), zone_id=rooms["cr-02"])
    assert [s.zone_id for s in await inventory.standings(work, [lot.id], now_only=True)] == [rooms["cr-01"]]
    moved = await inventory.standings(work, [lot.id])
    assert sum(s.quantity for s in moved if s.to_time is None) == (await inventory.lot(work, lot.id)).quantity


async def test_what_came_this_moment_can_be_used_up_this_moment(work: Work, receive: Receive) -> None:
    lot = await receive("L1", at=NOW)
    assert (await stock.consume(work, lot.id, Decimal(100))).quantity == 0
    [stay] = await inventory.standings(work, [lot.id])
    assert stay.to_time is not None
    assert stay.to_time > stay.from_time


async def test_a_late_entry_does_not_reach_behind_what_is_known_of_a_place(
    work: Work, rooms: dict[str, int], receive: Receive
) -> None:
    lot, hour = await receive("L1"), timedelta(hours=1)
    part = Decimal(30)
    await stock.move_lot(work, lot.id, to_zone_id=rooms["cr-02"], quantity=part, at=NOW - 3 * hour)
    await stock.move_lot(work, lot.id, to_zone_id=rooms["r2"], from_zone_id=rooms["cr-02"], at=NOW - hour)
    late = {"to_zone_id": rooms["cr-02"], "from_zone_id": rooms["cr-01"], "quantity": part}
    with pytest.raises(MoveOutOfOrder):
        await stock.move_lot(work, lot.id, **late, at=NOW - 2 * hour)  # type: ignore[arg-type]
    await stock.move_lot(work, lot.id, **late, at=NOW - hour)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_moves_are_made_nothing_is_lost_and_no_stay_overlaps_another(
    work: Work, rooms: dict[str, int], receive: Receive, seed: int
) -> None:
    chance = Random(seed)
    lot = await receive("L1", quantity="40")
    zone_ids = sorted(rooms.values())
    for step in range(40):
        quantity = Decimal(chance.randint(1, 12)) if chance.random() < 0.7 else None
        at = NOW - timedelta(minutes=chance.randint(1, 40 - step)) if chance.random() < 0.5 else None
        source, target = chance.sample(zone_ids, 2)
        with suppress(stock.NotStandingThere, MoveOutOfOrder):
            await stock.move_lot(work, lot.id, to_zone_id=target, from_zone_id=source, quantity=quantity, at=at)
        if step % 10 == 9:
            with suppress(stock.NotStandingThere):
                await stock.consume(work, lot.id, Decimal(3))

    stays = await inventory.standings(work, [lot.id])
    assert len(stays) > 10
    assert sum(s.quantity for s in stays if s.to_time is None) == (await inventory.lot(work, lot.id)).quantity
    for zone_id in zone_ids:
        there = sorted((s for s in stays if s.zone_id == zone_id), key=lambda s: s.from_time)
        assert all(a.to_time is not None and a.to_time <= b.from_time for a, b in pairwise(there))
