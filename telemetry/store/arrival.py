"""What comes to the store: messages that can be read, and what can't. All have a fate, and every fate is counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from telemetry.wire import Message, encode


class Fate(StrEnum):
    STORED = "stored"  # with all or some of its readings; the others are set aside
    DUPLICATE = "duplicate"  # its sequence had been stored before, with the same bytes
    REJECTED = "rejected"  # set aside whole


class Key(NamedTuple):
    """What the ledger knows a message by."""

    edge: str
    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that could be read, and how it came."""

    message: Message
    payload: bytes  # as it came
    lane: str  # live, backlog, import, replay
    subject: str  # where it was published

    @property
    def key(self) -> Key:
        return Key(self.message.edge, self.message.epoch, self.message.sequence)

    @property
    def digest(self) -> bytes:
        return sha256(self.payload).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that came and can't be stored as it is: it is set aside with its reason, to be replayed one day."""

    subject: str
    code: str  # Malformed, WrongEdge, SequenceReused, BadValue, BadTimestamp
    detail: str
    payload: bytes
    edge: str | None = None  # who published it, as far as that is known
    epoch: int | None = None
    sequence: int | None = None
    n: int = 0  # readings in it, 0 where that can't be told

    @property
    def digest(self) -> bytes:
        return sha256(self.payload).digest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message. `batch_id` is its ledger row, where it has one."""

    key: Key
    fate: Fate
    batch_id: int | None
    stored: int = 0  # readings
    duplicate: int = 0  # readings
    refusals: tuple[Refusal, ...] = ()  # what was set aside of it

    @property
    def rejected(self) -> int:
        """Readings that were set aside."""
        return sum(refusal.n for refusal in self.refusals)


def arrival(message: Message, lane: str = "import", *, site: str = "import") -> Arrival:
    """An arrival of a message that did not come over the wire: history, tests."""
    return Arrival(message, encode(message), lane, f"{lane}.{site}.{message.edge}")
