"""How far the edge's clock is from the gateway's, which is the plant's: told by the answers to questions. Pure.

Each answer brings the gateway's time; it is taken to be that of the middle between question and answer, as NTP does.
From then on the gateway's time is carried forward on a clock that only goes forward, so that a step of the edge's own
clock shows at once, also while nobody answers.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

_REMEMBERED = 8
"""Answers of which the quickest is believed: it can be wrong by half its round trip at most."""
_BELIEVED_S = 3600.0
"""Two clocks drift apart: after so long without an answer nothing is known."""
_SLOWEST_S = 2.0


class _Heard(NamedTuple):
    round_trip_s: float
    at_s: float  # of a clock that only goes forward
    ahead_us: float  # gateway's time less that clock's


class GatewayClock:
    """The gateway's time, as far as it is known. `*_s` are seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._heard: deque[_Heard] = deque(maxlen=_REMEMBERED)

    def heard(self, asked_s: float, answered_s: float, gateway_us: int) -> None:
        """An answer came."""
        round_trip_s = answered_s - asked_s
        if round_trip_s <= _SLOWEST_S:
            middle_s = (asked_s + answered_s) / 2
            self._heard.append(_Heard(round_trip_s, answered_s, gateway_us - middle_s * 1_000_000))

    def offset_s(self, own_us: int, now_s: float) -> float | None:
        """How far the edge's clock, at `own_us`, is ahead of the gateway's; None: not known."""
        fresh = [heard for heard in self._heard if now_s - heard.at_s <= _BELIEVED_S]
        if not fresh:
            return None
        return (own_us - (min(fresh).ahead_us + now_s * 1_000_000)) / 1_000_000
