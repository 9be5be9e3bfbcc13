"""Pictures of a fault: kept as they came, with their hash. Only JPEG and PNG, told by their first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from mes.maintenance import records
from mes.maintenance.records import ENTITY, SQL
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

MOST_BYTES = 2_000_000  # what the gateway takes of one request is little more
_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class PhotoNotFound(NotFound):
    """There is no such picture."""


class PhotoUnreadable(Invalid):
    """A picture is a JPEG or PNG of at most 2 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A picture without its content."""

    id: int
    order_id: int
    media_type: str
    sha256: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Picture:
    media_type: str
    content: bytes


def media_type_of(content: bytes) -> str:
    """What a picture is, by its first bytes. Raises PhotoUnreadable."""
    media_type = next((kind for start, kind in _KINDS.items() if content.startswith(start)), None)
    if media_type is None or len(content) > MOST_BYTES:
        raise PhotoUnreadable(size=len(content))
    return media_type


async def photos(work: Work, order_id: int) -> list[Photo]:
    """Pictures of an order, oldest first."""
    return await work.all(SQL["photos"], Photo, order_id=order_id)


async def picture(work: Work, photo_id: int) -> Picture:
    """One of them, as it came. Raises PhotoNotFound."""
    found = await work.one(SQL["picture"], Picture, id=photo_id)
    if found is None:
        raise PhotoNotFound(photo_id=photo_id)
    return found


async def add_photo(work: Work, order_id: int, content: bytes) -> None:
    """Keep a picture with an order; the same one is kept once. Raises OrderNotFound, PhotoUnreadable."""
    found = await records.order(work, order_id)
    said = {"media_type": media_type_of(content), "sha256": sha256(content).hexdigest()}
    if await work.run(SQL["add_photo"], order_id=found.id, content=content, actor=work.actor, now=work.now, **said):
        await records.write(work, found.id, "photo", "", sha256=said["sha256"][:16])
        work.audit(f"{ENTITY}.photo", ENTITY, found.id, after=said | {"size": len(content)})
