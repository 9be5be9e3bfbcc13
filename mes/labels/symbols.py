"""DataMatrix and QR symbols as modules and as SVG. GS1 DataMatrix begins with FNC1, and ends open elements with it.

ppf.datamatrix lays out a DataMatrix, segno a QR code; what the symbol says in code words is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import segno
from ppf.datamatrix import DataMatrix  # type: ignore[import-untyped]

from mes.barcodes.elements import GS, written
from mes.barcodes.model import Element
from telemetry.errors import Invalid

FNC1 = 232  # code word (ISO/IEC 16022, 5.2.4.6)
_ASCII, _PAIR = 1, 130  # added to a character, and to a pair of digits (ISO/IEC 16022, 5.2.4)
QUIET_DATAMATRIX, QUIET_QR = 1, 4  # modules that stay white around a symbol


class NotForDataMatrix(Invalid):
    """This text can't stand in a DataMatrix: use a QR code for what is not plain letters and digits."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Rows of modules, dark ones true, and how wide its quiet zone is."""

    modules: tuple[tuple[bool, ...], ...]
    quiet: int

    @property
    def size(self) -> int:
        """Modules along an edge, with the quiet zones."""
        return len(self.modules) + 2 * self.quiet

    @property
    def path(self) -> str:
        """All dark modules as one SVG path in a box of `size` by `size`; runs along a row are one stroke."""
        strokes: list[str] = []
        for y, row in enumerate(self.modules):
            x = 0
            while x < len(row):
                run = next((n for n, dark in enumerate(row[x:]) if dark != row[x]), len(row) - x)
                if row[x]:
                    strokes.append(f"M{x + self.quiet} {y + self.quiet}h{run}v1h-{run}z")
                x += run
        return "".join(strokes)


def data_matrix(text: str) -> Symbol:
    """A plain DataMatrix. Raises NotForDataMatrix."""
    return _laid_out(_code_words(text))


def gs1_data_matrix(elements: Sequence[Element]) -> Symbol:
    """A GS1 DataMatrix. Raises NotForDataMatrix."""
    parts = written(elements).split(GS)
    words = bytes([FNC1]) + bytes([FNC1]).join(_code_words(part) for part in parts)
    return _laid_out(words)


def qr_code(text: str) -> Symbol:
    """A QR code of error level M, or better where it costs no size."""
    made = segno.make(text, error="m", micro=False)
    return Symbol(tuple(tuple(bool(module) for module in row) for row in made.matrix), QUIET_QR)


class _Words:
    """Code words in the place of a text: the only way to give ppf.datamatrix an FNC1."""

    def __init__(self, words: bytes) -> None:
        self._words = words

    def encode(self, codec: str) -> bytes:
        return self._words


def _laid_out(words: bytes) -> Symbol:
    try:
        rows = DataMatrix(cast("str", _Words(words)), codecs=["ascii"]).matrix
    except ValueError as too_long:
        raise NotForDataMatrix(length=len(words)) from too_long
    return Symbol(tuple(tuple(module == 1 for module in row) for row in rows), QUIET_DATAMATRIX)


def _code_words(text: str) -> bytes:
    """ASCII encodation: pairs of digits in one word."""
    if not text.isascii():
        raise NotForDataMatrix(text=text)
    words = bytearray()
    at = 0
    while at < len(text):
        pair = text[at : at + 2]
        if len(pair) == 2 and pair.isdigit():
            words.append(_PAIR + int(pair))
            at += 2
        else:
            words.append(_ASCII + ord(text[at]))
            at += 1
    return bytes(words)
