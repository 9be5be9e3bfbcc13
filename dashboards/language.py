"""Chinese and English. English is the source; `locale/zh_CN` holds the translations, a .po file a field."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
DEFAULT = "zh"
CATALOGS = Path(__file__).parent / "locale" / "zh_CN" / "LC_MESSAGES"


def N_(text: str) -> str:  # noqa: N802  (the name under which Babel looks for texts that are translated later)
    """Mark a text for translation where it is written down; it is translated where it is shown."""
    return text


def known(language: str | None) -> str:
    """The language asked for if there is one, else the plant's."""
    return language if language in LANGUAGES else DEFAULT


@cache
def catalog(language: str) -> NullTranslations:
    """The translations into a language."""
    if language == "en":
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, chinese())
    compiled.seek(0)
    return GNUTranslations(compiled)


def chinese() -> Catalog:
    """What the .po files say together. A text that stands in two of them must be translated alike: a test holds it."""
    whole = Catalog(locale="zh_CN")
    for path in sorted(CATALOGS.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_CN"):
                if message.id:
                    whole[message.id] = message
    return whole
