"""Why nothing was known, and curves that are broken where that is so."""

from __future__ import annotations

from math import nan

import pytest

from dashboards.charts import BOTTOM, LEFT, RIGHT, TOP, Course, draw
from dashboards.reports.causes import Cause, OnRecord, explained
from models.interval import Interval

HOLE = Interval(100, 200)


@pytest.mark.parametrize(
    ("known", "causes"),
    [
        (OnRecord(first_us=0), (Cause.UNKNOWN,)),
        (OnRecord(first_us=None), (Cause.NOT_BEGUN,)),
        (OnRecord(first_us=200), (Cause.NOT_BEGUN,)),
        (OnRecord(first_us=0, others_us=[[150]]), (Cause.PROBE_SILENT,)),
        (OnRecord(first_us=0, others_us=[[99, 200]]), (Cause.UNKNOWN,)),
        (OnRecord(first_us=0, power=[Interval(0, 100), Interval(200, 300)]), (Cause.UNKNOWN,)),
        (OnRecord(first_us=0, power=[Interval(0, 101)], bad_us=[199], others_us=[[150]]), (Cause.POWER, Cause.BAD)),
        (OnRecord(first_us=0, given_up={"full": [Interval(150, 150)]}), (Cause.GIVEN_UP,)),
    ],
)
def test_a_gap_has_every_cause_that_overlaps_it_and_none_that_only_touches(
    known: OnRecord, causes: tuple[Cause, ...]
) -> None:
    [gap] = explained([HOLE], known)
    assert gap.causes == causes


def curve(time: list[int], value: list[float], hold_us: int = 10) -> Course:
    return Course(name_en="a", name_zh="甲", time_us=time, low=value, mean=value, high=value, hold_us=hold_us)


def test_a_curve_is_broken_where_nothing_held_and_hatched_there() -> None:
    drawn = draw([curve([0, 10, 21, 31], [5, 6, 7, 8])], Interval(0, 40), limits=[8, 2], unknown=[Interval(20, 30)])
    assert drawn is not None
    assert drawn.curves[0].line.count("M") == 2
    assert drawn.curves[0].band == ""
    assert drawn.unknown == ((LEFT + (RIGHT - LEFT) / 2, (RIGHT - LEFT) / 4),)
    assert [tick.value for tick in drawn.limits] == [2, 8]
    assert all(TOP <= tick.at <= BOTTOM for tick in drawn.limits)


def test_nothing_known_is_no_chart() -> None:
    assert draw([curve([0], [nan])], Interval(0, 40)) is None
    assert draw([curve([0], [5.0])], Interval(40, 40)) is None
