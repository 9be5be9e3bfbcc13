"""What is under way, what comes next, what must be asked for: the uplink's memory, with time as an argument."""

from __future__ import annotations

from edge.uplink.coverage import Coverage
from edge.uplink.window import BACKLOG_SHARE, OVERDUE_S, SIZE, Window

EPOCH = 1_768_440_000_000


def covering(*ranges: tuple[int, int]) -> Coverage:
    return Coverage(EPOCH, ranges)


def test_all_that_waited_before_the_connection_is_backlog() -> None:
    window = Window(first=11, last=40)
    assert (window.next_backlog, window.live_from) == (11, 41)


def test_the_backlog_leaves_room_for_live_readings() -> None:
    window = Window(first=1, last=1000)
    for sequence in range(1, BACKLOG_SHARE + 1):
        window.sent(sequence, 0.0)
    assert window.backlog_room() == 0
    assert window.live_room() == SIZE - BACKLOG_SHARE


def test_a_full_window_waits_for_the_database_and_not_for_the_stream() -> None:
    window = Window(first=1, last=0)
    for sequence in range(1, SIZE + 1):
        window.sent(sequence, 0.0)
        window.in_stream(sequence)
    assert window.live_room() == 0
    window.covered(covering((1, 10)))
    assert window.live_room() == 10


def test_what_is_not_covered_in_time_is_asked_for_and_what_the_answer_lacks_is_sent_again() -> None:
    window = Window(first=1, last=0)
    for sequence in (1, 2, 3):
        window.sent(sequence, 0.0)
    assert window.overdue(OVERDUE_S - 0.1) == []
    overdue = window.overdue(OVERDUE_S)
    assert overdue == [1, 2, 3]
    window.answered(overdue, covering((1, 1), (3, 3)))
    assert window.again.keys() == {2}
    assert not window.under_way


def test_each_try_is_given_more_time() -> None:
    window = Window(first=1, last=0)
    window.sent(1, 0.0)
    window.answered([1], covering())
    window.sent(1, 100.0)
    assert window.overdue(100.0 + OVERDUE_S) == []
    assert window.overdue(100.0 + 2 * OVERDUE_S) == [1]


def test_while_nobody_answers_only_what_the_stream_may_lack_is_sent_again() -> None:
    window = Window(first=1, last=0)
    window.sent(1, 0.0)
    window.sent(2, 0.0)
    window.in_stream(1)
    window.unanswered([1, 2])
    assert window.under_way.keys() == {1}
    assert window.again.keys() == {2}


def test_a_refusal_of_the_stream_costs_no_patience() -> None:
    window = Window(first=1, last=0)
    window.sent(1, 0.0)
    window.refused(1)
    window.sent(1, 50.0)
    assert window.overdue(50.0 + OVERDUE_S) == [1]


def test_live_blocks_that_grew_old_become_backlog_and_keep_their_order() -> None:
    window = Window(first=1, last=0)
    window.sent(1, 0.0)
    window.fall_behind(live_from=91)
    assert window.live_from == window.next_live == 91
    assert window.next_backlog == 1  # the first is asked for by number and may still be there


def test_what_is_sent_again_does_not_push_the_backlog_past_what_was_never_sent() -> None:
    window = Window(first=1, last=5)
    window.sent(6, 0.0)  # live
    window.fall_behind(live_from=8)
    window.answered([6], covering())
    window.sent(6, 10.0)
    assert window.backlog_waits()
    assert window.next_backlog == 1
