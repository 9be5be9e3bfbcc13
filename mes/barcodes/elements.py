"""GS1 element strings: out of a symbol, out of brackets, and back. `biip` knows the identifiers and their patterns.

biip reads on where a code is wrong: it takes the first 20 characters of a lot that is longer and reads the rest as
something else, keeps a GTIN whose check digit is wrong, and dates a year by the computer's clock. Here each of these
is refused, and what day it is, is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from biip import ParseConfig, ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_element_strings import GS1ElementString

from mes.barcodes.calendar import day_of
from mes.barcodes.check_digits import demand_right
from mes.barcodes.model import Element, ElementsContradict, ElementUnknown, SeparatorLost
from mes.barcodes.rules import demand_whole

GS = "\x1d"
DATES = frozenset({"11", "12", "13", "15", "16", "17"})
CHECKED = frozenset({"00", "01", "02", "03", *(f"41{n}" for n in range(8))})
_PLAIN_DATES = ParseConfig(gs1_element_strings_verify_date=False)
_BRACKETS = re.compile(r"\((\d{2,4})\)")


def of_symbol(text: str, today: date) -> list[Element]:
    """The elements of a code whose separators are GS, in their order. Raises CodeUnreadable."""
    found: list[Element] = []
    rest = text
    while rest := rest.lstrip(GS):
        data = rest.partition(GS)[0]
        element, variable = _first(data)
        length = len(element.ai) + len(element.value)
        if variable and length < len(data):
            raise SeparatorLost(after=element.hri, then=data[length:])
        found.append(checked(element, today))
        rest = rest[length:]
    return _whole(found)


def of_brackets(text: str, today: date) -> list[Element]:
    """The elements of a code typed as people read it: (01)...(10)... Brackets may stand in values.

    Raises CodeUnreadable.
    """
    starts = [match for match in _BRACKETS.finditer(text) if known(match[1])]
    if not starts or text[: starts[0].start()].strip():
        raise ElementUnknown(text=text)
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return of_pairs([(m[1], text[m.end() : end].strip()) for m, end in zip(starts, ends, strict=True)], today)


def of_pairs(pairs: Iterable[tuple[str, str]], today: date) -> list[Element]:
    """Elements of identifiers and values that are told apart already. Raises CodeUnreadable."""
    return _whole([checked(exactly(ai, value), today) for ai, value in pairs])


def exactly(ai: str, value: str) -> Element:
    """An element whose whole value must match its pattern. Raises ElementUnknown."""
    try:
        read = GS1ElementString.parse(f"{ai}{value}", config=_PLAIN_DATES)
    except ParseError as wrong:
        raise ElementUnknown(element=f"({ai})", value=value) from wrong
    if read.ai.ai != ai:
        raise ElementUnknown(element=f"({ai})", value=value)
    return Element(ai, value)


def checked(element: Element, today: date) -> Element:
    """The element itself. Raises CheckDigitWrong, DateImpossible."""
    if element.ai in CHECKED:
        demand_right(element.value, what=f"({element.ai})")
    if element.ai in DATES:
        day_of(element.value, today)
    return element


def known(ai: str) -> bool:
    """Whether GS1 has an identifier that is written so."""
    try:
        return bool(GS1ApplicationIdentifier.extract(ai).ai == ai)
    except ParseError:
        return False


def written(elements: Sequence[Element], *, separator: str = GS) -> str:
    """The element string: a separator after each element of open length, but the last."""
    parts = [f"{e.ai}{e.value}{separator if is_open(e.ai) else ''}" for e in elements[:-1]]
    return "".join(parts) + "".join(f"{e.ai}{e.value}" for e in elements[-1:])


def is_open(ai: str) -> bool:
    """Whether a separator must follow an element of this kind."""
    return bool(GS1ApplicationIdentifier.extract(ai).separator_required)


def _first(data: str) -> tuple[Element, bool]:
    try:
        read = GS1ElementString.extract(data, config=_PLAIN_DATES)
    except ParseError as wrong:
        raise ElementUnknown(at=data) from wrong
    return Element(read.ai.ai, read.value), read.ai.separator_required


def _whole(elements: list[Element]) -> list[Element]:
    """The same element twice is refused where it differs; said twice alike it counts once."""
    kept = list(dict.fromkeys(elements))
    ais = [element.ai for element in kept]
    if len(set(ais)) < len(ais):
        raise ElementsContradict(elements=", ".join(element.hri for element in kept if ais.count(element.ai) > 1))
    demand_whole(ais)
    return kept
