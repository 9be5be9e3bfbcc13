"""What a look-back finds doesn't depend on where its readings are cut into pieces."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.columns import Columns
from models.limits import Limit
from models.look_back import Change, Trial

MINUTE_US = 60_000_000
LIMIT = Limit(low=2, high=8, delay_s=600, deadband=0.5, stale_s=900, resolution=Decimal("0.1"))
ERROR = -1.2
VALUE = st.one_of(st.sampled_from([1.0, 5.0, 7.2, 9.0]), st.just(float("nan")))
LENGTH = 120


def found(readings: Columns, cuts: list[int], start: int, end: int) -> tuple[Change, ...]:
    trial = Trial(start * MINUTE_US, end * MINUTE_US, LIMIT, (ERROR,))
    for begin, until in pairwise([0, *sorted(cuts), LENGTH]):
        inside = (readings.time_us >= begin * MINUTE_US) & (readings.time_us < until * MINUTE_US)
        trial.see(readings.take(np.flatnonzero(inside)), until * MINUTE_US)
    return trial.changes(ERROR)


@given(
    st.dictionaries(st.integers(0, LENGTH - 1), VALUE, min_size=1),
    st.lists(st.integers(1, LENGTH - 1), unique=True, max_size=6),
    st.integers(0, 60),
    st.integers(61, LENGTH),
)
def test_pieces_find_what_the_whole_does(said: dict[int, float], cuts: list[int], start: int, end: int) -> None:
    minutes = sorted(said)
    value = np.array([said[minute] for minute in minutes])
    quality = np.where(np.isnan(value), 0, 192).astype(np.uint8)
    readings = Columns(np.array(minutes, np.int64) * MINUTE_US, value, quality)
    assert found(readings, cuts, start, end) == found(readings, [], start, end)


def test_an_excursion_over_three_pieces_is_one() -> None:
    time = np.arange(LENGTH, dtype=np.int64) * MINUTE_US
    warm = np.where((time >= 10 * MINUTE_US) & (time < 100 * MINUTE_US), 7.2, 5.0)
    [change] = found(Columns(time, warm, np.full(LENGTH, 192, np.uint8)), [40, 80], 0, LENGTH)
    assert (change.verdict, change.start_us, change.end_us) == ("appears", 10 * MINUTE_US, 100 * MINUTE_US)
