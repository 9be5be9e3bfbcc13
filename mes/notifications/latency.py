"""How long it takes at worst from the moment a value leaves its limits until a message is handed over, part by part.

Delays add up (a level's delay, a rung's, folding): each looks short where it is set, so the sum is shown beside it. It
holds while engines answer and the first try to send succeeds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often each program looks, and how long one try to send may take."""

    edge_s: float = 2.0  # an edge closes a batch after a second, and sends it
    watch_s: float = 1.25  # the watch's sweep, and its look at delays
    notify_s: float = 1.0
    send_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Part:
    name: str  # interval, delay, edge, watch, rung, notify, fold, send
    seconds: float


@dataclass(frozen=True, slots=True)
class Latency:
    parts: tuple[Part, ...]

    @property
    def total_s(self) -> float:
        """The worst of all of them together."""
        return sum(part.seconds for part in self.parts)


def worst(*, interval_s: float, delay_s: float, after_s: float, fold_s: float, pace: Pace | None = None) -> Latency:
    """Of one rung for a point read every `interval_s` whose level has a delay of `delay_s`.

    A value that leaves its limits right after a reading is seen at the next one; the delay begins there.
    """
    looks = pace or Pace()
    parts = (
        Part("interval", interval_s),
        Part("delay", delay_s),
        Part("edge", looks.edge_s),
        Part("watch", looks.watch_s),
        Part("rung", after_s),
        Part("notify", looks.notify_s),
        Part("fold", fold_s),
        Part("send", looks.send_s),
    )
    return Latency(tuple(part for part in parts if part.seconds > 0))
