"""Symbols as an independent reader (zxing-cpp) sees them: what is printed can be scanned."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from mes.barcodes.digital_link import as_link
from mes.barcodes.elements import of_brackets
from mes.barcodes.own_labels import Own, code_of
from mes.barcodes.reading import read_code
from mes.labels.symbols import NotForDataMatrix, Symbol, data_matrix, gs1_data_matrix, qr_code

TODAY = date(2026, 1, 15)
HRI = "(01)06901234567892(11)260115(17)290114(10)B2601A(21)SN0001"


def scanned(symbol: Symbol, module_px: int = 5) -> zxingcpp.Barcode:
    """The symbol as a camera sees it."""
    modules = np.pad(np.array(symbol.modules), symbol.quiet)
    image = np.where(np.kron(modules, np.ones((module_px, module_px))), 0, 255).astype(np.uint8)
    [found] = zxingcpp.read_barcodes(np.pad(image, 20, constant_values=255))
    return found


def test_a_gs1_datamatrix_is_told_by_its_prefix_and_reads_as_it_was_written() -> None:
    found = scanned(gs1_data_matrix(of_brackets(HRI, TODAY)))
    assert found.symbology_identifier == "]d2"
    read = read_code(found.symbology_identifier + found.bytes.decode(), today=TODAY)
    assert (read.hri, read.warnings) == (HRI, ())


def test_a_digital_link_goes_into_a_qr_code() -> None:
    link = as_link(of_brackets(HRI, TODAY))
    assert scanned(qr_code(link)).text == link
    assert read_code(scanned(qr_code(link)).text, today=TODAY).lot == "B2601A"


@pytest.mark.parametrize("kind", list(Own))
def test_labels_of_ours_are_read_from_both_symbols(kind: Own) -> None:
    code = code_of(kind, "hainan/line-1")
    assert scanned(data_matrix(code)).text == scanned(qr_code(code)).text == code
    assert scanned(qr_code(code_of(kind, "批号-1"))).text == code_of(kind, "批号-1")


def test_what_a_datamatrix_cannot_hold_is_refused() -> None:
    with pytest.raises(NotForDataMatrix):
        data_matrix("批号-1")
    with pytest.raises(NotForDataMatrix):
        data_matrix("A" * 2000)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=120))
def test_every_text_is_read_back(text: str) -> None:
    assert scanned(data_matrix(text)).text == text
    assert scanned(qr_code(text)).text == text
