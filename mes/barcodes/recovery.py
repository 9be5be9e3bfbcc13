"""Codes that lost their separators: where a lot that is known here tells the only way to read them. Pure.

Nothing is guessed: a reading counts only if every part is right, a lot in it is known, and there is no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from itertools import islice

from mes.barcodes.calendar import day_of
from mes.barcodes.elements import DATES, GS, exactly, is_open, of_pairs
from mes.barcodes.model import CodeUnreadable, Element

LOT, SERIAL = "10", "21"
LONGEST_LOT = 20
EXPECTED = ("00", "01", "02", "10", "11", "13", "15", "16", "17", "20", "21", "22", "30", "37", "240", "414")
"""Identifiers that labels of medicines and devices carry. Others would make any serial number readable in many ways."""
_FIXED = {"00": 18, "01": 14, "02": 14, "11": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2, "414": 13}

Pairs = tuple[tuple[str, str], ...]


def recovered(text: str, known_lots: Collection[str], today: date) -> list[Element] | None:
    """The only whole reading in which the lot is a known one; None where there is none, or more than one.

    Only the lot may have lost its end: a serial number, which nobody here knows, could be cut anywhere.
    """
    ways = _ways(text.strip(GS), known_lots, ())
    with_lot = (pairs for pairs in ways if any(ai == LOT for ai, _ in pairs))
    first = list(islice((found for pairs in with_lot if (found := _sound(pairs, today))), 2))
    return first[0] if len(first) == 1 else None


def possible_lots(text: str) -> set[str]:
    """Everything in a text that could be a lot's number: what to ask the plant for before reading it."""
    starts = [at + 2 for at in range(len(text)) if text.startswith(LOT, at)]
    return {text} | {text[at : at + n] for at in starts for n in range(1, LONGEST_LOT + 1)}


def may_have_swallowed(lot: str, today: date) -> bool:
    """Whether a lot's number ends in what would read as a following serial number or date."""
    return any(_reads_as_element(lot[at:], today) for at in range(1, len(lot) - 2))


def _reads_as_element(tail: str, today: date) -> bool:
    if tail[:2] not in DATES:
        return tail.startswith(SERIAL)
    try:
        day_of(exactly(tail[:2], tail[2:8]).value, today)
    except CodeUnreadable:
        return False
    return True


def _sound(pairs: Pairs, today: date) -> list[Element] | None:
    try:
        return of_pairs(pairs, today)
    except CodeUnreadable:
        return None


def _ways(text: str, known_lots: Collection[str], before: Pairs) -> Iterator[Pairs]:
    """Ways to cut a text into elements, each identifier once, its lot a known one."""
    if not text:
        yield before
        return
    used = {ai for ai, _ in before}
    for ai in EXPECTED:
        if ai in used or not text.startswith(ai):
            continue
        for value in _values(ai, text[len(ai) :], known_lots):
            rest = text[len(ai) + len(value) :]
            yield from _ways(rest.removeprefix(GS), known_lots, (*before, (ai, value)))


def _values(ai: str, text: str, known_lots: Collection[str]) -> list[str]:
    """Values that may stand at the beginning of a text, up to the next separator."""
    data = text.partition(GS)[0]
    if ai == LOT:
        return [data[:n] for n in range(min(len(data), LONGEST_LOT), 0, -1) if data[:n] in known_lots]
    value = data if is_open(ai) else data[: _FIXED[ai]]
    return [value] if _fits(ai, value) else []


def _fits(ai: str, value: str) -> bool:
    try:
        exactly(ai, value)
    except CodeUnreadable:
        return False
    return True
