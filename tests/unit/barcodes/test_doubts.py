"""What is kept as a text, and may have been meant to be something else."""

from __future__ import annotations

import pytest

from mes.barcodes.model import Doubt, Kind
from tests.unit.barcodes.test_reading import read


@pytest.mark.parametrize(
    "text",
    [
        "+H123PARTNO1234567890120/$$420020216LOT123/SXYZ456",
        "=/08PN123",
        "=)1TE123456",
        "MA.156.M0.100010.0001.17.290114",
    ],
)
def test_an_identifier_of_another_issuer_is_no_lots_number_without_a_word(text: str) -> None:
    scan = read(text)
    assert (scan.kind, scan.lot, scan.warnings) == (Kind.PLAIN, text, (Doubt.OTHER_ISSUER,))


def test_a_drug_code_that_lacks_a_digit_is_doubted() -> None:
    assert read("8123456789012345678").warnings == (Doubt.DIGIT_MISSING,)
    assert read("9123456789012345678").warnings == ()


@pytest.mark.parametrize("text", ["+12", "=5", "MA.157.1", "A+H123P"])
def test_a_sign_alone_makes_no_other_issuer(text: str) -> None:
    assert Doubt.OTHER_ISSUER not in read(text).warnings
