"""What is signed has one text, whatever types its values come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from mes.people.model import Credentials, Meaning, digest, written

AT = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)


def test_moments_in_any_zone_decimals_and_order_make_no_difference() -> None:
    haikou = AT.astimezone(timezone(timedelta(hours=8)))
    assert written({"b": AT, "a": Decimal("1.50")}) == written({"a": "1.50", "b": haikou})
    assert (
        written({"a": Decimal("1E+2"), "名": "冷库", "m": Meaning.APPROVED}) == '{"a":"100","m":"approved","名":"冷库"}'
    )


def test_every_digit_makes_a_difference() -> None:
    assert digest(written({"a": Decimal("1.5")})) != digest(written({"a": Decimal("1.50")}))


def test_a_value_that_is_no_number_can_not_be_signed() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        written({"peak": float("nan")})


@pytest.mark.parametrize("word", ["approved", "APPROVED", "Approved"])
def test_a_meaning_is_a_word_in_any_case(word: str) -> None:
    assert Meaning(word) is Meaning.APPROVED


def test_a_password_does_not_show_itself() -> None:
    assert "secret-word" not in repr(Credentials("qa-1", "secret-word"))
