"""What a subscription knows of its items, and of the row of its messages."""

from __future__ import annotations

from math import isnan

import pytest

from edge.drivers.opcua.config import OpcuaPoint
from edge.drivers.opcua.datavalues import Columns
from edge.drivers.opcua.latest import REPEATED_US, Latest
from edge.drivers.opcua.message import Message
from edge.drivers.opcua.plan import GroupPlan
from edge.drivers.opcua.subscription import Subscription, ahead, batch_of, following

HIGHEST = 2**32 - 1


def changes(*rows: tuple[int, int, float], status: int = 0) -> Columns:
    """Handle, device time and value of each."""
    columns = Columns()
    for handle, device_us, value in rows:
        columns.add(handle, device_us, value, 192, status)
    return columns


def rows(columns: Columns) -> list[tuple[int, int, float]]:
    return list(zip(columns.handle, columns.device_us, columns.value, strict=True))


def a_subscription(last: int = 0, resumed: bool = False) -> Subscription:
    point = OpcuaPoint(point="a/b/c/d", node="i=1", group="line")
    plan = GroupPlan("line", 1.0, 3, (point,), 100)
    return Subscription(plan, 7, [point.point] * 3, last=last, queue_size=3, resumed=resumed)


def test_a_value_that_stays_is_told_again_when_a_minute_has_gone_by_and_the_server_says_that_it_holds() -> None:
    latest = Latest()
    latest.take(changes((0, 10, 1.5), (1, 10, 2.5)), 1_000)
    latest.take(changes((1, 20, 3.5)), REPEATED_US)
    assert rows(latest.still(900, REPEATED_US)) == []
    assert rows(latest.still(950, REPEATED_US + 2_000_000)) == [(0, 950, 1.5)]
    assert rows(latest.still(960, REPEATED_US + 4_000_000)) == []


def test_a_value_is_told_again_with_its_status_but_not_with_the_overflow_that_came_before_it() -> None:
    latest = Latest()
    latest.take(changes((0, 10, 1.5), status=0x4093_0480), 0)
    latest.take(changes((1, 10, 2.5)), 0)
    assert latest.still(900, REPEATED_US).status == {0: 0x4093_0000}
    latest.take(changes((0, 20, 1.5)), 0)
    assert latest.still(900, REPEATED_US + 2_000_000).status == {}


def test_a_value_that_was_under_way_when_its_item_went_is_not_told_again_for_ever() -> None:
    latest = Latest()
    latest.take(changes((0, 10, 1.5), (1, 10, 2.5)), 0)
    latest.forget(0)
    latest.take(changes((0, 20, 3.5), status=0x4093_0000), 0)
    assert rows(latest.still(900, REPEATED_US)) == [(1, 900, 2.5)]


def test_an_overflow_of_an_item_that_nobody_knows_is_no_gap_of_ours() -> None:
    found = a_subscription().overflowed(changes((HIGHEST, 10, 1.5), status=0x0480))
    assert found == []


def test_after_a_loss_what_did_not_change_is_told_as_of_the_first_message_and_later_than_the_loss() -> None:
    latest = Latest()
    latest.take(changes((0, 10, 1.5), (1, 10, 2.5)), 100)
    lost = latest.lost([0, 1], 500)
    assert (lost.device_us.tolist(), [isnan(value) for value in lost.value]) == ([500, 500], [True, True])
    recovered = changes((1, 510, 9.0))
    latest.confirm(recovered, 600)
    assert rows(recovered) == [(1, 510, 9.0)]
    latest.take(recovered, 700)
    assert rows(latest.still(450, 700)) == [(0, 501, 1.5)]  # the server's clock is behind ours
    assert latest.lost_us == {}


def test_the_first_value_of_a_new_subscription_is_as_old_as_its_last_change_and_is_dated_to_now() -> None:
    latest = Latest()
    latest.lost_us = {0: 500, 1: 500}
    first = changes((0, 10, 1.5), (1, 505, 2.5))
    latest.confirm(first, 600)
    assert rows(first) == [(0, 600, 1.5), (1, 505, 2.5)]


def test_a_gap_begins_right_after_the_last_value_before_it() -> None:
    latest = Latest()
    latest.take(changes((0, 10, 1.5)), 100)
    gap = latest.gaps(changes((0, 90, 7.0), (1, 95, 8.0)), [0, 1])
    assert (gap.device_us.tolist(), gap.quality.tolist()) == ([11, 94], [24, 24])


def test_an_overflow_is_known_by_its_bit_and_after_an_outage_by_a_full_queue() -> None:
    told = changes((0, 1, 1.0), (0, 2, 2.0), status=0x480)
    del told.status[1]
    full = changes((0, 1, 1.0), (1, 1, 5.0), (0, 2, 2.0), (0, 3, 3.0))
    assert a_subscription().overflowed(told) == [0]
    assert a_subscription().overflowed(full) == []
    assert a_subscription(resumed=True).overflowed(full) == [0]


@pytest.mark.parametrize(
    ("last", "sequence", "missing"),
    [(4, 5, []), (4, 7, [5, 6]), (HIGHEST, 1, []), (HIGHEST - 1, 2, [HIGHEST, 1]), (0, 9, []), (9, 4, [])],
)
def test_numbers_of_messages_that_have_not_come(last: int, sequence: int, missing: list[int]) -> None:
    message = Message(sequence, 0, has_data=True)
    assert list(a_subscription(last).missing(message)) == missing


def test_after_a_loss_the_very_first_message_may_be_missing_too() -> None:
    assert list(a_subscription(resumed=True).missing(Message(3, 0))) == [1, 2]


def test_a_message_that_comes_twice_is_known_and_one_of_a_new_row_is_not() -> None:
    known = {s: a_subscription(5).is_known(Message(s, 0, has_data=True)) for s in (4, 5, 6, HIGHEST)}
    assert known == {4: True, 5: True, 6: False, HIGHEST: True}
    assert not a_subscription(5000).is_known(Message(1, 0, has_data=True))
    assert not a_subscription(5).is_known(Message(5, 0))  # a keep-alive names the next one


def test_numbers_go_round() -> None:
    assert (following(1), following(HIGHEST)) == (2, 1)
    assert (ahead(1, HIGHEST), ahead(HIGHEST, 1), ahead(3, 3)) == (True, False, False)


def test_what_has_a_handle_that_nobody_gave_is_left_out() -> None:
    batch = batch_of(changes((0, 10, 1.5), (8, 10, 2.5), (1, 10, 3.5)), ["a/b/c/d", "a/b/c/e"], 100)
    assert [(reading.point, reading.value) for reading in batch] == [("a/b/c/d", 1.5), ("a/b/c/e", 3.5)]


def test_a_value_read_after_a_start_is_told_with_the_next_message_and_what_was_queued_keeps_its_own_time() -> None:
    latest = Latest()
    latest.lost([1, 2], 900)  # the server was not reached at once
    latest.find(changes((1, 500, 7.0), (2, 40, 3.0)))
    queued = changes((1, 500, 7.0))
    latest.confirm(queued, 1000)
    assert rows(queued) == [(1, 500, 7.0)]
    latest.take(queued, 1000)
    assert sorted(rows(latest.still(1000, 1000))) == [(1, 1000, 7.0), (2, 1000, 3.0)]


def test_what_came_meanwhile_counts_more_than_what_was_read() -> None:
    latest = Latest()
    latest.take(changes((1, 600, 8.0)), REPEATED_US)
    latest.find(changes((1, 500, 7.0), (2, 40, 3.0)))
    assert rows(latest.still(700, REPEATED_US)) == [(2, 700, 3.0)]
