"""What became of every message: taken, unreadable, repeated, set aside. Told in the driver's health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

TOLD_FOR = timedelta(hours=1)
_LONGEST = 300


@dataclass(slots=True)
class Tally:
    """Counts since the start; the last mishap is told in words for an hour."""

    messages: int = 0  # all that came
    unreadable: int = 0  # messages in which nothing could be read
    unwanted: int = 0  # messages of topics that no point has
    repeated: int = 0  # messages that were known to have been taken before
    nameless: int = 0  # messages whose topic gives no valid name, or one more than is allowed
    set_aside: int = 0  # Sparkplug values without birth
    lost: int = 0  # Sparkplug messages that the sequence shows as missing
    given_up: int = 0  # messages of QoS 0 for which there was no room
    forgotten: int = 0  # times that the broker had forgotten us, and with us what it kept
    gaps: int = 0  # times that one of these three was seen
    last: str = ""
    last_at: datetime | None = None

    def note(self, at: datetime, reason: str) -> None:
        """Remember a mishap. A publisher's words are cut short, and can't write lines of their own into a log."""
        told = reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]}.."
        self.last, self.last_at = "".join(c if c.isprintable() else "\ufffd" for c in told), at

    def words(self, now: datetime) -> str:
        """The counts that are not zero, with the last reason; empty when nothing happened for an hour."""
        if self.last_at is None or now - self.last_at > TOLD_FOR:
            return ""
        counts = {
            "unreadable": self.unreadable,
            "unwanted": self.unwanted,
            "repeated": self.repeated,
            "without a valid name": self.nameless,
            "values set aside": self.set_aside,
            "lost": self.lost,
            "given up": self.given_up,
            "times forgotten by the broker": self.forgotten,
        }
        told = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
        return f"{self.messages} messages, {told}; last: {self.last}"
