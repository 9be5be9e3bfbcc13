"""A warning that becomes critical is told again; exactly at the critical limit it is a warning still."""

from __future__ import annotations

from models.severity import Change, Severity, changes, status
from tests.unit.models.readings import Read, a_limit, at, every, judged

LEVELS = {
    Severity.WARNING: a_limit(delay_s=600),
    Severity.CRITICAL: a_limit(low=0.0, high=10.0, delay_s=0),
}


def test_e7_exactly_at_the_critical_limit_is_a_warning() -> None:
    values = [5, 8.0, 8.1, 10.0, 10.04, 10.1, 2.0, 1.9, 0.0, -0.1, float("nan")]
    assert status(values, LEVELS).tolist() == [0, 0, 1, 1, 1, 2, 0, 1, 1, 2, 0]


def test_e8_a_warning_becomes_critical_and_falls_back() -> None:
    readings: list[Read] = [(0, 5), *every(5, 5, 25, 9), (30, 10.5), (35, 9.4), (40, 5)]
    found = changes({severity: judged(readings, limit) for severity, limit in LEVELS.items()})
    assert found == (
        Change(at(15), Severity.NORMAL, Severity.WARNING),
        Change(at(30), Severity.WARNING, Severity.CRITICAL),
        Change(at(35), Severity.CRITICAL, Severity.WARNING),
        Change(at(40), Severity.WARNING, Severity.NORMAL),
    )
    assert [change.is_upgrade for change in found] == [True, True, False, False]


def test_an_episode_without_an_alarm_has_no_severity() -> None:
    assert changes({Severity.WARNING: judged([(0, 5), (5, 9), (10, 5)])}) == ()


def test_one_that_lasts_stays_in_force() -> None:
    lasting = judged([(0, 5), (5, 9)], a_limit(delay_s=0), until=7)
    assert changes({Severity.WARNING: lasting}) == (Change(at(5), Severity.NORMAL, Severity.WARNING),)
