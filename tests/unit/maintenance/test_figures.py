"""The figures: the known answer, and no figure where there is nothing to divide."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.maintenance.figures import Adherence, Verdict, precision, reliability

HOURS = st.decimals(0, 2000, places=2)


def test_the_known_answer() -> None:
    """720 h, three failures, repaired in 2, 4 and 6 h."""
    found = reliability(Decimal(720), [Decimal(2), Decimal(4), Decimal(6)])
    assert (found.mtbf_h, found.mttr_h, found.availability) == (Decimal(236), Decimal(4), Decimal("0.983333"))


def test_without_a_failure_there_is_no_figure() -> None:
    found = reliability(Decimal(720), [])
    assert (found.mtbf_h, found.mttr_h, found.availability) == (None, None, None)


@given(st.decimals(1, 9000, places=1), st.lists(HOURS, min_size=1, max_size=20))
def test_running_and_repair_are_all_the_hours(hours: Decimal, repairs: list[Decimal]) -> None:
    found = reliability(hours, repairs)
    assert found.mtbf_h is not None
    assert found.mttr_h is not None
    assert abs((found.mtbf_h + found.mttr_h) * found.failures - hours) < Decimal("1e-18")
    assert found.availability is not None
    assert 0 <= found.availability <= 1


def test_who_is_unsure_counts_for_neither_side() -> None:
    found = precision(6, ["confirmed", "confirmed", "false", "unsure"])
    assert (found.share, found.unjudged) == (Decimal("0.6667"), 2)
    assert precision(3, [Verdict.UNSURE]).share is None


@pytest.mark.parametrize(("due", "in_time", "share"), [(0, 0, None), (4, 3, Decimal("0.7500"))])
def test_adherence(due: int, in_time: int, share: Decimal | None) -> None:
    assert Adherence(due=due, in_time=in_time, late=0, skipped=0, open=due - in_time).share == share
