"""Check digits of GTIN, GLN and SSCC, modulo 10 (GS1 General Specifications, 7.9.1)."""

from __future__ import annotations

from mes.barcodes.model import CheckDigitWrong

GTIN_LENGTHS = (8, 12, 13, 14)
SSCC_LENGTH = 18
GLN_LENGTH = 13


def check_digit(payload: str) -> int:
    """The digit that follows this payload: weights 3, 1, 3 ... from its right end."""
    weighed = (int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(payload)))
    return -sum(weighed) % 10


def is_right(number: str) -> bool:
    """Whether a number is made of digits alone and ends with its check digit."""
    return is_digits(number) and len(number) > 1 and check_digit(number[:-1]) == int(number[-1])


def demand_right(number: str, *, what: str) -> str:
    """The number itself. Raises CheckDigitWrong."""
    if not is_right(number):
        raise CheckDigitWrong(what=what, number=number)
    return number


def is_digits(text: str) -> bool:
    """Whether it is made of the ten digits of ASCII: others count as digits for Python alone."""
    return text.isascii() and text.isdigit()
