"""What stands at the machines' door: is this message a batch, and does it come from whom it says? Pure.

An edge may publish under its own name only (the stream's server holds that); what the message says must agree.
"""

from __future__ import annotations

from collections.abc import Mapping

from telemetry.errors import PlantError
from telemetry.point import is_level_name
from telemetry.store.arrival import Arrival, Key, Refusal
from telemetry.wire import MAX_COUNT, Header, Malformed, decode, read_header

LONGEST_DETAIL = 500
_DIGITS, _KEY_DIGITS = 5, 19
_MOST = 2**63


def look(site: str, lane: str, subject: str, headers: Mapping[str, str] | None, payload: bytes) -> Arrival | Refusal:
    """An arrival, or the reason why it can't be one."""
    words = subject.split(".")
    edge = words[2] if len(words) == 3 and is_level_name(words[2]) else None
    if edge is None or words[1] != site:
        return _refuse("WrongSubject", f"this gateway takes readings of {site}", subject, payload, edge, headers)
    try:
        message = decode(payload)
    except Malformed as error:
        return _refuse(error.code, _told(error), subject, payload, edge, headers)
    if message.edge != edge:
        return _refuse("WrongEdge", f"it says that it comes from {message.edge}", subject, payload, edge, headers)
    return Arrival(message, payload, lane, subject)


def unstorable(arrival: Arrival, error: Exception) -> Refusal:
    """A message that could be read and made the database refuse. It must not hold up what is behind it."""
    return _refuse("Unstorable", _told(error), arrival.subject, arrival.payload, arrival.key.edge, None)


def _refuse(
    code: str, detail: str, subject: str, payload: bytes, edge: str | None, headers: Mapping[str, str] | None
) -> Refusal:
    header = _header(payload)
    key = _key_of_id(headers, edge) or (Key(header.edge, header.epoch, header.sequence) if header else None)
    return Refusal(
        subject=subject,
        code=code,
        detail=detail,
        payload=payload,
        edge=edge,
        epoch=key.epoch if key else None,
        sequence=key.sequence if key else None,
        n=header.n if header else _readings_of(headers),
    )


def _header(payload: bytes) -> Header | None:
    try:
        return read_header(payload)
    except Malformed:
        return None  # the refusal itself is the record; its epoch and sequence stay unknown


def _key_of_id(headers: Mapping[str, str] | None, edge: str | None) -> Key | None:
    """The key in the message's id, `<edge>:<epoch>:<sequence>:<checksum>`, if it is of this edge.

    It goes before that of a header which nothing vouches for: a damaged one of the first format may name a sequence
    that the edge would then believe to be safe. Older edges do without the checksum.
    """
    parts = (headers or {}).get("Nats-Msg-Id", "").split(":", 3)[:3]
    if (
        len(parts) != 3
        or parts[0] != edge
        or not all(_is_count(part, _KEY_DIGITS) and int(part) < _MOST for part in parts[1:])
    ):
        return None
    return Key(parts[0], int(parts[1]), int(parts[2]))


def _readings_of(headers: Mapping[str, str] | None) -> int:
    """How many readings the sender says there are, where the payload can't tell it; 0 where nobody does."""
    told = (headers or {}).get("Readings", "")
    return min(int(told), MAX_COUNT) if _is_count(told, _DIGITS) else 0


def _is_count(text: str, digits: int) -> bool:
    """Whether it is a whole number of so many digits at most: Python refuses to read one of thousands."""
    return text.isascii() and text.isdigit() and len(text) <= digits


def _told(error: Exception) -> str:
    text = str(error) if isinstance(error, PlantError) else f"{type(error).__name__}: {error}"
    return text.encode("utf-8", "replace").decode().replace("\0", "?")[:LONGEST_DETAIL]
