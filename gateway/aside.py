"""What was set aside, for people to judge: how much for each reason, and what is in one as far as it can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.replay import NothingSetAside
from telemetry import queries
from telemetry.batch import Reading
from telemetry.wire import Header, Malformed, decode, read_header
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("aside.sql"))
LINE = 16
"""Bytes of a line of a dump."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How much was set aside for one reason."""

    code: str
    messages: int
    readings: int  # as far as that can be told
    still: int  # messages that have not been replayed
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Aside:
    """A message that was set aside, as it came."""

    id: int
    at: datetime
    edge: str | None
    epoch: int | None
    sequence: int | None
    subject: str
    code: str
    detail: str
    n: int
    payload: bytes
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Contents:
    """As much of a payload as can be read."""

    header: Header | None  # None: not even that
    readings: tuple[Reading, ...]
    fault: str  # why there is no more of it; empty: all of it can be read


async def counts(work: Work, *, edge: str | None = None) -> list[Counted]:
    """What was set aside by reason, of one edge or of all."""
    return await work.all(SQL["counts"], Counted, edge=edge)


async def aside(work: Work, number: int) -> Aside:
    """What was set aside under this number. Raises NothingSetAside."""
    found = await work.one(SQL["one"], Aside, id=number)
    if found is None:
        raise NothingSetAside(id=number)
    return found


async def still_aside(work: Work, *, edge: str | None = None, code: str | None = None) -> list[int]:
    """Numbers of what has not been replayed, oldest first."""
    answer = await work.db.execute(SQL["still_aside"], {"edge": edge, "code": code})
    return [number for (number,) in await answer.fetchall()]


def contents(payload: bytes) -> Contents:
    """Read as much as there is to read."""
    try:
        message = decode(payload)
    except Malformed as error:
        return Contents(_header(payload), (), str(error))
    header = Header(message.edge, message.epoch, message.sequence, len(message.batch), message.gaps)
    return Contents(header, tuple(message.batch), "")


def dump(payload: bytes, most: int) -> Iterator[str]:
    """The first bytes as lines of a hex dump: place, bytes, characters."""
    for at in range(0, min(most, len(payload)), LINE):
        some = payload[at : min(at + LINE, most)]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in some)
        yield f"{at:06x}  {some.hex(' '):<{3 * LINE}} {text}"


def _header(payload: bytes) -> Header | None:
    try:
        return read_header(payload)
    except Malformed:
        return None  # `Contents.fault` says why the whole can't be read
