"""How often a caller may ask: token buckets in memory, one a key or session, a wider one an address.

They stand before authentication, so that guessing is slowed down as well; signing in has a bucket of its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.authentication import presented, terminal
from gateway.problems import RateExceeded, refuse
from mes.people.model import digest

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket's measure."""

    per_s: float
    burst: int


@dataclass(frozen=True, slots=True)
class Rates:
    """What is allowed."""

    caller: Rate = Rate(50, 300)
    address: Rate = Rate(500, 3000)
    sign_in: Rate = Rate(1, 30)


class Buckets:
    """Fill levels by name. `monotonic` tells seconds that only grow."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, name: str, rate: Rate) -> float:
        """Take one; answers the seconds to wait, 0 where there was one."""
        now = self.monotonic()
        level, at = self._levels.pop(name, (float(rate.burst), now))
        level = min(rate.burst, level + (now - at) * rate.per_s)
        wait = 0.0 if level >= 1 else (1 - level) / rate.per_s
        self._levels[name] = (level if wait else level - 1, now)
        if len(self._levels) > _MOST:  # the one that was not asked for longest is full again, or nearly
            del self._levels[next(iter(self._levels))]
        return wait


class RateLimit:
    """ASGI layer. `sign_in`: addresses at which passwords are tried."""

    def __init__(self, app: ASGIApp, rates: Rates, buckets: Buckets, sign_in: frozenset[str]) -> None:
        self.app, self.rates, self.buckets, self.sign_in = app, rates, buckets, sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            waits = [self.buckets.take(name, rate) for name, rate in self._asked(scope)]
            if any(waits):
                await refuse(RateExceeded(retry_after_s=math.ceil(max(waits))), scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _asked(self, scope: Scope) -> Iterator[tuple[str, Rate]]:
        address = terminal(scope)
        yield f"address:{address}", self.rates.address
        secret = next((shown for shown in presented(scope) if shown), None)
        if secret is not None:
            yield f"caller:{digest(secret)}", self.rates.caller
        if scope["method"] == "POST" and scope["path"] in self.sign_in:
            yield f"sign_in:{address}", self.rates.sign_in
