"""Reads a code, however it was written: element string, brackets, Digital Link, number, drug code, own label. Pure.

What day it is, which lots are known and which separators the plant's scanners send are told from outside.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mes.barcodes.calendar import day_of
from mes.barcodes.check_digits import GTIN_LENGTHS, SSCC_LENGTH, demand_right, is_digits, is_right
from mes.barcodes.digital_link import GTIN_LENGTH, of_link
from mes.barcodes.elements import GS, known, of_brackets, of_symbol
from mes.barcodes.keyboard import SEPARATORS, as_meant, is_address
from mes.barcodes.model import CodeEmpty, Doubt, Element, ElementUnknown, Kind, Scan, SeparatorLost
from mes.barcodes.own_labels import read_own
from mes.barcodes.recovery import may_have_swallowed, recovered

GS1_SYMBOLS = frozenset({"]d2", "]C1", "]Q3", "]e0", "]J1"})
RETAIL_SYMBOLS = frozenset({"]E0", "]E4", "]I0", "]I1"})
DRUG_CODE_LENGTH = 20
_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_BEGINS_WITH_KEY = re.compile(r"^(01\d{14}|02\d{14}|00\d{18})")
_OTHER_ISSUER = re.compile(r"^(\+[A-Z][A-Z0-9]{3}[A-Z0-9]|=[/<>,(+;)&%]|MA\.156\.)")
"""HIBC (ANSI/HIBC 2.6): a plus sign and the labeller's code; ISBT 128 (ICCBBA): `=` and a sign; MA: its own prefix."""
_BRACKET = re.compile(r"^\s*\((\d{2,4})\)")


@dataclass(frozen=True, slots=True)
class _Code:
    """A code on its way to being read."""

    sent: str
    text: str  # as meant, without its symbology prefix
    symbology: str | None
    known_lots: Collection[str]
    today: date
    warnings: tuple[Doubt, ...]


def read_code(
    text: str, *, today: date, known_lots: Collection[str] = frozenset(), separators: Iterable[str] = SEPARATORS
) -> Scan:
    """What a code says. `today` in the plant's calendar: a year of two digits is read against it.

    `known_lots` may hold any part of the plant's lots (`recovery.possible_lots` names those that matter).
    Raises CodeUnreadable, whose message says what to do.
    """
    keyed = as_meant(text, separators)
    symbology = _SYMBOLOGY.match(keyed.text)
    rest = keyed.text[len(symbology[0]) :] if symbology else keyed.text
    code = _Code(text, rest, symbology[0] if symbology else None, known_lots, today, keyed.warnings)
    if not code.text.strip(GS):
        raise CodeEmpty(text=text)
    for way in (_link, _own, _plain_lot, _brackets, _number, _elements):
        if found := way(code):
            return found
    if not rest.isprintable():
        raise ElementUnknown(text=text)
    return _scan(code, Kind.PLAIN, [], *_looks_like(rest), lot=rest)


def _looks_like(text: str) -> tuple[Doubt, ...]:
    """What a text that is kept as a lot's number may have been meant to be."""
    if _OTHER_ISSUER.match(text):
        return (Doubt.OTHER_ISSUER,)
    is_short = is_digits(text) and text[0] == "8" and len(text) == DRUG_CODE_LENGTH - 1
    return (Doubt.DIGIT_MISSING,) if is_short else ()


def _link(code: _Code) -> Scan | None:
    if not (is_address(code.text) or "://" in code.text[:9]):
        return None
    elements, canonical = of_link(code.text, code.today)
    return _scan(code, Kind.DIGITAL_LINK, elements, *(() if canonical else (Doubt.NOT_CANONICAL,)))


def _own(code: _Code) -> Scan | None:
    own = read_own(code.text)
    return _scan(code, Kind.OWN, [], own=own) if own else None


def _plain_lot(code: _Code) -> Scan | None:
    """A lot's number that is known here is that lot, whatever else it looks like."""
    is_known = code.text in code.known_lots and code.symbology not in GS1_SYMBOLS
    return _scan(code, Kind.PLAIN, [], lot=code.text) if is_known else None


def _brackets(code: _Code) -> Scan | None:
    begins = _BRACKET.match(code.text)
    if begins is None or not known(begins[1]):
        return None
    return _scan(code, Kind.ELEMENTS, of_brackets(code.text.replace(GS, ""), code.today))


def _number(code: _Code) -> Scan | None:
    """A bare number. Twenty digits are a drug code, unless they begin as a trade item or a pallet does.

    The authority's identifiers begin with 8, so that a pallet read wrong is never taken for a medicine.
    """
    number = code.text
    if code.symbology in GS1_SYMBOLS or not is_digits(number):
        return None
    if code.symbology in RETAIL_SYMBOLS:
        demand_right(number, what="GTIN")
    if len(number) == SSCC_LENGTH:
        return _scan(code, Kind.SSCC, [Element("00", demand_right(number, what="SSCC"))])
    if len(number) in GTIN_LENGTHS:
        return _gtin(code)
    if len(number) == DRUG_CODE_LENGTH and not _BEGINS_WITH_KEY.match(number):
        return _scan(code, Kind.DRUG_CODE, [], drug_code=number)
    return None


def _gtin(code: _Code) -> Scan | None:
    """8 and 12 digits are lots' numbers as often: without its check digit such a number is no GTIN."""
    number = code.text
    if len(number) in {8, 12} and not is_right(number):
        return None
    demand_right(number, what="GTIN")
    return _scan(code, Kind.GTIN, [Element("01", number.zfill(GTIN_LENGTH))])


def _elements(code: _Code) -> Scan | None:
    """An element string: by its symbol, by a separator in it, by its beginning, or digits too long for a lot."""
    is_gs1 = code.symbology in GS1_SYMBOLS or GS in code.text or _BEGINS_WITH_KEY.match(code.text)
    if not is_gs1 and not (is_digits(code.text) and len(code.text) > DRUG_CODE_LENGTH):
        return None
    told_otherwise = code.symbology is not None and code.symbology not in GS1_SYMBOLS
    beside = (Doubt.NOT_A_GS1_SYMBOL,) if told_otherwise else ()
    try:
        elements = of_symbol(code.text, code.today)
    except (SeparatorLost, ElementUnknown):
        if found := recovered(code.text, code.known_lots, code.today):
            return _scan(code, Kind.ELEMENTS, found, Doubt.SEPARATOR_RECOVERED, *beside)
        raise
    if not _lot_is_doubtful(elements, code):
        return _scan(code, Kind.ELEMENTS, elements, *beside)
    if found := recovered(code.text, code.known_lots, code.today):
        return _scan(code, Kind.ELEMENTS, found, Doubt.SEPARATOR_RECOVERED, *beside)
    return _scan(code, Kind.ELEMENTS, elements, Doubt.LOT_SWALLOWED, *beside)


def _lot_is_doubtful(elements: Sequence[Element], code: _Code) -> bool:
    """An unknown lot at the end of a code without any separator: the scanner may leave them out."""
    lot = elements[-1].value if elements[-1].ai == "10" else None
    if lot is None or lot in code.known_lots or GS in code.text:
        return False
    return may_have_swallowed(lot, code.today)


def _scan(
    code: _Code,
    kind: Kind,
    elements: Sequence[Element],
    *warnings: Doubt,
    lot: str | None = None,
    drug_code: str | None = None,
    own: tuple[str, str] | None = None,
) -> Scan:
    said = {element.ai: element.value for element in elements}
    quantity, unit = _quantity(said)
    return Scan(
        kind=kind,
        text=code.sent,
        symbology=code.symbology,
        elements=tuple(elements),
        gtin=said.get("01") or said.get("02"),
        lot=said.get("10", lot),
        expires_on=day_of(said["17"], code.today) if "17" in said else None,
        produced_on=day_of(said["11"], code.today) if "11" in said else None,
        serial=said.get("21"),
        sscc=said.get("00"),
        gln=said.get("414"),
        drug_code=drug_code,
        quantity=quantity,
        unit=unit,
        own=own,
        warnings=(*code.warnings, *warnings),
    )


def _quantity(said: dict[str, str]) -> tuple[Decimal | None, str | None]:
    """Pieces, or the net weight in kilograms, whose identifier ends in its number of decimals."""
    for ai in ("37", "30"):
        if ai in said:
            return Decimal(said[ai]), "1"
    weights = [(ai, value) for ai, value in said.items() if ai.startswith("310")]
    if weights:
        ai, value = weights[0]
        return Decimal(value).scaleb(-int(ai[3])), "kg"
    return None, None
