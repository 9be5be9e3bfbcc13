"""How the way to the plant fares, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class UplinkStats:
    """Blocks, since the start."""

    connected: bool = False
    sent: int = 0
    in_stream: int = 0
    refused: int = 0  # by the stream: it is full, or not there
    sent_again: int = 0
    covered: int = 0  # deleted, since the database has them
    bad_cursors: int = 0
    reason: str = ""  # why it is not connected, or not taken
    certificate_until: datetime | None = None  # when the plant's server's expires; None: the connection is plain
    clock_offset_s: float | None = None  # how far the edge's clock is ahead of the gateway's; None: not known
