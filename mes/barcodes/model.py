"""What a scanned or typed code says, and why it can't be read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from telemetry.errors import Invalid


class CodeUnreadable(Invalid):
    """This code can't be read: scan it again, or type what stands below it in brackets."""


class CodeEmpty(CodeUnreadable):
    """Nothing was scanned: point the scanner at the code and try again."""


class CheckDigitWrong(CodeUnreadable):
    """The check digit is wrong: scan again, and compare the label with what was read."""


class DateImpossible(CodeUnreadable):
    """The code holds a date that does not exist: the label is wrong, so set the goods aside and tell QA."""


class ElementUnknown(CodeUnreadable):
    """A part of this code is not written as GS1 asks: scan again; if it stays so, the label is wrong."""


class SeparatorLost(CodeUnreadable):
    """The separator between two parts is missing: set the scanner to send GS (FNC1), or type the code in brackets."""


class ElementsIncomplete(CodeUnreadable):
    """A part of this code needs another one that is not in it: scan the label's other symbol, or both as one."""


class ElementsContradict(CodeUnreadable):
    """Two parts of this code exclude each other: the label is wrong, so set the goods aside and tell QA."""


class LinkUnreadable(CodeUnreadable):
    """This address is not a GS1 Digital Link: scan the label's other symbol, or type what stands below it."""


class Kind(StrEnum):
    """How the code was written."""

    ELEMENTS = "elements"  # GS1 element string, from a symbol or typed in brackets
    DIGITAL_LINK = "digital_link"
    GTIN = "gtin"  # EAN-8, UPC-A, EAN-13, ITF-14: a trade item without a lot
    SSCC = "sscc"
    DRUG_CODE = "drug_code"  # 药品追溯码, 20 digits
    OWN = "own"  # a label that this plant printed
    PLAIN = "plain"  # anything else: a lot's number that somebody typed


class Doubt(StrEnum):
    """What a person should look at, although the code could be read."""

    LOT_SWALLOWED = "lot_swallowed"  # the lot's number may hold the next element: no separator came after it
    SEPARATOR_RECOVERED = "separator_recovered"  # it lacked a separator; a lot known here tells where it was
    KEYBOARD_LAYOUT = "keyboard_layout"  # scanner and computer have different keyboards
    CAPS_LOCK = "caps_lock"
    INPUT_METHOD = "input_method"  # a Chinese input method changed characters
    NOT_A_GS1_SYMBOL = "not_a_gs1_symbol"  # the symbol's prefix says that it holds no element strings
    FNC1_SPELLED = "fnc1_spelled"  # the scanner writes the separator as text: <GS>
    OTHER_ISSUER = "other_issuer"  # a device's identifier of HIBCC, ICCBBA or MA, not of GS1: kept as a text
    DIGIT_MISSING = "digit_missing"  # a drug traceability code but for one digit: kept as a text
    NOT_CANONICAL = "not_canonical"  # a Digital Link that is read, but not as GS1 writes it


@dataclass(frozen=True, slots=True)
class Element:
    """An application identifier and its value as it stands in the code."""

    ai: str
    value: str

    @property
    def hri(self) -> str:
        return f"({self.ai}){self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a code says. Absent parts are None; nothing is guessed."""

    kind: Kind
    text: str  # as it was sent
    symbology: str | None = None  # AIM identifier: ]d2
    elements: tuple[Element, ...] = ()
    gtin: str | None = None  # 14 digits
    lot: str | None = None
    expires_on: date | None = None  # AI 17
    produced_on: date | None = None  # AI 11
    serial: str | None = None
    sscc: str | None = None
    gln: str | None = None
    drug_code: str | None = None
    quantity: Decimal | None = None  # AI 30, 37 (pieces) or 310n (kg)
    unit: str | None = None  # of the quantity: `1` or `kg`
    own: tuple[str, str] | None = None  # kind of our own label, and the code on it
    warnings: tuple[Doubt, ...] = ()

    @property
    def hri(self) -> str:
        """The human-readable interpretation, brackets around the identifiers; what was sent where there are none."""
        return hri(self.elements) or self.drug_code or self.text

    @property
    def device_identifier(self) -> str | None:
        """UDI-DI: which device it is."""
        return self.gtin

    @property
    def production_identifier(self) -> str | None:
        """UDI-PI: which piece of it, as its dates, lot and serial number in brackets; None where there are none."""
        return hri([element for element in self.elements if element.ai in {"10", "11", "17", "21"}]) or None


def hri(elements: Sequence[Element]) -> str:
    """Elements one after the other, with brackets around their identifiers."""
    return "".join(element.hri for element in elements)
