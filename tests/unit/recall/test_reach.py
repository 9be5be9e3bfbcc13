"""How far a recall reaches, what became of it, and which clocks ran out: pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.recall import clocks, reach
from mes.recall.accounts import RECOVERED, Account, Entry, Fate, accounts, fates, percent, totals
from mes.recall.model import RECALL, Kind, Recall, RecallClass, Status
from mes.recall.reach import IN_PLANT, Line, Origin, Stage

NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)


def a_line(lot_id: int = 1, shipment: str = IN_PLANT, quantity: str = "100", **more: object) -> Line:
    told: dict[str, object] = {
        "lot": f"P{lot_id}", "item": "PEN", "stage": Stage.FINISHED, "level": 1, "origin": Origin.TRACE, "unit": "1",
        "counted": True, "consignee": "Hospital" if shipment else "",
    }  # fmt: skip
    return Line(lot_id=lot_id, shipment=shipment, quantity=Decimal(quantity), **(told | more))  # type: ignore[arg-type]


def an_entry(id_: int, quantity: str, fate: Fate = Fate.RETURNED, *, takes_back: int | None = None) -> Entry:
    return Entry(
        id=id_, recall_id=1, lot_id=1, shipment="S1", fate=fate, quantity=Decimal(quantity), note="",
        takes_back=takes_back, recorded_by="warehouse", recorded_at=NOW,
    )  # fmt: skip


def a_recall(kind: Kind = Kind.REAL, notify_h: int = 24, progress_d: int = 1) -> Recall:
    return Recall(
        id=1, number="RCL-2026-0001", kind=kind, recall_class=RecallClass.I, status=Status.RECOVERING, reason="glass",
        rule="nmpa-2022", notify_h=notify_h, progress_d=progress_d, effectiveness="", opened_by="qa", opened_at=NOW,
        version=1,
    )  # fmt: skip


def test_the_share_recovered_is_of_all_that_was_there() -> None:
    """(returned + destroyed + located) / (in stock + shipped) x 100."""
    lines = [a_line(), a_line(shipment="S1", quantity="40")]
    [total] = totals(accounts(lines, [an_entry(1, "25"), an_entry(2, "10", Fate.CONSUMED)]))
    assert [total.in_stock, total.shipped, total.expected] == [100, 40, 140]
    assert [total.recovered, total.left] == [25, 105]
    assert (total.recovered_pct, total.shipped_pct) == (Decimal("17.9"), Decimal("62.5"))
    assert percent(Decimal(1), Decimal(0)) is None


def test_grams_and_pens_are_never_added() -> None:
    rows = accounts([a_line(), a_line(2, quantity="3", unit="kg")], [])
    assert {each.unit: each.expected for each in totals(rows)} == {"1": 100, "kg": 3}


def test_an_entry_taken_back_counts_no_more() -> None:
    rows = [an_entry(1, "25"), an_entry(2, "25", takes_back=1), an_entry(3, "24")]
    [account] = accounts([a_line(shipment="S1", quantity="40")], rows)
    assert [account.recovered, account.left, account.reconciled] == [24, 16, False]


@given(st.lists(st.tuples(st.sampled_from(list(Fate)), st.integers(1, 9)), max_size=8), st.integers(0, 100))
def test_what_is_left_and_what_is_entered_is_all_there_was(entries: list[tuple[Fate, int]], quantity: int) -> None:
    rows = [an_entry(n, str(amount), fate) for n, (fate, amount) in enumerate(entries, 1)]
    [account] = accounts([a_line(shipment="S1", quantity=str(quantity))], rows)
    assert account.left + sum(account.by_fate.values()) == quantity
    assert account.recovered == sum(amount for fate, amount in entries if fate in RECOVERED)


def test_a_line_that_is_part_of_another_is_not_counted_twice() -> None:
    account = Account(line=a_line(counted=False), by_fate=dict.fromkeys(Fate, Decimal(0)))
    assert account.reconciled


def test_a_rehearsal_locates_and_never_destroys() -> None:
    for in_plant in (True, False):
        assert fates(Kind.MOCK, in_plant=in_plant) == (Fate.LOCATED, Fate.CONSUMED, Fate.UNACCOUNTED)
    assert Fate.RETURNED not in fates(Kind.REAL, in_plant=True)
    assert Fate.LOCATED not in fates(Kind.REAL, in_plant=False)


def test_what_was_counted_with_the_holds_stays_counted() -> None:
    before = [a_line(1), a_line(2, quantity="0"), a_line(1, "S1", "40")]
    fresh = [a_line(1, quantity="80"), a_line(2, quantity="95"), a_line(3, quantity="20", counted=False)]
    now = reach.grown(before, fresh)
    assert {each.key: each.quantity for each in now} == {(1, ""): 100, (2, ""): 95, (3, ""): 20, (1, "S1"): 40}
    assert {each.line.key: each.was for each in reach.changes(before, now)} == {(2, ""): Decimal(0), (3, ""): None}
    since = {each.key: each.since for each in reach.numbered(before, now, 2)}
    assert since == {(1, ""): 1, (2, ""): 2, (3, ""): 2, (1, "S1"): 1}


def test_what_left_after_the_holds_is_not_counted_twice() -> None:
    """It stood in a loaded vehicle when the holds were placed, and was counted with the plant."""
    before = [a_line(1), a_line(2), a_line(2, "S1", "30")]
    fresh = [a_line(1, quantity="75"), a_line(1, "S2", "25"), a_line(2, quantity="90"), a_line(2, "S1", "40")]
    now = reach.grown(before, fresh)
    assert {each.key: each.quantity for each in now} == {(1, ""): 75, (1, "S2"): 25, (2, ""): 90, (2, "S1"): 40}
    assert reach.changes(now, reach.grown(now, fresh)) == [], "taken in once, it is not taken in again"


def test_two_scopes_that_say_the_same_have_the_same_digest() -> None:
    one, other = [a_line(1), a_line(2)], [a_line(2), replace(a_line(1), quantity=Decimal("100.0"), places="elsewhere")]
    assert reach.digest(one) == reach.digest(other)
    assert reach.digest(one) != reach.digest([a_line(1, quantity="99"), a_line(2)])


def test_the_clocks_are_data_with_their_source() -> None:
    name, rule = clocks.rule_in_force()
    assert [(each.value, figures.notify_h, figures.progress_d) for each, figures in rule.classes.items()] == [
        ("I", 24, 1), ("II", 72, 3), ("III", 168, 7),
    ]  # fmt: skip
    older = clocks.clocks().rules["sfda-2007"].classes
    assert [older[each].notify_h for each in RecallClass] == [24, 48, 72]
    assert "2022" in clocks.citation(name)
    assert clocks.citation("a rule of before") == "a rule of before"


@pytest.mark.parametrize(("hours", "overdue"), [(23, False), (24, False), (25, True)])
def test_a_day_to_tell_everyone(hours: int, overdue: bool) -> None:
    told = NOW + timedelta(hours=hours)
    [clock] = clocks.running(a_recall(Kind.MOCK), notified_at=told, reports=[], end=None, now=NOW + timedelta(days=9))
    assert (clock.overdue, clock.open) == (overdue, False)


def test_each_report_answers_its_own_day() -> None:
    now = NOW + timedelta(days=2, hours=12)
    reports = [NOW + timedelta(hours=20), NOW + timedelta(days=2, hours=1)]
    found = clocks.running(a_recall(), notified_at=NOW, reports=reports, end=None, now=now)
    assert [(each.number, each.overdue, each.open) for each in found[1:]] == [
        (1, False, False), (2, True, False), (3, False, False),
    ]  # fmt: skip
    ended = clocks.running(a_recall(), notified_at=NOW, reports=[], end=now, now=NOW + timedelta(days=30))
    assert [each.open for each in ended[1:]] == [True, True]  # none is due once every line is accounted for


def test_who_may_take_which_step() -> None:
    signed = {row.step: row.roles for row in RECALL.table if row.signed}
    assert signed == {"sign_scope": {"qa"}, "call_off": {"qa"}, "close": {"qp"}}
    assert RECALL.open_steps(Status.CLOSED) == ()
