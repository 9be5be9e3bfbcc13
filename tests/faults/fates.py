"""What became of the numbers that devices gave: counted in the database, told as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from tests.faults.numbered import PER_POINT, Point

COUNT = """
with asked as (select * from unnest(%(names)s::text[], %(places)s::bigint[]) as a(name, place)),
     found as (
         select a.place, r.time, r.value::bigint - a.place * %(per_point)s as number
           from asked a join point p on p.name = a.name join reading r on r.point_id = p.id
          where r.value is not null
     )
select count(*) filter (where number between %(first)s and %(last)s) as rows,
       count(distinct (place, time, number)) filter (where number between %(first)s and %(last)s) as times,
       count(distinct (place, number)) filter (where number between %(first)s and %(last)s) as numbers,
       count(distinct (place, number)) filter (
           where number between %(first)s and %(last)s and not number between %(low)s and %(high)s) as outside,
       count(*) filter (where not number between 0 and %(per_point)s - 1) as misnamed
  from found
"""
NEWEST = """
select min(newest) from (
    select coalesce(max(r.value::bigint - a.place * %(per_point)s), -1) as newest
      from unnest(%(names)s::text[], %(places)s::bigint[]) as a(name, place)
      left join point p on p.name = a.name left join reading r on r.point_id = p.id and r.value is not null
     group by a.place) as each
"""
FIRST_AFTER = """
select max(first) from (
    select min(r.value::bigint - a.place * %(per_point)s) as first
      from unnest(%(names)s::text[], %(places)s::bigint[]) as a(name, place)
      join point p on p.name = a.name join reading r on r.point_id = p.id
     where r.value::bigint - a.place * %(per_point)s > %(number)s
     group by a.place) as each
"""


@dataclass(frozen=True, slots=True)
class Excused:
    """Numbers that a protocol does not give again, and why. Nothing else may be missing."""

    low: int = 0
    high: int = -1
    why: str = ""

    def __len__(self) -> int:
        return max(0, self.high - self.low + 1)


@dataclass(frozen=True, slots=True)
class Fate:
    """A row of the table. Readings: taken is by the device's own record."""

    fault: str
    lasts: str
    protocol: str
    taken: int
    stored: int
    missing: int
    duplicate: int
    misnamed: int
    bound: int  # at most so many may be missing
    unexcused: int  # missing, though the protocol would have given them again
    back_s: float  # from the fault's end to the first new reading in the database
    why: str

    @property
    def holds(self) -> bool:
        return self.unexcused == 0 and self.missing <= self.bound and self.duplicate == 0 and self.misnamed == 0

    def facts(self) -> dict[str, Any]:
        return asdict(self)


class Counter:
    """Asks the database."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def newest(self, points: Sequence[Point]) -> int:
        """The highest number of which every point has a row at least as new; -1 when one has none."""
        return int(self._ask(NEWEST, points)[0] or 0)

    def first_after(self, points: Sequence[Point], number: int) -> int:
        """The first number after this one that is stored of all points."""
        return int(self._ask(FIRST_AFTER, points, number=number)[0] or 0)

    def count(self, points: Sequence[Point], first: int, last: int, excused: Excused) -> dict[str, int]:
        """Readings of these numbers: taken, stored, missing, duplicate, misnamed, unexcused."""
        rows, times, numbers, outside, misnamed = self._ask(
            COUNT, points, first=first, last=last, low=excused.low, high=excused.high
        )
        taken = last - first + 1
        due = taken - len(range(max(first, excused.low), min(last, excused.high) + 1))
        return {
            "taken": taken * len(points),
            "stored": numbers,
            "missing": taken * len(points) - numbers,
            "duplicate": rows - times,
            "misnamed": misnamed,
            "unexcused": due * len(points) - outside,
        }

    def _ask(self, query: str, points: Sequence[Point], **values: int) -> tuple[Any, ...]:
        names, places = [p.name for p in points], [p.place for p in points]
        told = {"names": names, "places": places, "per_point": PER_POINT, **values}
        with psycopg.connect(self._dsn, connect_timeout=5) as connection:
            return connection.execute(query.encode(), told).fetchone() or ()
