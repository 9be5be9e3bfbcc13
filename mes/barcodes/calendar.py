"""Dates in codes: two digits of the year, day 00 for the last of its month (GS1 General Specifications, 7.12)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from mes.barcodes.model import DateImpossible


def full_year(two_digits: int, today: date) -> int:
    """The year meant: from 49 years back to 50 years ahead of today's."""
    century = today.year - today.year % 100
    ahead = two_digits - today.year % 100
    if ahead >= 51:
        return century - 100 + two_digits
    if ahead <= -50:
        return century + 100 + two_digits
    return century + two_digits


def day_of(yymmdd: str, today: date) -> date:
    """The day that six digits mean. Raises DateImpossible."""
    try:
        year, month, day = full_year(int(yymmdd[:2]), today), int(yymmdd[2:4]), int(yymmdd[4:6])
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError as wrong:  # calendar.IllegalMonthError is one
        raise DateImpossible(date=yymmdd) from wrong


def yymmdd(day: date) -> str:
    """A day as codes write it."""
    return day.strftime("%y%m%d")
