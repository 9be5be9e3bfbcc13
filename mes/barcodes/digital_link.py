"""GS1 Digital Link: web addresses that say the same as an element string, both ways (its URI Syntax, 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from mes.barcodes.elements import known, of_pairs
from mes.barcodes.model import Element, LinkUnreadable

CANONICAL = "https://id.gs1.org"
SCHEMES = ("https://", "http://", "HTTPS://", "HTTP://")
GTIN_LENGTH = 14
PATHS = MappingProxyType(
    {
        "01": ("22", "10", "21"),
        "8006": ("22", "10", "21"),
        "414": ("254",),
        "417": ("7040",),
        "00": (),
        "8003": (),
        "8004": ("7040",),
        "253": (),
        "255": (),
        "402": (),
    }
)
"""By key: what may follow in the path, in this order."""
_OLD_NAMES = MappingProxyType({"gtin": "01", "lot": "10", "ser": "21", "cpv": "22", "sscc": "00", "exp": "17"})


def of_link(address: str, today: date) -> tuple[list[Element], bool]:
    """The elements of an address, and whether it is written in canonical form. Raises CodeUnreadable."""
    if not address.startswith(SCHEMES):
        raise LinkUnreadable(address=address, why="scheme")
    parts = urlsplit(address)
    keyed, shortened = _path(parts.path, address)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    told = [(_OLD_NAMES.get(name, name), value) for name, value in asked]
    pairs = keyed + [(ai, value) for ai, value in told if known(ai)]
    elements = of_pairs(pairs, today)
    if len(elements) < len(pairs):
        raise LinkUnreadable(address=address, why="said twice")
    return elements, not shortened and as_link(elements) == address


def as_link(elements: Sequence[Element], domain: str = CANONICAL) -> str:
    """The address of these elements; canonical unless a domain of one's own is told. Raises LinkUnreadable."""
    said = {element.ai: element.value for element in elements}
    key = next((ai for ai in sorted(PATHS) if ai in said), None)
    if key is None:
        raise LinkUnreadable(why="no key")
    in_path = [key, *(ai for ai in PATHS[key] if ai in said)]
    path = "".join(f"/{ai}/{quote(said[ai], safe='')}" for ai in in_path)
    rest = sorted((ai, value) for ai, value in said.items() if ai not in in_path)
    query = "&".join(f"{ai}={quote(value, safe='')}" for ai, value in rest)
    return f"{domain}{path}{'?' if query else ''}{query}"


def _path(path: str, address: str) -> tuple[list[tuple[str, str]], bool]:
    """Identifiers and values of a path from its key on, and whether a GTIN or a name was shorter than canonical."""
    steps = path.strip("/").split("/")
    names = [_OLD_NAMES.get(step, step) for step in steps]
    at = next((n for n, name in enumerate(names) if name in PATHS and (len(names) - n) % 2 == 0), None)
    if at is None:
        raise LinkUnreadable(address=address, why="no key in its path")
    pairs = [(name, unquote(value)) for name, value in zip(names[at::2], steps[at + 1 :: 2], strict=True)]
    key, *following = [name for name, _ in pairs]
    order = [ai for ai in PATHS[key] if ai in following]
    if order != following:
        raise LinkUnreadable(address=address, why="order of its path", allowed=", ".join(PATHS[key]))
    full = [(ai, value.zfill(GTIN_LENGTH) if ai == "01" else value) for ai, value in pairs]
    return full, full != pairs or names != steps
