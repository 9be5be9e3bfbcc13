"""The review's measurement, as short as can be: the whole record is read."""

from __future__ import annotations

from isotherm.bench import review
from tests.plugins.database import Database


def test_a_record_is_opened_whole(database: Database) -> None:
    found = review.measure(database.owner, review.SHORT, turns=1)
    assert found["steps"] == review.SHORT.steps
    captures = review.SHORT.steps // 20
    assert found["values"] == found["steps"] - captures + found["exceptions"]
    assert found["exceptions"] == 3
    assert 0 < found["opened_s"] < 10
