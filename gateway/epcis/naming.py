"""URIs of the plant's things in events. A lot is a class of GS1's where its item has a GTIN; else the plant's own.

Nothing is ever named by an invented GS1 key: without one, names begin with the plant's own address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from telemetry.errors import Invalid

OWN_BASE = "https://id.example.invalid/"
"""Where no address is set: `.invalid` (RFC 2606) says that nobody answers there."""
DIGITAL_LINK = "https://id.gs1.org"


class NotAGtin(Invalid):
    """A GTIN has 14 digits, the last of which is its check digit."""


class NotABase(Invalid):
    """The address that names begin with must be an http(s) address that ends with a slash."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How this plant names its things. Raises NotAGtin, NotABase."""

    base: str = OWN_BASE
    gtins: Mapping[str, str] = field(default_factory=dict)  # by item's code

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if parts.scheme not in {"http", "https"} or not parts.netloc or not self.base.endswith("/"):
            raise NotABase(base=self.base)
        for item, gtin in self.gtins.items():
            if len(gtin) != 14 or not (gtin.isascii() and gtin.isdigit()) or gtin[-1] != check_digit(gtin[:-1]):
                raise NotAGtin(item=item, gtin=gtin)

    @property
    def vocabulary(self) -> str:
        """Namespace of the plant's own terms."""
        return f"{self.base}voc/"

    def lot(self, item: str, number: str) -> str:
        """The class of all that carries this lot's number (LGTIN, where the item has a GTIN)."""
        gtin = self.gtins.get(item)
        if gtin:
            return f"{DIGITAL_LINK}/01/{gtin}/10/{_part(number)}"
        return f"{self.base}items/{_part(item)}/lots/{_part(number)}"

    def carrier(self, number: str) -> str:
        """A container: by its SSCC where its number is one."""
        if len(number) == 18 and number.isascii() and number.isdigit() and number[-1] == check_digit(number[:-1]):
            return f"{DIGITAL_LINK}/00/{number}"
        return f"{self.base}containers/{_part(number)}"

    def site(self, code: str) -> str:
        """The plant itself."""
        return f"{self.base}sites/{_part(code)}"

    def customer(self, code: str) -> str:
        """Who goods are shipped to."""
        return f"{self.base}customers/{_part(code)}"

    def shipment(self, number: str) -> str:
        """A shipment, as the despatch advice that it is told by."""
        return f"{self.base}shipments/{_part(number)}"

    def zone(self, code: str) -> str:
        """A place."""
        return f"{self.base}zones/{_part(code)}"

    def point(self, name: str) -> str:
        """A measuring point, as the device that measures."""
        return f"{self.base}points/{'/'.join(map(_part, name.split('/')))}"

    def rule(self, policy: str, version: int) -> str:
        """One version of a policy."""
        return f"{self.base}policies/{_part(policy)}/versions/{version}"

    def term(self, name: str) -> str:
        """A term of the plant's own vocabulary."""
        return self.vocabulary + name


def naming_of(base: str, gtins: str) -> Naming:
    """From settings: the address, and GTINs as `ITEM=GTIN`, separated by commas. Raises NotAGtin, NotABase."""
    pairs = [each.partition("=") for each in gtins.split(",") if each.strip()]
    return Naming(base or OWN_BASE, {item.strip(): gtin.strip() for item, _, gtin in pairs})


def check_digit(digits: str) -> str:
    """Of a GS1 key without it (GS1 General Specifications, 7.9.1)."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def _part(text: str) -> str:
    return quote(text, safe="")
