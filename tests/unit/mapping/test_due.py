"""When a space is to be mapped again, by its approved studies and by what its policy asks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from mes.alarms.model import Priority
from mes.mapping.due import MappingDue, Why, due
from mes.mapping.model import Load, Season, Status, Study, StudyKind
from models.policy import Remapping

TODAY = date(2026, 6, 1)
YEARLY = Remapping(every_days=365, citation="GSP")
SEASONS = Remapping(every_days=1095, both_seasons=True, notice_days=(60,), citation="EU GDP")
H, C, B = Season.HOT, Season.COLD, Season.BETWEEN


def a_study(
    days_ago: int, season: Season = B, *, status: Status = Status.APPROVED, remap_on: date | None = None
) -> Study:
    """A study whose steady time ended so many days before today."""
    ended = datetime.combine(TODAY - timedelta(days=days_ago), time(8), UTC)
    return Study(
        id=1000 - days_ago,
        number="MAP-2026-0001",
        zone_id=1,
        space_id=1,
        rules="gsp_cn",
        kind=StudyKind.PERIODIC,
        season=season,
        load=Load.EMPTY,
        low=2,
        high=8,
        status=status,
        from_time=ended - timedelta(hours=50),
        to_time=ended,
        findings=None,
        remap_on=remap_on,
        planned_at=ended,
        planned_by="engineer",
        signature_id=None,
        version=1,
    )


def told(found: MappingDue | None) -> tuple[int, Why, Priority | None] | None:
    return None if found is None else (found.days_left, found.why, found.priority)


@pytest.mark.parametrize(
    ("studies", "rule", "expected"),
    [
        ([], None, None),  # nobody asks
        ([], YEARLY, (0, Why.NEVER, Priority.MEDIUM)),  # mapped before use
        ([a_study(10, status=Status.REJECTED)], YEARLY, (0, Why.NEVER, Priority.MEDIUM)),
        ([a_study(100)], YEARLY, (265, Why.PERIODIC, None)),
        ([a_study(275)], YEARLY, (90, Why.PERIODIC, Priority.LOW)),
        ([a_study(365)], YEARLY, (0, Why.PERIODIC, Priority.MEDIUM)),
        ([a_study(400), a_study(20)], YEARLY, (345, Why.PERIODIC, None)),  # the newest counts
        ([a_study(20, remap_on=TODAY - timedelta(days=1))], YEARLY, (-1, Why.SIGNED, Priority.MEDIUM)),
        ([a_study(20, remap_on=TODAY + timedelta(days=30))], None, (30, Why.SIGNED, Priority.LOW)),
        ([a_study(300, remap_on=TODAY), a_study(20, remap_on=None)], None, None),  # followed by another study
        ([a_study(100, H)], SEASONS, (265, Why.COLD, None)),  # a cold season comes within the year
        ([a_study(310, C)], SEASONS, (55, Why.HOT, Priority.LOW)),
        ([a_study(300, H), a_study(120, C)], SEASONS, (795, Why.HOT, None)),
        ([a_study(1100, H), a_study(120, C)], SEASONS, (-5, Why.HOT, Priority.MEDIUM)),
        ([a_study(366)], SEASONS, (-1, Why.COLD, Priority.MEDIUM)),  # in between is neither season
    ],
)
def test_when_it_is_due(
    studies: list[Study], rule: Remapping | None, expected: tuple[int, Why, Priority | None] | None
) -> None:
    assert told(due(studies, rule, datetime.combine(TODAY, time(9), UTC))) == expected
