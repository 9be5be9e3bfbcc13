"""A label: what it hangs on, what people read on it, and what its symbol says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mes.barcodes.calendar import yymmdd
from mes.barcodes.digital_link import as_link
from mes.barcodes.model import Element, hri
from mes.barcodes.own_labels import Own, code_of
from mes.labels.symbols import Symbol, data_matrix, gs1_data_matrix, qr_code
from telemetry.errors import Invalid

MOST_COPIES = 200


class CopiesOutOfRange(Invalid):
    """Between 1 and 200 labels are printed at once."""


class SymbolKind(StrEnum):
    DATAMATRIX = "datamatrix"
    QR = "qr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Words are codes that pages translate; values are as they are."""

    kind: Own
    code: str  # the lot's number, the machine's path, the username ...
    name_en: str
    name_zh: str
    lines: tuple[tuple[str, str], ...]  # word and value, from the top
    elements: tuple[Element, ...] = ()  # GS1's, where it is a trade item; then they stand in the symbol

    def symbol(self, kind: SymbolKind) -> Symbol:
        """What a scanner reads. A QR code of a trade item holds its Digital Link. Raises NotForDataMatrix."""
        if kind is SymbolKind.QR:
            return qr_code(as_link(self.elements) if self.elements else code_of(self.kind, self.code))
        return gs1_data_matrix(self.elements) if self.elements else data_matrix(code_of(self.kind, self.code))

    @property
    def below(self) -> str:
        """What stands below the symbol, for who must type it."""
        return hri(self.elements) or code_of(self.kind, self.code)


def lot_elements(gtin: str, lot: str, expires_on: date | None) -> tuple[Element, ...]:
    """A lot of a trade item: the open element last, so that it needs no separator."""
    expiry = [Element("17", yymmdd(expires_on))] if expires_on else []
    return (Element("01", gtin), *expiry, Element("10", lot))
