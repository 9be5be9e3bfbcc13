"""Citations are read in the reader's language, whichever language the file that cites begins with."""

from __future__ import annotations

import pytest

from dashboards.language import catalog
from dashboards.words import source

CASES = [
    ("药品GSP 附录3 / China GSP Appendix 3", "药品GSP 附录3", "China GSP Appendix 3"),
    ("Isotherm default profile / Isotherm 默认配置", "Isotherm 默认配置", "Isotherm default profile"),
    ("WHO shipping indicator, type I", "WHO 运输指示器，I 型", "WHO shipping indicator, type I"),
    ("USP <1079.2>", "USP <1079.2>", "USP <1079.2>"),
    ("SOP-17 / SOP-18", "SOP-17 / SOP-18", "SOP-17 / SOP-18"),
    ("", "", ""),
]


def read(citation: str, language: str) -> str:
    return source(citation, language, catalog(language).gettext)


@pytest.mark.parametrize(("citation", "zh", "en"), CASES)
def test_a_source_is_read_in_the_reader_s_language(citation: str, zh: str, en: str) -> None:
    assert (read(citation, "zh"), read(citation, "en")) == (zh, en)
