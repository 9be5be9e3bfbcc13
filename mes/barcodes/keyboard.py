"""What happens to a code between the scanner and the field: keyboards, input methods, caps lock, spelled separators.

A scanner that plays a keyboard sends key strokes of its own layout; a computer with another one makes other characters
of them. Each trap is known by its mark at the beginning of the code, undone, and told. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from mes.barcodes.elements import GS
from mes.barcodes.model import Doubt

SEPARATORS = (GS, "^", "|")
"""Read as the end of an element unless the plant says otherwise. None of them can stand in a value (GS1 set 82)."""

_SPELLED = re.compile(r"<GS>|\{GS\}|\[GS\]|<FNC1>|\{FNC1\}|\[FNC1\]|\\x1d|\\u001d|\\F|␝", re.IGNORECASE)
_CHINESE = str.maketrans("】【（）：、。；，", "][():/.;,")
_GERMAN = str.maketrans("zyZYß´üöä#-;:_ÖÄÜ*+()=/&§\"'", "yzYZ-=[;'\\/<>?:\"{}]*()&^#@|")
_FRENCH = str.maketrans("à&é\"'(-è_çaqzwAQZWM,;:!?./§^$°)", "0123456789qawzQAWZ:m,./M<>?[]_-")
_MARKS = (
    (re.compile(r"^(\+(d2|C1|Q3|e0|J1)|https?Ö--|\)\d\d=)"), _GERMAN),
    (re.compile(r"^(\$(dé|C&|A\"|eà|J&)|httpsM!!|httpM!!)"), _FRENCH),
)
_CAPS = re.compile(r"^\](D2|c1|q3|E0(?=\d{14})|j1)")
_ENDS = "\r\n\t\x03\x04"  # what scanners send after a code, to move on to the next field
_STARTS = "\x02\ufeff"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A code as the scanner meant it: separators are GS."""

    text: str
    warnings: tuple[Doubt, ...]


def as_meant(text: str, separators: Iterable[str] = SEPARATORS) -> Keyed:
    """Undo what keyboards and settings did to a code."""
    warnings: list[Doubt] = []
    meant = text.strip(_ENDS + _STARTS + " ")
    meant = _undo_input_method(meant, warnings)
    meant = _undo_layout(meant, warnings)
    if _CAPS.match(meant):
        warnings.append(Doubt.CAPS_LOCK)
        meant = meant.swapcase()
    if _SPELLED.search(meant):
        warnings.append(Doubt.FNC1_SPELLED)
        meant = _SPELLED.sub(GS, meant)
    if not is_address(meant):
        for separator in separators:
            meant = meant.replace(separator, GS)
    return Keyed(meant, tuple(warnings))


def is_address(text: str) -> bool:
    """Whether it is meant as a web address: there `|` and `^` are characters."""
    return text[:8].lower().startswith(("http://", "https://"))


def _undo_input_method(text: str, warnings: list[Doubt]) -> str:
    plain = unicodedata.normalize("NFKC", text.translate(_CHINESE)) if not text.isascii() else text
    if plain == text or not plain.isascii():
        return text
    warnings.append(Doubt.INPUT_METHOD)
    return plain


def _undo_layout(text: str, warnings: list[Doubt]) -> str:
    for mark, layout in _MARKS:
        if mark.match(text):
            warnings.append(Doubt.KEYBOARD_LAYOUT)
            return text.translate(layout)
    return text
