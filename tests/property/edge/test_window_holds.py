"""However sending, refusals, coverage and ageing mix, the uplink forgets nothing that waits."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.uplink.coverage import Coverage
from edge.uplink.window import SIZE, Window


class AnOutage(RuleBasedStateMachine):
    """A buffer whose blocks come and are covered, and the window that sends them. Each step takes a second."""

    def __init__(self) -> None:
        super().__init__()
        self.last, self.covered, self.now_s = 40, set[int](), 0.0
        self.window = Window(1, self.last)

    def sends(self, sequence: int) -> None:
        self.now_s += 1
        if len(self.window.under_way) < SIZE:
            self.window.sent(sequence, self.now_s)

    def told(self) -> Coverage:
        return Coverage(1, tuple((s, s) for s in self.covered))

    @rule(n=st.integers(1, 3))
    def blocks_come(self, n: int) -> None:
        self.last += n

    @precondition(lambda self: self.window.next_live <= self.last)
    @rule()
    def a_live_block_goes(self) -> None:
        self.sends(self.window.next_live)

    @rule(room=st.integers(1, 3))
    def the_backlog_goes_on(self, room: int) -> None:
        waiting = range(self.window.next_backlog, min(self.window.live_from, self.last + 1))
        found = [s for s in waiting if s not in self.covered][:room]
        self.window.looked_through(found[-1] if len(found) == room else self.window.live_from - 1)
        for sequence in found:
            if sequence not in self.window.under_way:
                self.sends(sequence)

    @precondition(lambda self: self.window.again)
    @rule()
    def one_goes_again(self) -> None:
        self.sends(min(self.window.again))

    @precondition(lambda self: self.window.under_way)
    @rule(data=st.data())
    def the_stream_refuses_one(self, data: st.DataObject) -> None:
        self.window.refused(data.draw(st.sampled_from(sorted(self.window.under_way))))

    @rule(data=st.data())
    def the_database_has_one(self, data: st.DataObject) -> None:
        self.covered.add(data.draw(st.integers(1, self.last)))
        self.window.covered(self.told())

    @rule(answered=st.booleans())
    def what_is_overdue_is_asked_for(self, answered: bool) -> None:
        overdue = self.window.overdue(self.now_s + 1000.0)
        if answered:
            self.window.answered(overdue, self.told())
        else:
            self.window.unanswered(overdue)

    @rule(data=st.data())
    def live_blocks_grow_old(self, data: st.DataObject) -> None:
        self.window.fall_behind(data.draw(st.integers(1, self.last + 1)))

    @invariant()
    def what_is_not_covered_is_under_way_or_due_or_still_ahead(self) -> None:
        window = self.window
        ahead = {*range(window.next_backlog, window.live_from), *range(window.next_live, self.last + 1)}
        assert set(range(1, self.last + 1)) - self.covered <= {*window.under_way, *window.again, *ahead}


AnOutage.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestNothingIsForgotten = AnOutage.TestCase
