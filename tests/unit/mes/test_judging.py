"""Which stored episode is which after late readings: the same, grown, split, joined, or never so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mes.quality.model import Episode, Judged
from mes.watch.judging import Difference, compare
from models.limits import Side
from models.policy import Level

NINE = datetime(2026, 1, 15, 1, tzinfo=UTC)


def minute(number: float) -> datetime:
    return NINE + timedelta(minutes=number)


def found(start: float, end: float | None, *, raised: float | None = None, level: Level = Level.ALARM) -> Judged:
    return Judged(
        rule_id=1,
        zone_id=1,
        level=level,
        side=Side.HIGH,
        limit_value=8.0,
        started_at=minute(start),
        ended_at=None if end is None else minute(end),
        raised_at=None if raised is None else minute(raised),
        peak=9.0,
        peak_at=minute(start),
        known_s=60.0,
        unknown_s=0.0,
    )


def stored(id_: int, judged: Judged) -> Episode:
    return Episode(
        id=id_,
        point_id=1,
        detected_at=minute(60),
        late=False,
        excursion_id=None,
        anchored_at=None,
        anchored_known_s=0,
        anchored_unknown_s=0,
        withdrawn_at=None,
        version=1,
        **{name: getattr(judged, name) for name in Judged.__slots__},
    )


def test_nothing_new_is_no_difference() -> None:
    same = found(10, 20)
    assert not compare([stored(1, same)], [same])


def test_what_grew_backwards_is_the_same_episode() -> None:
    old, new = stored(1, found(40, None, raised=50)), found(10, None, raised=20)
    assert compare([old], [new]) == Difference(changed=((old, new),))


def test_what_was_one_and_is_two_keeps_its_start() -> None:
    old, first, second = stored(1, found(10, 50)), found(10, 20), found(30, 50)
    assert compare([old], [first, second]) == Difference(changed=((old, first),), fresh=(second,))


def test_of_two_that_are_one_the_later_is_withdrawn() -> None:
    first, second, whole = stored(1, found(10, 20)), stored(2, found(30, 50)), found(10, 50)
    assert compare([first, second], [whole]) == Difference(withdrawn=(second,), changed=((first, whole),))


def test_of_two_that_are_one_the_raised_one_stays() -> None:
    """People have seen its alarm."""
    first, second, whole = stored(1, found(10, 20)), stored(2, found(30, 50, raised=40)), found(5, 50, raised=15)
    assert compare([first, second], [whole]) == Difference(withdrawn=(first,), changed=((second, whole),))


def test_what_was_raised_is_never_made_unraised() -> None:
    old, short = stored(1, found(10, 50, raised=20)), found(10, 12)
    assert compare([old], [short]) == Difference(withdrawn=(old,), fresh=(short,))


def test_levels_are_apart() -> None:
    alarm, critical = found(10, None), found(10, None, level=Level.CRITICAL)
    assert compare([stored(1, alarm)], [alarm, critical]).fresh == (critical,)


def test_what_is_written_is_found_again() -> None:
    old, new = stored(1, found(10, 50)), found(10, 20)
    written = replace(old, **{name: getattr(new, name) for name in Judged.__slots__})
    assert not compare([written], [new])
