"""The count that the table is made of: what is missing, twice or misnamed is seen as such."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.faults.fates import Counter, Excused, Fate
from tests.faults.numbered import Point, value_of

POINTS = (Point("hainan/faults/a/n0", 1), Point("hainan/faults/a/n1", 2))
STORE = """
insert into reading (point_id, time, received, value, quality, batch_id)
select id, to_timestamp(%s), now(), %s, 192, 1 from point where name = %s
"""


def a_database_with(dsn: str, values: list[tuple[Point, int, int]]) -> Counter:
    """Readings (point, second, value) as if a gateway had stored them."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create table if not exists reading_anytime partition of reading default")
        connection.cursor().executemany("insert into point (name) values (%s)", [(p.name,) for p in POINTS])
        connection.cursor().executemany(STORE, [(second, value, point.name) for point, second, value in values])
    return Counter(dsn)


def test_what_is_missing_twice_or_under_another_name_is_counted(database: tuple[str, str]) -> None:
    one, two = POINTS
    counter = a_database_with(
        database[0],
        [
            *((one, n, value_of(1, n)) for n in (0, 1, 2, 3, 5)),  # 4 is missing
            *((two, n, value_of(2, n)) for n in (1, 2, 3, 4, 5)),
            (two, 3, value_of(2, 3)),  # twice
            (two, 9, value_of(1, 4)),  # the other's
        ],
    )
    found = counter.count(POINTS, 1, 5, Excused())
    assert found == {"taken": 10, "stored": 9, "missing": 1, "duplicate": 1, "misnamed": 1, "unexcused": 1}
    assert counter.count(POINTS, 1, 5, Excused(4, 4, "asked once"))["unexcused"] == 0
    assert counter.count(POINTS, 1, 5, Excused(1, 3, "not this one"))["unexcused"] == 1
    assert counter.count(POINTS, 4, 5, Excused())["taken"] == 4
    assert counter.newest((one,)) == 5
    assert counter.first_after((one,), 3) == 5


def test_a_row_holds_when_nothing_is_on_its_right_but_what_its_bound_allows() -> None:
    facts: dict[str, Any] = {"taken": 10, "stored": 9, "missing": 1, "duplicate": 0, "misnamed": 0, "unexcused": 0}
    row: dict[str, Any] = {"fault": "cut", "lasts": "4 s", "protocol": "modbus", "back_s": 1.0, "why": ""}
    assert Fate(**row, **facts, bound=1).holds
    assert not Fate(**row, **facts, bound=0).holds
    assert not Fate(**row, **{**facts, "unexcused": 1}, bound=1).holds
    assert not Fate(**row, **{**facts, "duplicate": 1}, bound=1).holds
    assert not Fate(**row, **{**facts, "misnamed": 1}, bound=1).holds
